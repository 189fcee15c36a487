"""Workers on one database: they share sessions, survive each other's death, and end in order."""

import asyncio
import json
import shutil
import signal
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.reporting.analyses import analysed
from app.reporting.computations import AskedComputations
from app.store.computations import ComputationStore
from app.store.psycopg import PsycopgTransport
from app.store.work import WorkStore
from tests.bench.sizes import stored_text
from tests.system.conftest import ROOT
from tests.system.test_generation_crash import until, upload
from tests.system.workers import Worker, with_queue

# A worker of another machine counts as dead after 6 s without a beat; it is seen with the next beat of another.
RESUME_SECONDS = 10.0


@asynccontextmanager
async def way_to(database):
    """The address of a link to the database, and what cuts it."""
    at = conninfo_to_dict(database)
    socket = f"{at['host']}/.s.PGSQL.{at.get('port', 5432)}"
    command = (sys.executable, "-m", "tests.bench.slow_link", socket, "0.001")
    link = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)

    async def cut():
        if link.returncode is None:
            link.kill()
            await link.wait()

    try:
        port = (await link.stdout.readline()).split()[1].decode()
        yield make_conninfo(database, host="127.0.0.1", port=port), cut
    finally:
        await cut()


@pytest.fixture
async def make_worker(tmp_path):
    async with AsyncExitStack() as stack:
        numbers = count(1)

        async def make(server, **settings):
            worker = Worker(tmp_path / f"worker-{next(numbers)}", server.environ, **settings)
            stack.push_async_callback(worker.close)
            await worker.start()
            return worker

        yield make


@pytest.fixture
async def web(make_server, database):
    """A server that takes no work itself."""
    server = make_server(**with_queue(database), QUEUE_WORKER="false", GRADING_MAX_CONCURRENCY="8")
    await server.start()
    return server


async def test_workers_grade_what_a_server_that_takes_no_work_was_given(web, make_worker, simulator, truth):
    session = await web.new_run()
    assert (await web.progress(session))["attempts"]["pending"] == 60
    await make_worker(web)

    progress = await web.finished(session)

    assert progress["status"] == "graded"
    assert await web.marks(session) == truth()
    assert simulator.stats.calls == 60


async def test_work_of_a_killed_worker_is_resumed_by_another_within_ten_seconds(web, make_worker, simulator, truth):
    killed = await make_worker(web)
    session = await web.new_run()
    await web.until(session, lambda progress: progress["attempts"]["succeeded"] >= 10)
    killed_at = time.time()
    await killed.end(signal.SIGKILL)
    # As on another machine, where nobody sees the lock of the dead process.
    shutil.rmtree(killed.data / "processes")
    in_flight = [one for one in simulator.log if one.answered_at is None or one.answered_at > killed_at - 0.1]
    last = simulator.log[-1].index
    await make_worker(web)
    began_at = time.time()

    progress = await web.finished(session)

    resumed = next(one for one in simulator.log if one.index > last)
    assert resumed.started_at - max(killed_at, began_at) < RESUME_SECONDS
    assert progress["attempts"]["succeeded"] == 60
    assert await web.marks(session) == truth()
    assert simulator.stats.calls <= 60 + len(in_flight)


async def test_a_cancellation_reaches_a_worker_within_a_second(web, make_worker, simulator):
    await make_worker(web)
    session = await web.new_run()
    await web.until(session, lambda progress: progress["attempts"]["succeeded"] >= 5)
    await web.post(f"/sessions/{session}/cancel", {})
    cancelled_at = time.time()

    progress = await web.finished(session)

    assert progress["status"] == "failed"
    assert progress["attempts"]["cancelled"] > 0
    # A beat every second, and twice that for a busy machine.
    assert max(one.started_at for one in simulator.log) - cancelled_at < 3


async def test_a_worker_that_has_lost_its_database_ends_when_it_is_told_to(web, make_worker, database, simulator):
    async with way_to(database) as (address, gone):
        worker = await make_worker(web, DATABASE_URL=address, WORKER_GRACE_SECONDS="1")
        session = await web.new_run()
        await web.until(session, lambda progress: progress["attempts"]["succeeded"] >= 5)
        await gone()
        await worker.until("waits for the database")
        worker.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await worker.process.wait() == 0


async def test_a_worker_that_is_told_to_end_finishes_its_calls_and_hands_the_rest_over(
    web, make_worker, simulator, truth
):
    ending = await make_worker(web)
    session = await web.new_run()
    await web.until(session, lambda progress: progress["attempts"]["succeeded"] >= 5)
    assert await ending.end(signal.SIGTERM) == 0
    stored = (await web.progress(session))["attempts"]["succeeded"]
    assert stored == len(simulator.log)

    await make_worker(web)
    await web.finished(session)

    assert await web.marks(session) == truth()
    assert simulator.stats.calls == 60


async def test_a_worker_answers_on_a_port_of_its_own_and_names_the_request_that_asked(web, make_worker):
    worker = await make_worker(web, LOG_FORMAT="json", LOG_LEVEL="INFO")
    async with httpx.AsyncClient(base_url=worker.address(), timeout=60) as http:
        session = await web.prepared()
        plan = {"session_id": session, "models": [{"name": "simulated/careful", "tries": 2}]}
        await web.http.post("/grade/single", json=plan, headers={"X-Request-ID": "asked-by-anna"})
        await web.finished(session)
        assert (await http.get("/health/live")).json()["ok"]
        (here,) = (await http.get("/health/ready")).json()["workers"]
        metrics = (await http.get("/metrics")).text
        lost = await http.get("/sessions")
    assert here["pid"] == worker.process.pid
    assert 'secondmark_calls_total{model="simulated/careful",outcome="succeeded"} 2.0' in metrics
    assert lost.status_code == 404
    lines = [json.loads(line) for line in worker.log().splitlines() if line.startswith("{")]
    about = [line for line in lines if line.get("session") == session]
    assert {line["correlation_id"] for line in about} == {"asked-by-anna"}


async def test_documents_are_read_and_tests_are_made_by_workers(web, make_worker, simulator):
    await make_worker(web)
    document = await upload(web)
    models = {"model": "simulated/writer", "solver_models": ["simulated/solver"]}
    made = await web.post("/tests/generate", {"document_id": document, "num_questions": 2, **models})
    status = await until(web, made["id"], lambda status: status["status"] not in {"pending", "generating"})
    assert status["status"] == "completed"


async def test_an_analysis_of_a_killed_worker_is_done_by_another(web, make_worker, database):
    """The server asks, and neither computes the analysis nor hears of its worker's death."""
    transport = PsycopgTransport(database)
    await transport.open()
    try:
        killed = await make_worker(web)
        marks = stored_text(3000, 9, 3, 3).encode()
        asked = AskedComputations(ComputationStore(transport)).computed(None, analysed, (marks,))
        asking = asyncio.create_task(asked)
        while not (await WorkStore(transport).workers())["workers"][0]["work"]:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
        await killed.end(signal.SIGKILL)
        await make_worker(web)
        async with asyncio.timeout(60):
            assert len((await asking).analysis.marks.table.scripts) == 3000
    finally:
        await transport.close()
