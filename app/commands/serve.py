"""`secondmark serve`, and the same server inside another command."""

import asyncio
import gc
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from app.cli import CommandError
from app.logs import configure_logging
from app.main import create_app
from app.settings import Settings
from app.storage.urls import is_loopback

# Requests under way get this long at shutdown; then running calls get theirs (app.main), 10 s in all.
LARGEST_PORT = 65535
GRACEFUL_SECONDS = 2


def serve(settings: Settings, *, host: str | None, port: int | None) -> int:
    """Serve until told to stop. Raises CommandError where anybody in the network could use the server."""
    given = {"host": host, "port": port}
    if port is not None and not 0 <= port <= LARGEST_PORT:
        raise CommandError(f"--port: must be 0 to {LARGEST_PORT}")
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    check_exposure(settings)
    check_data_dir(settings)
    configure_logging(settings.log_level, settings.log_format)
    server = _Server(create_app(settings), settings)
    server.run()
    return 0 if server.started else 1


def check_data_dir(settings: Settings) -> None:
    """Whether files can be kept: a database that cannot be made would say so in a hundred lines."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=settings.data_dir).close()
    except OSError as error:
        raise CommandError(f"DATA_DIR: {settings.data_dir} cannot be used ({error.strerror}).") from None


def check_exposure(settings: Settings) -> None:
    protected = settings.api_keys or settings.user_tokens or settings.allow_anonymous
    if not is_loopback(settings.host) and not protected:
        raise CommandError(
            f"HOST: {settings.host} lets others in without a key: set API_KEYS, or ALLOW_ANONYMOUS=true if you mean it."
        )


class _Server(uvicorn.Server):
    """A server that ends its streams before it waits for the responses under way."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What the imports left is never garbage. Looked through by each full collection, it made one poll in a hundred
        # wait for a tenth of a second.
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.feed.close()
        self._app.state.generation.feed.close()
        await super().shutdown(sockets)


class _Guest(_Server):
    """A server inside another command, to which the signals belong."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(settings: Settings, app: FastAPI | None = None) -> AsyncIterator[str]:
    """A server of our own on a free port of this machine; gives its address. Leaving shuts it down in order."""
    settings = settings.model_copy(update={"host": "127.0.0.1", "port": 0})
    server = _Guest(app or create_app(settings), settings)
    task = asyncio.create_task(server.serve(), name="server")
    try:
        while not server.started:
            if task.done():
                raise CommandError("The server could not be started; its log says why.")
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await asyncio.shield(task)
