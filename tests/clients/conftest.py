"""The product as its clients meet it: our server and a simulated OpenRouter, both over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from app.commands.serve import _Guest
from app.main import Overrides, create_app
from app.openrouter.retry import RetryPolicy
from app.settings import Settings
from app.simulator.config import SimulatorConfig
from app.simulator.server import RunningSimulator, running_simulator
from app.store.psycopg import PsycopgTransport
from tests.clients.react import HUMAN_GRADES, React

NO_WAITS = RetryPolicy(no_backoff=True)

Serve = Callable[..., Awaitable[str]]
OpenTab = Callable[..., Awaitable[React]]


@pytest.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    """Marks around the human's; faults are the same for every session. Tests set what they need on `config`."""
    async with running_simulator(SimulatorConfig(human_marks=HUMAN_GRADES, faults_by_session=False)) as running:
        yield running


class CountingTransport(PsycopgTransport):
    """The database, with how often each function was asked."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo)
        self.asked: list[str] = []

    async def call(self, function: str, arguments: Any) -> Any:
        self.asked.append(function)
        return await super().call(function, arguments)

    async def call_text(self, function: str, arguments: Any) -> bytes:
        self.asked.append(function)
        return await super().call_text(function, arguments)


@pytest.fixture
def transport(database: str) -> CountingTransport:
    return CountingTransport(database)


@pytest.fixture
async def serve(simulator: RunningSimulator, transport: CountingTransport, tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts our server on a free port; keywords are settings. Waits between requests are none unless `policy` is."""
    async with AsyncExitStack() as stack:

        async def start(policy: RetryPolicy = NO_WAITS, **settings: Any) -> str:
            given = {
                "openrouter_api_key": "sk-or-test",
                "openrouter_base_url": simulator.base_url,
                "data_dir": tmp_path,
                "grade_wait": True,
            }
            app = create_app(Settings(**given | settings), Overrides(transport=transport, retry_policy=policy))
            return await stack.enter_async_context(_listening(app))

        yield start


@asynccontextmanager
async def _listening(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1)
    server = _Guest(config)
    task = asyncio.create_task(server.serve(), name="server")
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def open_tab(serve: Serve) -> AsyncIterator[OpenTab]:
    """A front end before a server of its own; keywords are the server's settings."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> React:
            http = httpx.AsyncClient(base_url=await serve(**settings), timeout=30)
            return React(await stack.enter_async_context(http))

        yield start


@pytest.fixture
async def tab(open_tab: OpenTab) -> React:
    return await open_tab()
