"""Large analyses through the queue: what a server that asks, and a worker that computes, make of each other."""

import asyncio

import psycopg
import pytest

from app.database.queue_schema import bring_up_queue
from app.errors import UnprocessableError
from app.reporting.analyses import Analyses
from app.reporting.compared import ComparisonQuery, _compare
from app.reporting.computations import AskedComputations, ComputationJobs
from app.reporting.jobs import Computing, Waiter
from app.store.computations import ComputationStore
from app.store.psycopg import PsycopgTransport
from app.work.background import Background
from app.work.launcher import InlineLauncher
from tests.bench.sizes import stored_text
from tests.support.children import children_with

SCOPE = {"exam_id": "e"}
MARKS = stored_text(40, 2, 2, 1).encode()
# Takes a second or more to analyse.
LARGE = stored_text(3000, 9, 3, 3).encode()


class Stored:
    """An exam store that knows one exam."""

    owner_id = None

    def __init__(self, text):
        self.text = text

    async def marks_version(self, _):
        return "1"

    async def marks(self, _):
        return self.text


@pytest.fixture
async def store(database):
    bring_up_queue(database)
    transport = PsycopgTransport(database)
    await transport.open()
    yield ComputationStore(transport)
    await transport.close()


@pytest.fixture
async def worker(store):
    background = Background()
    launcher = InlineLauncher(ComputationJobs(store), background, lease_owner="worker", most=2)
    launcher.start()
    yield launcher
    launcher.close()
    await launcher.wait(30)
    await background.drain(30)


@pytest.fixture
def server(store, monkeypatch):
    """The analyses of one of several servers."""
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    return lambda: Analyses(AskedComputations(store))


async def test_a_server_says_how_far_it_is_and_gives_what_a_worker_found(server, worker, monkeypatch):
    analyses = server()
    with pytest.raises(Computing):
        await analyses.agreement(Stored(MARKS), SCOPE, Waiter(0.0))
    found = await analyses.agreement(Stored(MARKS), SCOPE)
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 10**9)
    assert found == await Analyses().agreement(Stored(MARKS), SCOPE)


async def test_two_servers_share_one_computation_and_its_answer(server, store, worker, database):
    one, other = await asyncio.gather(*(server().of(Stored(MARKS), SCOPE) for _ in range(2)))
    later = await server().of(Stored(MARKS), SCOPE)
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*), max(n_claims) from computation").fetchone() == (1, 1)
    assert one.marks.table.scripts == other.marks.table.scripts == later.marks.table.scripts


async def test_the_refusal_of_a_computation_reaches_the_client(server, worker):
    with pytest.raises(UnprocessableError, match="no marker"):
        await server().study(Stored(MARKS), Waiter(None), [SCOPE], _compare, ComparisonQuery("nobody", "none"))


async def test_a_worker_ends_a_computation_that_no_client_waits_for(server, worker, monkeypatch):
    async def gone():
        return bool(worker.live())

    monkeypatch.setattr("app.work.lease.RENEW_SECONDS", 0.2)
    with pytest.raises(Computing):
        await server().of(Stored(LARGE), SCOPE, Waiter(None, gone))
    async with asyncio.timeout(60):
        while worker.live() or children_with("spawn_main"):  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(0.05)


async def test_a_worker_that_is_told_to_end_leaves_its_computation_to_another(server, worker, store, database):
    asking = asyncio.create_task(server().of(Stored(LARGE), SCOPE))
    async with asyncio.timeout(60):
        while not worker.live():  # noqa: ASYNC110 - the launcher takes it
            await asyncio.sleep(0.01)
        worker.close()
        await worker.wait(60)
        assert not asking.done()
        background = Background()
        other = InlineLauncher(ComputationJobs(store), background, lease_owner="other", most=2)
        other.start()
        assert len((await asking).marks.table.scripts) == 3000
        other.close()
        await background.drain(30)
