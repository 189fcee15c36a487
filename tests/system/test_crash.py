"""The machine's bad day: kill -9 in the middle of a run."""

import signal
import time

import pytest

# From the moment at which a server answers. On a free machine it answers 1.5 s after its start.
RESUME_SECONDS = 3.0


@pytest.fixture(params=["embedded", "DATABASE_URL"])
def database_settings(request):
    if request.param == "embedded":
        return {}
    return {"DATABASE_URL": request.getfixturevalue("database")}


async def test_a_run_survives_kill_9_without_anybody_doing_anything(make_server, simulator, truth, database_settings):
    server = make_server(GRADING_MAX_CONCURRENCY="8", **database_settings)
    await server.start()
    session = await server.new_run()
    await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 30)
    killed_at = time.time()
    await server.end(signal.SIGKILL)
    before = list(simulator.log)
    in_flight = [one for one in before if one.answered_at is None or one.answered_at > killed_at - 0.1]

    await server.start()
    answered_at = time.time()
    progress = await server.finished(session)
    resumed = next(one for one in simulator.log if one.index > before[-1].index)

    assert progress["status"] == "graded"
    assert progress["attempts"]["succeeded"] == 60
    assert await server.marks(session) == truth()
    assert 0 < len(in_flight) < 30
    assert simulator.stats.calls <= 60 + len(in_flight)
    assert resumed.started_at - answered_at < RESUME_SECONDS


async def test_another_process_takes_over_at_once_and_leaves_its_own_runs_alone(
    make_server, simulator, truth, database
):
    killed, other = (make_server(GRADING_MAX_CONCURRENCY="4", DATABASE_URL=database) for _ in range(2))
    await killed.start()
    await other.start()
    sessions = [await killed.new_run(), await other.new_run()]
    for server, session in zip((killed, other), sessions, strict=True):
        await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 8)
    killed_at = time.time()
    await killed.end(signal.SIGKILL)
    in_flight = [one for one in simulator.log if one.answered_at is None or one.answered_at > killed_at - 0.1]
    stored = (await other.progress(sessions[0]))["attempts"]["succeeded"]
    await other.until(sessions[0], lambda progress: progress["attempts"]["succeeded"] > stored, RESUME_SECONDS)

    for session in sessions:
        assert (await other.finished(session))["attempts"]["succeeded"] == 60
        assert await other.marks(session) == truth()
    assert simulator.stats.calls <= 2 * 60 + len(in_flight)


async def test_a_limit_on_cost_holds_across_kill_9(make_server, simulator):
    """What was in flight may be billed, although nobody read it: it counts as far as it was noted."""
    limit = 0.12
    server = make_server(GRADING_MAX_CONCURRENCY="2")
    await server.start()
    session = await server.new_run(models=["simulated/careful"], tries=1)
    await server.finished(session)
    plan = {"session_id": session, "models": [{"name": "simulated/careful", "tries": 20}], "max_cost_usd": limit}
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 1.0})
    await server.post("/grade/single", plan)
    await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 6)
    await server.end(signal.SIGKILL)
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.0})

    await server.start()
    progress = await server.finished(session)

    assert "(max_cost_usd) is reached" in progress["failure_reason"]
    assert 0 < progress["cost_usd"] <= limit
    assert sum(entry.usage["cost"] for entry in simulator.log if entry.usage is not None) <= limit
