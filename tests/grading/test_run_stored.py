"""Runs over a real Postgres: what is stored."""

from app.marks.model import Stage
from tests.grading.fakes import GOOD, ONE, tries


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

    monkeypatch.setattr("app.store.sessions._storable_outcome", uncleaned)
    models.reply = lambda asked: models.text("a \0 byte") if asked.try_index == 2 else models.marks(GOOD)
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, tries(3))
    calls = await engine.calls(session)

    assert calls["acme/one", 2]["error"]["reason"] == "not_storable"
    assert [calls["acme/one", n]["status"] for n in (1, 2, 3)] == ["succeeded", "failed", "succeeded"]
    assert len(await engine.marks(session)) == 6


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
