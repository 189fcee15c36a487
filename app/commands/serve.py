"""`secondmark serve`, and the same server inside another command."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from app.commands.connections import http_config
from app.commands.errors import CommandError
from app.commands.garbage import spare_the_living
from app.commands.startup import ComingUp, check_address
from app.commands.words import start_line
from app.main import create_app
from app.settings import Settings

# Grace for running requests at shutdown. Running calls have their own (app.main); both together take 10 s.
GRACEFUL_SECONDS = 2


def serve(settings: Settings, database: ComingUp) -> int:
    """Serve until a signal stops it. Raises CommandError if the embedded database cannot start."""
    server = _Server(create_app(settings, embedded=database.embedded), settings, says_where=True)
    database.wait()
    server.run()
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """A server that ends its streams before it waits for the responses under way."""

    def __init__(self, app: FastAPI, settings: Settings, *, says_where: bool = False) -> None:
        config = http_config(app, graceful_seconds=GRACEFUL_SECONDS, host=settings.host, port=settings.port)
        super().__init__(config)
        self._app = app
        self._settings = settings if says_where else None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._note_address()
        # Each full search looked through what the imports left: one poll in a hundred waited for a tenth of a second.
        spare_the_living()

    def _note_address(self) -> None:
        """Which port it is: runs make the addresses of images from it."""
        if self.started and self.servers and self.servers[0].sockets:
            port = self.servers[0].sockets[0].getsockname()[1]
            own = f"http://{_reachable_name(self.config.host)}:{port}"
            self._app.state.parts.own_address.own = own
            if self._settings is not None:
                print(start_line(self._settings, own), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for feed in self._app.state.parts.feeds:
            feed.close()
        await super().shutdown(sockets)


def _reachable_name(host: str) -> str:
    """A name of this machine under which it reaches a server that listens on `host`."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


class _Guest(_Server):
    """A server inside another command, which handles the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(settings: Settings, app: FastAPI | None = None) -> AsyncIterator[str]:
    """A server of our own on this machine; gives its address. Leaving shuts it down in order.

    It listens on a free port, unless PUBLIC_BASE_URL leads here: then on HOST and PORT, where a tunnel can point at.
    Raises CommandError where it cannot start, also for a database that does not fit this program.
    """
    if settings.public_base_url is None:
        settings = settings.model_copy(update={"host": "127.0.0.1", "port": 0})
    else:
        check_address(settings)
    if app is not None:
        async with _serving(settings, app) as address:
            yield address
        return
    database = ComingUp(settings)
    try:
        await asyncio.to_thread(database.wait)
        async with _serving(settings, create_app(settings, embedded=database.embedded)) as address:
            yield address
    finally:
        await asyncio.to_thread(database.stop)


@asynccontextmanager
async def _serving(settings: Settings, app: FastAPI) -> AsyncIterator[str]:
    server = _Guest(app, settings)
    task = asyncio.create_task(server.serve(), name="server")
    try:
        while not server.started:
            if task.done():
                raise CommandError("The server could not be started; its log says why.")
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://{_reachable_name(settings.host)}:{port}"
    finally:
        server.should_exit = True
        await asyncio.shield(task)
