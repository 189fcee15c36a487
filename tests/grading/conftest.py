"""The engine over fakes, and over a database."""

import asyncio
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest

from app.grading.requests import RequestBuilder
from app.grading.session_run import SessionRun
from app.openrouter.catalogue import UNKNOWN
from app.openrouter.client import OpenRouterClient
from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from app.openrouter.retry import RetryPolicy
from app.store.psycopg import PsycopgTransport
from app.store.sessions import Store
from app.work.leased_work import WorkTools
from tests.grading.engine import BASE_URL, Engine
from tests.grading.fakes import FakeStore, FakeTime, Models, claimed_run, settle


@pytest.fixture
def fake_time():
    return FakeTime()


@pytest.fixture
async def models():
    models = Models()
    yield models
    await models.http.aclose()


@pytest.fixture
def make_client(models, fake_time):
    """Builds the real client over `models`; retries wait on `fake_time`."""

    def make(capacity=16, **policy):
        return OpenRouterClient(
            models.http,
            base_url=BASE_URL,
            api_key="key",
            limiter=FairLimiter(capacity),
            gates=ModelGates(clock=fake_time, sleep=fake_time.sleep),
            policy=RetryPolicy(**policy),
            call_timeout_seconds=60,
            sleep=fake_time.sleep,
            draw=lambda: 0.5,
        )

    return make


@pytest.fixture
def fake_store():
    return FakeStore()


@pytest.fixture
async def runs(fake_store, fake_time, make_client):
    """Builds runs over fakes (`make`), starts them (`start`), lets things happen (`settle`)."""
    tasks = []

    def make(client=None, claimed_at=None, known=UNKNOWN, leads=None, **claim):
        claimed = claimed_run(**claim)
        capabilities = dict.fromkeys(("acme/one", "acme/two", "deepseek/one"), known)
        requests = RequestBuilder(claimed, {one.url: one.url for one in claimed.images}, capabilities, "deny")
        tools = WorkTools("me", fake_time() if claimed_at is None else claimed_at, fake_time.sleep, fake_time)
        return SessionRun(claimed, fake_store, client or make_client(), requests, tools, leads=leads)

    async def start(run):
        tasks.append(asyncio.create_task(run.run()))
        await settle()
        return tasks[-1]

    yield SimpleNamespace(make=make, start=start, settle=settle)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def engine(database):
    async with AsyncExitStack() as stack:
        transport = PsycopgTransport(database)
        await transport.open()
        stack.push_async_callback(transport.close)
        yield Engine(Store(transport), database, stack)
