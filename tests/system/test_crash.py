"""The machine's bad day: kill -9 in the middle of a run."""

import signal
import time


async def test_a_run_survives_kill_9_without_anybody_doing_anything(make_server, simulator, truth):
    server = make_server(GRADING_MAX_CONCURRENCY="8")
    await server.start()
    session = await server.new_run()
    await server.until(session, lambda progress: progress["attempts"]["succeeded"] >= 30)
    killed_at = time.time()
    await server.end(signal.SIGKILL)
    before = list(simulator.log)
    in_flight = [one for one in before if one.answered_at is None or one.answered_at > killed_at - 0.1]

    restarted_at = await server.start()
    progress = await server.finished(session)
    resumed = next(one for one in simulator.log if one.index > before[-1].index)

    assert progress["status"] == "graded"
    assert progress["attempts"]["succeeded"] == 60
    assert await server.marks(session) == truth()
    assert 0 < len(in_flight) < 30
    assert simulator.stats.calls <= 60 + len(in_flight)
    assert resumed.started_at - restarted_at < 20
