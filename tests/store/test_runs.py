"""Every question a grading run asks the database, from its start to its end, over both transports."""

from uuid import uuid4

import pytest

from app.errors import ConflictError
from app.marks.model import CallStatus, Image, Question, Role, SessionStatus
from app.store.runs import GradingInputs, Lease, RunSummary
from tests.store.rows import (
    FULL,
    ONE,
    PLAN,
    QUESTIONS,
    TWO,
    URL,
    outcome,
    progress_of,
    start_grading,
)


async def test_a_start_is_planned_on_all_there_is(store, prepare):
    session_id = await prepare()

    inputs = await store.grading_inputs(session_id)

    assert inputs == GradingInputs(
        plan=None,
        default_tries=1,
        inputs_version=inputs.inputs_version,
        questions=tuple(Question(**row) for row in QUESTIONS),
        images=(Image(Role.STUDENT, URL, 0, "2026-11/0.png"),),
        templates=inputs.templates,
    )


async def test_a_start_writes_every_call(store, start):
    session_id, claimed = await start()

    attempts = (await progress_of(store, session_id))["attempts"]

    assert (attempts["total"], attempts["pending"]) == (2, 2)
    assert (claimed.session_id, claimed.run, claimed.plan, claimed.stop_reason) == (session_id, 1, PLAN, None)
    assert claimed.questions == tuple(Question(**row) for row in QUESTIONS)
    assert claimed.images == (Image(Role.STUDENT, URL, 0, "2026-11/0.png"),)
    assert [(call.key, call.status, call.input_hash) for call in claimed.calls] == [
        (ONE, CallStatus.PENDING, "h"),
        (TWO, CallStatus.PENDING, "h"),
    ]


async def test_the_same_plan_joins_another_one_is_busy(store, start):
    session_id, _ = await start()

    assert await start_grading(store, session_id, ONE, TWO) == "joined"
    with pytest.raises(ConflictError) as caught:
        await start_grading(store, session_id, ONE, plan=PLAN | {"markers": [{"key": "c/d"}]})
    assert caught.value.code == "SESSION_BUSY"


async def test_a_start_on_old_questions_is_stale(store, prepare):
    session_id = await prepare()
    inputs = await store.grading_inputs(session_id)
    await store.configure_questions(session_id, QUESTIONS[:1], {})

    answer = await store.start_grading(
        session_id, plan=PLAN, default_tries=1, calls=[], inputs_version=inputs.inputs_version, force=False
    )

    assert answer == "stale"
    assert (await progress_of(store, session_id))["status"] == "created"


async def test_one_process_has_a_session_until_it_lets_go(store, prepare):
    session_id = await prepare()
    assert await store.claim_session(session_id, "me") is None
    await start_grading(store, session_id, ONE)

    assert await store.unclaimed_sessions() == [session_id]
    assert await store.claim_session(session_id, "me") is not None
    assert await store.unclaimed_sessions() == []
    assert await store.claim_session(session_id, "you") is None
    assert await store.renew_lease(session_id, "you", running=[], waiting=[]) == Lease(held=False, stop_reason=None)
    await store.release_lease(session_id, "you")
    assert await store.claim_session(session_id, "you") is None
    await store.release_lease(session_id, "me")
    assert await store.claim_session(session_id, "you") is not None


async def test_a_renewal_says_which_calls_are_at_work(store, start):
    session_id, _ = await start()

    assert await store.renew_lease(session_id, "me", running=[ONE], waiting=[TWO]) == Lease(held=True, stop_reason=None)

    attempts = (await progress_of(store, session_id))["attempts"]
    assert (attempts["running"], attempts["waiting"], attempts["pending"]) == (1, 1, 0)


async def test_an_outcome_is_stored_with_its_marks_once(store, start):
    session_id, claimed = await start()

    recorded = [await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL)]) for _ in range(2)]
    late = await store.record_calls(session_id, claimed.run, [outcome(ONE, dict.fromkeys(FULL, 0))])

    assert (recorded, late) == ([1, 0], 0)
    stored = await store.session_results(session_id)
    assert {row["question_id"]: row["marks_awarded"] for row in stored["results"]} == FULL
    progress = await progress_of(store, session_id)
    assert (progress["progress"], progress["cost_usd"]) == (0.5, 0.002)
    assert progress["tokens"] == {"input": 100, "output": 20, "reasoning": 5, "cached": 60}


async def test_only_configured_questions_and_marks_within_the_maximum_are_stored(store, start):
    session_id, claimed = await start()

    await store.record_calls(session_id, claimed.run, [outcome(ONE, {"MAI.1b(ii)": 2.51, "数学/2": 0, "unknown": 1})])

    rows = {row["question_id"]: row for row in (await store.session_results(session_id))["results"]}
    assert set(rows) == set(FULL)
    assert rows["MAI.1b(ii)"]["marks_awarded"] is None
    assert rows["MAI.1b(ii)"]["validation_errors"][0]["reason"] == "out_of_range"
    assert rows["数学/2"]["marks_awarded"] == 0


async def test_what_a_model_wrote_is_made_storable_and_that_is_noted(store, start):
    session_id, claimed = await start()
    dirty = [{"content": "a\0b \ud800 \ud83d\ude00", "number": float("nan"), "deep": [{"k\0": float("inf")}]}]

    assert await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL, completions=dirty)]) == 1

    assert len((await store.session_results(session_id))["results"]) == 2


async def test_time_adds_up_over_the_requests_of_a_call_like_cost(store, start):
    session_id, claimed = await start()
    first = outcome(ONE, {}, "waiting", first_answer="the text", latency_ms=30_000)
    await store.record_calls(session_id, claimed.run, [first])
    await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL, latency_ms=2_000)])

    [call] = [row for row in (await store.session_results(session_id))["calls"] if row["try_index"] == 1]

    assert (call["latency_ms"], call["cost_usd"]) == (32_000, 0.004)


async def test_what_an_interrupted_call_had_cost_is_kept_once_and_the_call_stays_to_be_made(store, start):
    session_id, claimed = await start()
    billed = outcome(
        ONE, {}, "pending", completions=[{"at": "10:00", "content": "half"}], http_requests=1, latency_ms=9
    )
    for _ in range(2):
        await store.record_calls(session_id, claimed.run, [billed])

    again = await store.claim_session(session_id, "me")
    await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL, http_requests=1, latency_ms=1)])
    [call] = [row for row in (await store.session_results(session_id))["calls"] if row["try_index"] == 1]

    assert [call.key for call in again.calls] == [ONE, TWO]
    assert (call["status"], call["cost_usd"], call["http_requests"], call["latency_ms"]) == ("succeeded", 0.004, 2, 10)


async def test_the_end_of_an_answer_and_what_was_not_read_of_it_are_stored(store, start):
    session_id, claimed = await start()
    passed_over = [{"why": "It is a draft.", "piece": "{}"}]
    await store.record_calls(
        session_id, claimed.run, [outcome(ONE, FULL, native_finish_reason="end_turn", passed_over=passed_over)]
    )

    [call] = [row for row in (await store.session_results(session_id))["calls"] if row["try_index"] == 1]

    assert (call["native_finish_reason"], call["passed_over"]) == ("end_turn", passed_over)


async def test_outcomes_of_another_run_or_from_other_inputs_change_nothing(store, start):
    session_id, claimed = await start()

    assert await store.record_calls(session_id, claimed.run + 1, [outcome(ONE, FULL)]) == 0
    assert await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL, input_hash="other")]) == 0
    assert await store.record_calls(str(uuid4()), 1, [outcome(ONE, FULL)]) == 0
    assert (await store.session_results(session_id))["results"] == []


async def test_an_incomplete_first_answer_waits_with_its_text(store, start):
    session_id, claimed = await start()
    waiting = outcome(ONE, {"MAI.1b(ii)": 1, "数学/2": None}, "waiting", first_answer="the text")
    await store.record_calls(session_id, claimed.run, [waiting])

    again = await store.claim_session(session_id, "me")

    assert [(call.key, call.first_answer) for call in again.calls] == [(ONE, "the text"), (TWO, None)]


async def test_a_run_is_summed_up_and_ended_by_who_has_it(store, start):
    session_id, claimed = await start()
    failure = {"reason": "refused", "message": "No."}
    failed = outcome(TWO, dict.fromkeys(FULL), "failed", error=failure)
    await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL), failed])

    summary = await store.run_summary(session_id)

    assert summary == RunSummary(attempts=2, succeeded=1, unfinished=0, marked=1, first_failure="No.")
    assert await store.finish_session(session_id, "you", SessionStatus.GRADED, None) is False
    assert await store.finish_session(session_id, "me", SessionStatus.GRADED, None) is True
    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["progress"], progress["failure_reason"]) == ("graded", 1, None)


async def test_a_run_with_open_calls_ends_failed_only(store, start):
    session_id, _ = await start()

    assert await store.finish_session(session_id, "me", SessionStatus.GRADED, None) is False
    assert await store.finish_session(session_id, "me", SessionStatus.FAILED, "no credit") is True
    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["failure_reason"]) == ("failed", "no credit")
    assert progress["attempts"]["cancelled"] == 2


async def test_a_cancel_reaches_whoever_runs_the_session(store, start):
    session_id, _ = await start()

    await store.cancel_session(session_id, "cancelled")

    assert await store.renew_lease(session_id, "me", running=[], waiting=[]) == Lease(
        held=True, stop_reason="cancelled"
    )


async def test_a_run_says_why_it_is_ending_until_it_has_ended(store, start):
    session_id, _ = await start()
    assert (await progress_of(store, session_id))["stop_reason"] is None

    await store.cancel_session(session_id, "cancelled")
    assert (await progress_of(store, session_id))["stop_reason"] == "cancelled"

    await store.finish_session(session_id, "me", SessionStatus.FAILED, "cancelled")
    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["stop_reason"]) == ("failed", None)


async def test_a_cancel_ends_a_run_that_nobody_works_on(store, prepare):
    session_id = await prepare()
    await start_grading(store, session_id, ONE)

    await store.cancel_session(session_id, "cancelled")

    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["failure_reason"]) == ("failed", "cancelled")
    with pytest.raises(ConflictError):
        await store.cancel_session(session_id, "cancelled")


async def test_attempts_are_told_finished_ones_first(store, start):
    session_id, claimed = await start()
    await store.record_calls(session_id, claimed.run, [outcome(TWO, FULL)])

    attempts = (await store.session_attempts(session_id))[1]

    assert [(row["try_index"], row["status"]) for row in attempts] == [(2, "succeeded"), (1, "pending")]
