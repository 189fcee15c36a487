"""Starts a simulator inside this process, or one that serves until a signal."""

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import aiohttp

from app.simulator.config import SimulatorConfig
from app.simulator.images import Failure, check_images
from app.simulator.protocol import Connections, HttpConnection
from app.simulator.service import API, Service
from app.simulator.stats import LogEntry, Stats

_BACKLOG = 1024


class NotLoopbackError(ValueError):
    """The simulator gives invented marks, so it serves this machine only."""


class RunningSimulator:
    """A listening simulator. `base_url` is a value for OPENROUTER_BASE_URL."""

    def __init__(self, service: Service, host: str, port: int) -> None:
        self._service = service
        shown = f"[{host}]" if ":" in host else host
        self.origin = f"http://{shown}:{port}"
        self.base_url = self.origin + API

    @property
    def config(self) -> SimulatorConfig:
        return self._service.config

    @config.setter
    def config(self, config: SimulatorConfig) -> None:
        self._service.config = config

    @property
    def stats(self) -> Stats:
        return self._service.ledger.stats

    @property
    def log(self) -> deque[LogEntry]:
        return self._service.ledger.log

    def reset(self) -> None:
        """Reset counts and log, fill the buckets, and count every call's requests from 1 again."""
        self._service.reset()


class _HttpImages:
    """Fetches images over one aiohttp session, opened for the first image."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    async def check(self, urls: tuple[str, ...]) -> Failure | None:
        if self._http is None:
            self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return await check_images(self._http, urls)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


@asynccontextmanager
async def running_simulator(
    config: SimulatorConfig | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[RunningSimulator]:
    """A simulator on a port of this machine; 0 takes any free port. Leaving the block ends all connections at once.

    Raises NotLoopbackError, and OSError when the port is taken.
    """
    if host != "localhost" and not ip_address(host).is_loopback:
        raise NotLoopbackError(f"The simulator listens on loopback only, not on {host}. Use 127.0.0.1.")
    service, images = Service(config or SimulatorConfig()), _HttpImages()
    connections = Connections(service, images)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: HttpConnection(connections), host, port, backlog=_BACKLOG)
    try:
        yield RunningSimulator(service, host, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        connections.abort_all()
        await asyncio.gather(*connections.tasks, return_exceptions=True)
        await server.wait_closed()
        await images.close()


def serve_forever(config: SimulatorConfig, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serves until SIGTERM or SIGINT, after one line on stdout that ends with the base URL.

    Raises what running_simulator raises.
    """
    with asyncio.Runner(loop_factory=_fast_loop) as runner:
        runner.run(_serve(config, host, port))


async def _serve(config: SimulatorConfig, host: str, port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running_simulator(config, host=host, port=port) as simulator:
        print(f"SIMULATED OpenRouter at {simulator.base_url}", flush=True)  # noqa: T201 - the line callers wait for
        await stop.wait()


def _fast_loop() -> asyncio.AbstractEventLoop:
    """The event loop of uvloop, if uvicorn installed it."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
