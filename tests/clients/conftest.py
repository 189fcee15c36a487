"""The product as its clients meet it: our server and a simulated OpenRouter, both over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.commands.serve import serving
from app.main import Overrides, create_app
from app.openrouter.http_client import open_http_client
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
    """The database, with how often each function was asked; an answer in `held` is given once its event is set."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo)
        self.asked: list[str] = []
        self.held: dict[str, asyncio.Event] = {}

    async def call_text(self, function: str, arguments: Any) -> bytes:
        self.asked.append(function)
        answer = await super().call_text(function, arguments)
        if function in self.held:
            await self.held[function].wait()
        return answer


@pytest.fixture
def transport(database: str) -> CountingTransport:
    return CountingTransport(database)


@dataclass
class Wire:
    """The way to the simulator, with every completion that was asked for over it.

    `models` takes the place of the simulator's list of models.
    """

    inner: httpx.AsyncBaseTransport
    bodies: list[dict[str, Any]] = field(default_factory=list)
    models_asked: int = 0
    models: Callable[[], httpx.Response] | None = None

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/models"):
            self.models_asked += 1
            if self.models is not None:
                return self.models()
        else:
            self.bodies.append(json.loads(await request.aread()))
        return await self.inner.handle_async_request(request)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with open_http_client(limit=8) as client:
        yield Wire(client._transport)


@pytest.fixture
async def serve(
    simulator: RunningSimulator, transport: CountingTransport, wire: Wire, tmp_path: Path
) -> AsyncIterator[Serve]:
    """Starts our server on a free port; keywords are settings. Waits between requests are none unless `policy` is."""
    async with AsyncExitStack() as stack:

        async def start(policy: RetryPolicy = NO_WAITS, **settings: Any) -> str:
            given = {
                "openrouter_api_key": "sk-or-test",
                "openrouter_base_url": simulator.base_url,
                "data_dir": tmp_path,
                "grade_wait": True,
            }
            http = httpx.AsyncClient(transport=httpx.MockTransport(wire.handle))
            parts = Overrides(openrouter_http=http, transport=transport, retry_policy=policy)
            configured = Settings(**given | settings)
            return await stack.enter_async_context(serving(configured, create_app(configured, parts)))

        yield start


@pytest.fixture
def quick_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that waits looks ten times as often whether the run is over."""
    monkeypatch.setattr("app.routers.grade.KEEP_ALIVE_SECONDS", 0.05)


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
