"""Starts of a session in a real Postgres: at the same instant, over another run, on questions that change."""

import asyncio
from dataclasses import replace

import pytest

from app.errors import ConflictError
from app.grading.start import PLANNING_TRIES
from tests.grading.fakes import ONE, QUESTIONS, tries


async def test_two_identical_starts_at_the_same_instant_make_one_run(engine, models):
    session = await engine.session()
    process = engine.process(models.http)
    await asyncio.gather(*(engine.start(session, tries(3)) for _ in range(5)))
    await engine.work(process, session)

    assert set(models.asked_for().values()) == {1}
    assert engine.sql("select run from session where id = %s", session) == [(1,)]


async def test_two_forced_starts_at_the_same_instant_make_one_run(engine, models):
    session = await engine.session()
    await asyncio.gather(*(engine.start(session, tries(3), force=True) for _ in range(5)))

    assert engine.sql("select run from session where id = %s", session) == [(1,)]


async def test_another_plan_while_a_session_is_graded_is_refused(engine):
    session = await engine.session()
    await engine.start(session, ONE)

    with pytest.raises(ConflictError) as caught:
        await engine.start(session, tries(2))
    assert caught.value.code == "SESSION_BUSY"


async def test_questions_cannot_change_while_a_session_is_graded(engine):
    session = await engine.session()
    await engine.start(session, ONE)

    with pytest.raises(ConflictError) as caught:
        await engine.configure(session, QUESTIONS[:1])
    assert caught.value.code == "SESSION_BUSY"


async def test_a_start_whose_questions_change_under_it_is_planned_anew(engine, models):
    session = await engine.session()
    inputs = await engine.store.grading_inputs(session)
    await engine.configure(session, QUESTIONS[:1])
    outcome = await engine.store.start_grading(
        session,
        plan={"markers": []},
        default_tries=1,
        calls=[],
        inputs_version=inputs.inputs_version,
        force=False,
    )

    assert outcome == "stale"
    assert (await engine.progress(session))["status"] == "created"


@pytest.fixture
def changing(engine, monkeypatch):
    """Questions are changed right after a start has read what it is planned on, so many times."""
    read = engine.store.grading_inputs

    def change(times):
        maxima = iter(range(3, 3 + times))

        async def read_and_change(session_id):
            inputs = await read(session_id)
            if maximum := next(maxima, None):
                await engine.configure(session_id, [replace(QUESTIONS[0], max_marks=maximum)])
            return inputs

        monkeypatch.setattr(engine.store, "grading_inputs", read_and_change)

    return change


async def test_a_start_whose_questions_change_twice_while_it_is_planned_takes_the_last(engine, models, changing):
    session = await engine.session()
    changing(2)
    await engine.grade(engine.process(models.http), session, ONE)

    assert await engine.marks(session) == {("1a", "acme/one", 1): 3}


async def test_a_start_whose_questions_never_rest_is_refused_and_leaves_nothing(engine, changing):
    session = await engine.session()
    changing(PLANNING_TRIES)

    with pytest.raises(ConflictError) as caught:
        await engine.start(session, ONE)
    assert caught.value.code == "SESSION_BUSY"
    assert (await engine.progress(session))["status"] == "created"
