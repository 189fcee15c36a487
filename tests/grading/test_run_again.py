"""A session that is graded again, over a real Postgres: what is asked anew, what is kept."""

from dataclasses import replace

import pytest

from app.marks.model import Role
from tests.grading.fakes import GOOD, ONE, QUESTIONS, tries


async def test_a_repeat_runs_only_what_failed_or_is_incomplete(engine, models):
    models.reply = lambda asked: {
        1: models.marks(GOOD),
        2: models.error(400),
        3: models.marks({"1a": 2}),
        4: models.marks({"1a": 2, "1b": None}),
    }[asked.try_index]
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, tries(4))
    models.asked.clear()
    models.reply = lambda _: models.marks({"1a": 0, "1b": 2})
    await engine.grade(process, session, [])

    assert models.asked_for() == {("acme/one", 2): 1, ("acme/one", 3): 1}
    marks = await engine.marks(session)
    assert [marks["1a", "acme/one", n] for n in (1, 2, 3, 4)] == [3, 0, 2, 2]
    assert [marks["1b", "acme/one", n] for n in (1, 2, 3, 4)] == [1, 2, 2, None]


@pytest.mark.parametrize("trouble", ["failed", "stopped", "unreadable"])
async def test_a_repeat_that_gives_nothing_takes_no_mark_back(engine, models, trouble):
    models.reply = lambda _: models.marks({"1a": 2})
    session, process = await engine.session(), engine.process(models.http, capacity=1)
    await engine.grade(process, session, tries(3))
    models.reply = lambda _: {
        "failed": models.error(400),
        "stopped": models.error(402),
        "unreadable": models.text("I cannot."),
    }[trouble]
    for _ in range(2):
        await engine.grade(process, session, [])
        marks = await engine.marks(session)
        assert [marks["1a", "acme/one", n] for n in (1, 2, 3)] == [2, 2, 2]
        assert {one["status"] for one in (await engine.calls(session)).values()} == {"succeeded"}


async def test_a_repeat_that_is_cancelled_before_it_began_takes_no_mark_back(engine, models):
    models.reply = lambda _: models.marks({"1a": 2})
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, ONE)
    for _ in range(2):
        await engine.start(session, [])
        await engine.store.cancel_session(session, "cancelled")

        assert (await engine.progress(session))["failure_reason"] == "cancelled"
        assert (await engine.marks(session))["1a", "acme/one", 1] == 2
        assert (await engine.calls(session))["acme/one", 1]["status"] == "succeeded"


async def test_what_a_repeat_costs_is_added_to_what_the_first_asking_did(engine, models):
    models.reply = lambda _: models.error(400) if len(models.asked) == 1 else models.marks(GOOD)
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, ONE)
    await engine.grade(process, session, [])

    ((raw, requests),) = engine.sql("select raw_output, http_requests from grading_call where session_id = %s", session)
    assert (len(raw), requests) == (2, 2)


async def test_grading_again_what_is_complete_costs_nothing(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, tries(2))
    await engine.grade(process, session, tries(2))

    assert set(models.asked_for().values()) == {1}
    assert (await engine.progress(session))["status"] == "graded"


async def test_force_grades_everything_in_a_new_run_and_keeps_the_old_as_evidence(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, ONE)
    models.reply = lambda _: models.marks({"1a": 1, "1b": 2})
    await engine.grade(process, session, ONE, force=True)

    assert await engine.marks(session) == {("1a", "acme/one", 1): 1, ("1b", "acme/one", 1): 2}
    assert engine.sql("select run, status from grading_call where session_id = %s order by run", session) == [
        (1, "succeeded"),
        (2, "succeeded"),
    ]


async def test_tries_that_are_left_out_leave_the_results_and_come_back_unpaid(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, tries(3))
    before = await engine.marks(session)
    await engine.grade(process, session, tries(1))
    with_one = await engine.marks(session)
    await engine.grade(process, session, tries(3))

    assert {try_index for _, _, try_index in with_one} == {1}
    assert (await engine.progress(session))["attempts"]["total"] == 3
    assert await engine.marks(session) == before
    assert set(models.asked_for().values()) == {1}


async def test_a_marker_that_is_left_out_leaves_progress_and_cost(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, [*ONE, {"name": "acme/two"}])
    await engine.grade(process, session, ONE)
    progress = await engine.progress(session)

    assert (list(progress["models"]), progress["cost_usd"]) == (["acme/one"], 0.01)


@pytest.mark.parametrize("change", ["questions", "settings", "image"])
async def test_changed_inputs_are_asked_again(engine, models, change):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, ONE)
    models.reply = lambda _: models.marks({"1a": 1, "1b": 2})
    if change == "questions":
        await engine.configure(session, (replace(QUESTIONS[0], text="Prove it."), QUESTIONS[1]))
    if change == "image":
        await engine.store.register_pages(
            session_id=session, role=Role.STUDENT, order_index=1, pages=[("https://scans.test/2.png", None)]
        )
    settings = {"reasoning": {"effort": "low"}} if change == "settings" else {}
    await engine.grade(process, session, tries(1, **settings))

    assert models.asked_for() == {("acme/one", 1): 2}
    assert await engine.marks(session) == {("1a", "acme/one", 1): 1, ("1b", "acme/one", 1): 2}


async def test_a_changed_question_is_unmarked_until_it_is_graded_again(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, ONE)
    await engine.configure(session, (replace(QUESTIONS[0], max_marks=8.0), QUESTIONS[1]))
    rows = (await engine.store.session_results(session))["results"]

    assert [(one["question_id"], one["marks_awarded"]) for one in rows] == [("1a", None), ("1b", 1)]
    assert rows[0]["validation_errors"][0]["reason"] == "question_changed"


async def test_an_answer_to_questions_that_have_changed_since_is_not_stored(engine, models):
    """Its process was cut off from the database for so long that the session was cancelled and planned anew."""
    models.open.clear()
    session, slow = await engine.session(), engine.process(models.http)
    await engine.start(session, ONE)
    slow.launcher.launch(session)
    await engine.until(lambda: models.asked)
    engine.expire_lease(session)
    await engine.store.cancel_session(session, "cancelled")
    await engine.configure(session, (replace(QUESTIONS[0], max_marks=2.0), QUESTIONS[1]))
    await engine.start(session, ONE)
    models.open.set()
    await slow.launcher.wait(10)

    assert await engine.marks(session) == {}
    assert (await engine.progress(session))["attempts"]["pending"] == 1


async def test_what_a_stop_left_is_graded_by_the_next_start(engine, models):
    models.reply = lambda asked: models.error(402) if len(models.asked) == 3 else models.marks(GOOD)
    session, process = await engine.session(), engine.process(models.http, capacity=1)
    await engine.grade(process, session, tries(6))
    stopped = await engine.progress(session)
    await engine.grade(process, session, [])

    assert (stopped["status"], stopped["attempts"]["succeeded"], stopped["attempts"]["cancelled"]) == ("failed", 2, 3)
    assert "credit" in stopped["failure_reason"]
    assert models.asked_for() == {("acme/one", n): 2 if n == 3 else 1 for n in range(1, 7)}
    assert (await engine.progress(session))["status"] == "graded"
