import asyncio

import pytest

from app.errors import UpstreamUnavailableError
from app.grading.requests import ImagesMissingError, RequestBuilder
from app.work.background import Background
from app.work.launcher import POLL_SECONDS, InlineLauncher

AWAY = UpstreamUnavailableError("It does not answer.")
ONE = [{"name": "acme/one"}]


@pytest.fixture
def process(engine, models, fake_time):
    """Its launcher lives on `fake_time`: nothing is picked up or renewed before the test lets time pass."""
    return engine.process(models.http, capacity=2, clock=fake_time, sleep=fake_time.sleep)


@pytest.fixture
def counted(monkeypatch, engine):
    """Counts the calls of a method of the store; `trouble`, if there is any, is raised first."""

    def count(name, *trouble):
        calls, method, waiting = [], getattr(engine.store, name), list(trouble)

        async def counting(*args, **kwargs):
            calls.append(args)
            if waiting:
                raise waiting.pop(0)
            return await method(*args, **kwargs)

        monkeypatch.setattr(engine.store, name, counting)
        return calls

    return count


@pytest.fixture
def held(monkeypatch, engine):
    """Holds the answers of a method of the store back until the event is set."""

    def hold(name):
        may_return, method = asyncio.Event(), getattr(engine.store, name)

        async def holding(*args, **kwargs):
            answer = await method(*args, **kwargs)
            await may_return.wait()
            return answer

        monkeypatch.setattr(engine.store, name, holding)
        return may_return

    return hold


def status(engine, session):
    return engine.sql("select status from session where id = %s", session)[0][0]


async def test_a_session_that_is_launched_twice_runs_once(engine, process, models, counted):
    claims = counted("claim_session")
    models.open.clear()
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.launch(session)
    process.launcher.launch(session)
    await engine.until(lambda: models.asked)

    assert (len(claims), len(process.launcher._live)) == (1, 1)


async def test_a_session_nobody_works_on_is_picked_up(engine, process, models):
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.start()
    await engine.until(lambda: status(engine, session) == "graded")

    assert len(models.asked) == 1


async def test_a_session_that_was_left_later_is_picked_up_within_seconds(engine, process, models, fake_time, counted):
    looks = counted("unclaimed_sessions")
    session = await engine.session()
    process.launcher.start()
    await engine.until(lambda: looks)
    await engine.start(session, ONE)
    await fake_time.pass_(POLL_SECONDS)
    await engine.until(lambda: status(engine, session) == "graded")

    assert len(models.asked) == 1


@pytest.mark.parametrize("trouble", [AWAY, KeyError("a fault of ours")])
async def test_looking_for_sessions_goes_on_after_any_trouble(engine, process, fake_time, counted, trouble):
    looks = counted("unclaimed_sessions", AWAY, trouble)
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.start()
    await engine.until(lambda: len(looks) == 1)
    await fake_time.pass_(2 * POLL_SECONDS)
    await engine.until(lambda: status(engine, session) == "graded")

    assert len(looks) > 2


async def test_a_run_that_lives_here_is_not_started_again_when_its_lease_has_run_out(
    engine, process, models, fake_time, counted
):
    claims, looks = counted("claim_session"), counted("unclaimed_sessions")
    models.open.clear()
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.launch(session)
    await engine.until(lambda: models.asked and fake_time.slept)
    engine.expire_lease(session)
    fake_time.slept.clear()
    process.launcher.start()
    await engine.until(lambda: POLL_SECONDS in fake_time.slept[-1:])

    assert (len(looks), len(claims), len(models.asked)) == (1, 1, 1)


async def test_a_start_at_the_very_end_of_a_run_is_worked_on_too(engine, process, models, held):
    session = await engine.session()
    may_return = held("save_stats")
    await engine.start(session, ONE)
    process.launcher.launch(session)
    await engine.until(lambda: status(engine, session) == "graded")
    await engine.start(session, ONE, force=True)
    process.launcher.launch(session)
    may_return.set()
    await engine.until(lambda: status(engine, session) == "graded")

    assert len(models.asked) == 2


async def test_a_database_that_is_away_at_the_claim_puts_a_session_off(engine, process, models, fake_time, counted):
    claims = counted("claim_session", AWAY)
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.launch(session)
    await process.launcher.wait(10)
    before = status(engine, session)
    process.launcher.start()
    await engine.until(lambda: status(engine, session) == "graded")

    assert (before, len(claims)) == ("grading", 2)


def broken_preparation(monkeypatch, error):
    async def prepare(claimed, tools):
        raise error

    monkeypatch.setattr(RequestBuilder, "prepare", prepare)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ImagesMissingError("2 registered images are no longer in the storage."), "2 registered images"),
        (KeyError("markers"), "The server failed while grading this session"),
    ],
)
async def test_a_session_that_can_never_be_graded_failed_and_says_why(engine, process, monkeypatch, error, reason):
    broken_preparation(monkeypatch, error)
    session = await engine.session()
    await engine.grade(process, session, ONE)
    progress = await engine.progress(session)

    assert progress["status"] == "failed"
    assert reason in progress["failure_reason"]
    assert progress["attempts"]["cancelled"] == 1


async def test_a_storage_that_is_away_puts_a_session_off(engine, process, monkeypatch):
    broken_preparation(monkeypatch, AWAY)
    session = await engine.session()
    await engine.grade(process, session, ONE)

    assert status(engine, session) == "grading"


async def test_a_stop_returns_when_what_was_queued_is_cancelled(engine, process, models):
    models.open.clear()
    session = await engine.session()
    await engine.start(session, [{"name": "acme/one", "tries": 5}])
    process.launcher.launch(session)
    await engine.until(lambda: len(models.asked) == 2)
    await process.launcher.stop(session, "cancelled")
    stopped = await engine.progress(session)
    models.open.set()
    await process.launcher.wait(10)
    progress = await engine.progress(session)

    assert (stopped["status"], stopped["attempts"]["cancelled"]) == ("grading", 3)
    assert (progress["status"], progress["failure_reason"]) == ("failed", "cancelled")
    assert (progress["attempts"]["succeeded"], progress["attempts"]["cancelled"]) == (2, 3)


async def test_a_session_that_is_dropped_is_no_longer_worked_on(engine, process, models):
    models.open.clear()
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.launch(session)
    await engine.until(lambda: models.asked)
    process.launcher.drop(session)
    await process.launcher.wait(10)

    assert process.launcher._live == {}


async def test_a_closed_launcher_starts_nothing(engine, process, models):
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.close()
    process.launcher.launch(session)

    assert process.launcher._live == {}


async def test_closing_lets_running_calls_finish_and_hands_the_rest_over_at_once(engine, process, models):
    models.open.clear()
    session = await engine.session()
    await engine.start(session, [{"name": "acme/one", "tries": 6}])
    process.launcher.launch(session)
    await engine.until(lambda: len(models.asked) == 2)
    process.launcher.close()
    models.open.set()
    await process.launcher.wait(10)
    left = await engine.progress(session)
    await engine.work(engine.process(models.http), session)

    assert (left["status"], left["attempts"]["succeeded"], left["attempts"]["pending"]) == ("grading", 2, 4)
    assert models.asked_for() == {("acme/one", n): 1 for n in range(1, 7)}
    assert status(engine, session) == "graded"


async def test_closing_while_a_session_is_claimed_makes_no_call(engine, process, models, held):
    may_return = held("claim_session")
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.launch(session)
    await engine.until(lambda: engine.sql("select lease_owner from session where id = %s", session)[0][0])
    process.launcher.close()
    may_return.set()
    await process.launcher.wait(10)

    assert models.asked == []
    assert engine.sql("select status, lease_owner from session where id = %s", session) == [("grading", None)]


async def test_abandoned_calls_are_made_again_by_the_next_process(engine, process, models):
    models.open.clear()
    session = await engine.session()
    await engine.start(session, ONE)
    process.launcher.launch(session)
    await engine.until(lambda: models.asked)
    process.launcher.close()
    process.launcher.abandon()
    await process.launcher.wait(10)
    models.open.set()
    await engine.work(engine.process(models.http), session)

    assert len(models.asked) == 2
    assert status(engine, session) == "graded"


async def test_without_a_key_nothing_is_worked_on(engine, fake_time):
    background = Background()
    launcher = InlineLauncher(None, background, sleep=fake_time.sleep)
    session = await engine.session()
    await engine.start(session, ONE)
    launcher.start()
    launcher.launch(session)

    assert not background._tasks
    assert status(engine, session) == "grading"
