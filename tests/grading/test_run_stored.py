"""Runs over a real Postgres: what is stored, resumed, kept, repeated."""

import asyncio
from dataclasses import replace

import pytest

from app.errors import ConflictError
from app.marks.model import Question, Role, Stage

ONE = [{"name": "acme/one"}]
GOOD = {"1a": 3, "1b": 1}
QUESTIONS = (Question("1a", 1, 4.0), Question("1b", 2, 2.0))


def tries(number, **more):
    return [{"name": "acme/one", "tries": number, **more}]


async def test_every_question_of_every_attempt_has_one_row(engine, models):
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, [*tries(3), {"name": "acme/two", "tries": 2}])

    expected = {("acme/one", n) for n in (1, 2, 3)} | {("acme/two", n) for n in (1, 2)}
    assert await engine.marks(session) == {
        (question, *attempt): mark for attempt in expected for question, mark in GOOD.items()
    }


async def test_what_a_run_cost_is_counted_from_its_calls(engine, models):
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, tries(3))
    progress = await engine.progress(session)

    assert (progress["status"], progress["progress"], progress["cost_usd"]) == ("graded", 1, 0.03)
    assert progress["tokens"]["input"] == 300


async def test_a_run_in_which_nothing_could_be_marked_failed_and_says_why(engine, models):
    models.reply = lambda _: models.error(400)
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, tries(2))
    progress = await engine.progress(session)

    assert progress["status"] == "failed"
    assert "No attempt gave marks" in progress["failure_reason"]
    assert progress["attempts"]["failed"] == 2


async def test_a_failed_attempt_has_rows_without_marks_and_with_its_reason(engine, models):
    models.reply = lambda asked: models.error(400) if asked.try_index == 2 else models.marks(GOOD)
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, tries(2))
    rows = [one for one in (await engine.store.session_results(session))["results"] if one["try_index"] == 2]

    assert [(one["question_id"], one["marks_awarded"]) for one in rows] == [("1a", None), ("1b", None)]
    assert all(one["validation_errors"][0]["reason"] == "call_failed" for one in rows)
    assert (await engine.progress(session))["status"] == "graded"


async def test_a_snapshot_of_the_statistics_is_kept_when_a_run_ends(engine, models):
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, ONE)

    ((totals,),) = engine.sql("select totals from stats where session_id = %s", session)
    assert totals["total_marks_awarded_by_model_try"] == {"acme/one": {"1": 4.0}}


async def test_text_that_postgres_cannot_hold_is_stored_all_the_same(engine, models):
    marked = '{"question_id": "1a", "marks_awarded": 3, "rubric_notes": "a \\u0000 and \\ud800"}'
    models.reply = lambda _: models.text(f'{{"answers": [{marked}, {{"question_id": "1b", "marks_awarded": 1}}]}}')
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, ONE)

    assert await engine.marks(session) == {("1a", "acme/one", 1): 3, ("1b", "acme/one", 1): 1}


async def test_an_outcome_that_postgres_refuses_fails_visibly_and_alone(engine, models, monkeypatch):
    def uncleaned(outcome):
        return outcome

    monkeypatch.setattr("app.store.store._storable_outcome", uncleaned)
    models.reply = lambda asked: models.text("a \0 byte") if asked.try_index == 2 else models.marks(GOOD)
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, tries(3))
    calls = await engine.calls(session)

    assert calls["acme/one", 2]["error"]["reason"] == "not_storable"
    assert [calls["acme/one", n]["status"] for n in (1, 2, 3)] == ["succeeded", "failed", "succeeded"]
    assert len(await engine.marks(session)) == 6


# Starting.


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


# Resuming.


async def killed_half_way(engine, models, session, *, asked, stored):
    """A process that is killed when it has asked and stored so much, and hangs at the rest."""
    process = engine.process(models.http)
    process.launcher.launch(session)
    await engine.until(lambda: (len(models.asked), engine.stored(session)) == (asked, stored))
    await process.kill()
    engine.expire_lease(session)


async def hang(models, asked):
    """Hangs for as long as the process that asks lives."""
    await asyncio.Event().wait()


async def test_a_killed_process_leaves_its_session_to_the_next(engine, models):
    models.reply = lambda asked: hang(models, asked) if asked.nth == 1 and asked.try_index > 2 else models.marks(GOOD)
    session = await engine.session()
    await engine.start(session, tries(5))
    await killed_half_way(engine, models, session, asked=5, stored=2)
    await engine.work(engine.process(models.http), session)

    assert models.asked_for() == {("acme/one", n): 1 if n <= 2 else 2 for n in range(1, 6)}
    assert len(await engine.marks(session)) == 10
    assert (await engine.progress(session))["status"] == "graded"


async def test_a_session_whose_lease_is_good_is_nobody_elses(engine, models):
    models.open.clear()
    session = await engine.session()
    await engine.start(session, ONE)
    first, second = engine.process(models.http), engine.process(models.http)
    first.launcher.launch(session)
    await engine.until(lambda: models.asked)
    await engine.work(second, session)

    assert len(models.asked) == 1


async def test_a_second_asking_that_is_resumed_does_not_pay_for_the_first_answer_again(engine, models):
    models.reply = lambda asked: (
        models.marks({"1a": 3}) if asked.nth == 1 else hang(models, asked) if asked.nth == 2 else models.marks(GOOD)
    )
    session = await engine.session()
    await engine.start(session, ONE)
    await killed_half_way(engine, models, session, asked=2, stored=1)
    models.reply = lambda _: models.marks({"1a": 0, "1b": 2})
    await engine.work(engine.process(models.http), session)

    assert len(models.asked) == 3
    assert "1b" in models.asked[2].last_part
    assert await engine.marks(session) == {("1a", "acme/one", 1): 3, ("1b", "acme/one", 1): 2}
    assert (await engine.calls(session))["acme/one", 1]["prompt_tokens"] == 200


async def test_criteria_that_were_read_are_not_paid_again_on_resume(engine, models):
    models.reply = lambda asked: models.criteria() if asked.stage is Stage.RUBRIC else hang(models, asked)
    session = await engine.session(rubric=True)
    await engine.start(session, ONE)
    await killed_half_way(engine, models, session, asked=2, stored=1)
    models.reply = lambda _: models.marks(GOOD)
    await engine.work(engine.process(models.http), session)

    assert models.asked_for(Stage.RUBRIC) == {("acme/one", 1): 1}
    assert "shows the working" in models.asked[-1].text
    assert (await engine.progress(session))["status"] == "graded"


async def test_a_failed_rubric_fails_its_attempt_and_shows_both_reasons(engine, models):
    models.reply = lambda asked: models.error(400) if asked.stage is Stage.RUBRIC else models.marks(GOOD)
    session = await engine.session(rubric=True)
    await engine.grade(engine.process(models.http), session, ONE)

    assert (await engine.calls(session, Stage.RUBRIC))["acme/one", 1]["status"] == "failed"
    assert (await engine.calls(session))["acme/one", 1]["error"]["reason"] == "rubric_failed"
    assert (await engine.progress(session))["attempts"]["failed"] == 1


async def test_the_later_of_two_writers_of_one_call_changes_nothing(engine, models):
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, ONE)
    before = await engine.store.session_results(session)
    outcome = {"model_name": "acme/one", "try_index": 1, "stage": "assessment", "status": "succeeded"}
    ((input_hash,),) = engine.sql("select request ->> 'input_hash' from grading_call where session_id = %s", session)
    results = [{"question_id": "1a", "marks_awarded": 0}]
    recorded = await engine.store.record_calls(
        session, 1, [outcome | {"input_hash": input_hash, "completions": [], "results": results}]
    )

    assert recorded == 0
    assert await engine.store.session_results(session) == before


# Grading again.


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
        await engine.store.register_image(
            session_id=session, role=Role.STUDENT, url="https://scans.test/2.png", order_index=1, storage_path=None
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
