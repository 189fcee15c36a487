"""What a worker answers on a port of its own: whether it lives and can work, and its metrics."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from app import __version__, error_handlers
from app.assembly import user_tokens
from app.commands.connections import http_config
from app.commands.errors import CommandError
from app.commands.startup import check_exposure
from app.credentials import Credentials
from app.dependencies import Parts
from app.main import add_middleware
from app.monitoring.traces import telemetry
from app.openapi import DescribedApi
from app.routers import health, metrics
from app.settings import Settings

GRACEFUL_SECONDS = 1


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket on WORKER_HOST and WORKER_PORT. Raises CommandError if there can be none, or if it would let others in
    without a key.
    """
    check_exposure(_own(settings), "WORKER_HOST")
    host, port = settings.worker_host, settings.worker_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise CommandError(f"WORKER_PORT: {host}:{port} cannot be used ({error.strerror}).") from None
    with listener:
        yield listener


@asynccontextmanager
async def answering(
    settings: Settings, parts: Parts, listener: socket.socket, jwks: httpx.AsyncClient
) -> AsyncIterator[str]:
    """Answers requests inside the block; gives the address. `jwks` reads the keys of user tokens."""
    port = listener.getsockname()[1]
    app = health_app(settings.model_copy(update={"worker_port": port}), parts, jwks)
    config = http_config(app, graceful_seconds=GRACEFUL_SECONDS, lifespan="off")
    server = _Guest(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="answer health and metrics")
    host = settings.worker_host
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.should_exit = True
        await serving


class _Guest(uvicorn.Server):
    """The worker handles the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def health_app(settings: Settings, parts: Parts, jwks: httpx.AsyncClient) -> FastAPI:
    """The routes of /health and /metrics, with the same access as on a server with these settings."""
    own = _own(settings)
    app = DescribedApi(
        title="Secondmark worker",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=telemetry(None),
    )
    error_handlers.install(app)
    app.state.parts = parts
    app.state.metrics = parts.metrics
    app.state.credentials = Credentials(settings.api_keys, user_tokens(settings, jwks))
    add_middleware(app, own, app.state.credentials, parts.metrics)
    app.router.routes.extend([*health.router.routes, *metrics.router.routes])
    return app


def _own(settings: Settings) -> Settings:
    return settings.model_copy(update={"host": settings.worker_host, "port": settings.worker_port})
