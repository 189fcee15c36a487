"""The database's bad day: stopped for 20 seconds, or killed, in the middle of a run."""

import asyncio
import os
import signal
import time

import pytest

from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from app.simulator.config import SimulatorConfig
from app.store.sessions import LEASE_SECONDS

OUTAGE_SECONDS = 20


@pytest.fixture
def own_cluster(tmp_path):
    """A database server that is not the web server's business."""
    cluster = EmbeddedPostgres(tmp_path / "cluster")
    cluster.start()
    migrate(cluster.conninfo())
    yield cluster
    cluster.stop()


async def test_a_database_that_is_stopped_for_20_seconds_loses_nothing(make_server, simulator, truth, own_cluster):
    simulator.config = SimulatorConfig(latency_seconds=0.6)
    server = make_server(GRADING_MAX_CONCURRENCY="2", DATABASE_URL=own_cluster.conninfo())
    await server.start()
    session = await server.new_run()
    await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 4)
    stopped_at = time.time()
    await asyncio.to_thread(own_cluster.stop)
    meanwhile = await server.http.get(f"/sessions/{session}")
    await asyncio.sleep(OUTAGE_SECONDS - (time.time() - stopped_at))
    back_at = time.time()
    await asyncio.to_thread(own_cluster.start)
    progress = await server.finished(session)

    uncertain_at = stopped_at + LEASE_SECONDS
    assert (meanwhile.status_code, meanwhile.json()["error"]["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert (progress["status"], progress["attempts"]["succeeded"]) == ("graded", 60)
    assert await server.marks(session) == truth()
    assert (simulator.stats.calls, simulator.stats.repeats) == (60, 0)
    assert any(stopped_at < one.started_at < uncertain_at for one in simulator.log)
    assert not [one for one in simulator.log if uncertain_at < one.started_at < back_at]
    assert any(one.started_at > back_at for one in simulator.log)


async def test_an_embedded_postgres_that_is_killed_is_brought_back_and_the_run_completes(make_server, simulator, truth):
    server = make_server(GRADING_MAX_CONCURRENCY="8")
    await server.start()
    session = await server.new_run()
    await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 16)
    os.kill(int((server.data / "postgres" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    async with asyncio.timeout(60):
        while not (await server.http.get("/health/ready")).is_success:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    progress = await server.finished(session)

    assert (progress["status"], progress["attempts"]["succeeded"]) == ("graded", 60)
    assert await server.marks(session) == truth()
    assert (simulator.stats.calls, simulator.stats.repeats) == (60, 0)


async def test_a_server_whose_database_is_away_stops_in_time_too(make_server, simulator, own_cluster):
    server = make_server(DATABASE_URL=own_cluster.conninfo())
    await server.start()
    session = await server.new_run()
    await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 4)
    await asyncio.to_thread(own_cluster.stop)

    assert await server.end(signal.SIGTERM) < 10
