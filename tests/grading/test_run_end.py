"""A run that ends early: stopped for good, or left to another process."""

import pytest

from app.marks.model import Stage
from app.store.runs import Lease
from app.store.transport import StoreError
from app.work.leased_work import NOT_STORED
from tests.grading.fakes import GOOD, slow

# Stopping for good.


@pytest.mark.parametrize("status", [401, 402])
async def test_a_fault_of_the_account_cancels_what_is_queued_and_stores_what_runs(
    runs, models, fake_store, make_client, status
):
    models.open.clear()
    models.reply = lambda asked: models.error(status) if asked.try_index == 1 else models.marks(GOOD)
    await runs.start(runs.make(make_client(capacity=3), tries=50))
    models.open.set()
    await runs.settle()

    assert len(models.asked) == 3
    kinds = [fake_store.statuses()[number] for number in range(1, 51)]
    assert kinds == [["failed"], ["succeeded"], ["succeeded"], *[["cancelled"]] * 47]
    status, reason = fake_store.finished
    assert (status, reason) == ("failed", fake_store.outcomes[0]["error"]["message"])


async def test_a_stop_of_very_many_calls_leaves_their_rows_to_the_end_of_the_run(
    runs, models, fake_store, make_client, monkeypatch
):
    monkeypatch.setattr("app.grading.session_run.MOST_CLOSED_SINGLY", 3)
    models.open.clear()
    run = runs.make(make_client(capacity=1), tries=4)
    await runs.start(run)
    run.stop("cancelled")
    models.open.set()
    await runs.settle()

    assert fake_store.statuses() == {1: ["succeeded"]}
    assert fake_store.finished == ("failed", "cancelled")


async def test_what_was_cancelled_says_why_for_every_question(runs, models, fake_store, make_client):
    models.reply = lambda _: models.error(402)
    await runs.start(runs.make(make_client(capacity=1), tries=2))

    cancelled = next(one for one in fake_store.outcomes if one["status"] == "cancelled")
    assert cancelled["error"]["message"] == fake_store.finished[1]
    assert [row["question_id"] for row in cancelled["results"]] == ["1a", "1b"]


async def test_a_call_that_waits_for_its_retry_is_cancelled_with_what_it_had_cost(runs, models, fake_time, fake_store):
    async def reply(asked):
        if asked.try_index == 1:
            return models.error(429, retry_after="30")
        await fake_time.sleep(5)
        return models.error(402)

    models.reply = reply
    await runs.start(runs.make(tries=2))
    await fake_time.pass_(10)

    cancelled = next(one for one in fake_store.outcomes if one["try_index"] == 1)
    assert (cancelled["status"], cancelled["http_requests"]) == ("cancelled", 1)


async def test_a_running_call_that_would_be_repeated_is_not_after_a_stop(runs, models, fake_time, fake_store):
    async def reply(asked):
        if asked.try_index == 1:
            return models.error(402)
        await fake_time.sleep(5)
        return models.error(503)

    models.reply = reply
    await runs.start(runs.make(tries=2))
    await fake_time.pass_(60)

    assert len(models.asked) == 2
    assert fake_store.statuses()[2] == ["cancelled"]


async def test_first_answers_are_kept_when_the_second_asking_is_stopped(runs, models, fake_store, make_client):
    models.open.clear()
    models.reply = lambda asked: models.error(402) if asked.try_index == 2 else models.marks({"1a": 3})
    await runs.start(runs.make(make_client(capacity=2), tries=2))
    models.open.set()
    await runs.settle()

    assert fake_store.statuses() == {1: ["waiting", "succeeded"], 2: ["failed"]}
    last = [one for one in fake_store.outcomes if one["try_index"] == 1][-1]
    assert [row["marks_awarded"] for row in last["results"]] == [3, None]


async def test_a_stop_that_was_asked_for_elsewhere_is_read_with_the_lease(
    runs, models, fake_time, fake_store, make_client
):
    models.open.clear()
    await runs.start(runs.make(make_client(capacity=1), tries=3))
    fake_store.lease = Lease(held=True, stop_reason="cancelled")
    await fake_time.pass_(3.5)
    models.open.set()
    await runs.settle()

    assert fake_store.statuses() == {1: ["succeeded"], 2: ["cancelled"], 3: ["cancelled"]}
    assert fake_store.finished == ("failed", "cancelled")


async def test_a_run_that_was_stopped_before_it_is_claimed_makes_no_call(runs, models, fake_store):
    await runs.start(runs.make(tries=3, stop_reason="cancelled"))

    assert (models.asked, fake_store.finished) == ([], ("failed", "cancelled"))


async def test_a_stopped_run_that_is_left_still_says_how_it_ended(runs, models, fake_store, make_client):
    models.open.clear()
    run = runs.make(make_client(capacity=1), tries=3)
    await runs.start(run)
    run.stop("No credit.")
    run.leave()
    models.open.set()
    await runs.settle()

    assert fake_store.finished == ("failed", "No credit.")


# Leaving: the rest is another process's.


async def test_a_run_that_is_left_stores_what_runs_and_leaves_the_rest_pending(runs, models, fake_store, make_client):
    models.open.clear()
    run = runs.make(make_client(capacity=2), tries=5)
    await runs.start(run)
    run.leave()
    models.open.set()
    await runs.settle()

    assert len(models.asked) == 2
    assert fake_store.statuses() == {1: ["succeeded"], 2: ["succeeded"]}
    assert (fake_store.finished, fake_store.released) == (None, 1)


async def test_a_run_that_is_left_before_it_began_makes_no_call(runs, models, fake_store):
    run = runs.make(tries=3)
    run.leave()
    await runs.start(run)

    assert (models.asked, fake_store.outcomes, fake_store.released) == ([], [], 1)
    assert fake_store.renewals == []


async def test_a_call_that_would_be_repeated_is_left_pending_with_what_it_had_cost(runs, models, fake_store):
    models.open.clear()
    models.reply = lambda _: models.error(503)
    run = runs.make()
    task = await runs.start(run)
    run.leave()
    models.open.set()
    await runs.settle()

    assert task.done()
    assert (fake_store.statuses(), fake_store.released) == ({1: ["pending"]}, 1)
    assert [one["status"] for one in fake_store.outcomes[0]["completions"]] == [503]


async def test_a_database_that_refuses_outcomes_stops_the_run_before_more_is_paid(
    runs, models, fake_time, fake_store, make_client
):
    models.reply = lambda _: slow(fake_time, models, 30)
    fake_store.refused = StoreError("The database refused a call (42501).")
    task = await runs.start(runs.make(make_client(capacity=1), tries=9))
    await fake_time.pass_(300)

    assert task.done()
    assert fake_store.finished == ("failed", NOT_STORED)
    assert len(models.asked) < 9


async def test_a_refusal_that_passes_within_a_minute_loses_nothing(runs, fake_time, fake_store):
    fake_store.refused = StoreError("The database refused a call (42883).")
    await runs.start(runs.make())
    await fake_time.pass_(50)
    fake_store.refused = None
    await fake_time.pass_(5)

    assert fake_store.statuses() == {1: ["succeeded"]}


async def test_an_incomplete_answer_that_comes_while_leaving_is_stored_and_still_waits(runs, models, fake_store):
    models.open.clear()
    models.reply = lambda _: models.marks({"1a": 3})
    run = runs.make()
    await runs.start(run)
    run.leave()
    models.open.set()
    await runs.settle()

    assert fake_store.statuses() == {1: ["waiting"]}
    assert fake_store.released == 1


async def test_criteria_that_come_while_leaving_are_stored_and_their_assessment_stays_pending(runs, models, fake_store):
    models.open.clear()
    models.reply = lambda _: models.criteria()
    run = runs.make(rubric=True)
    await runs.start(run)
    run.leave()
    models.open.set()
    await runs.settle()

    assert (fake_store.statuses(Stage.RUBRIC), fake_store.statuses()) == ({1: ["succeeded"]}, {})
    assert fake_store.released == 1


async def test_an_abandoned_run_cuts_its_calls_off_and_stores_nothing_of_them(runs, models, fake_store):
    models.open.clear()
    run = runs.make(tries=3)
    task = await runs.start(run)
    run.leave()
    run.abandon()
    await runs.settle()

    assert task.done()
    assert (fake_store.outcomes, fake_store.released) == ([], 1)


async def test_an_answer_that_is_being_stored_gets_there_before_the_session_is_handed_over(runs, fake_store):
    fake_store.storing.clear()
    run = runs.make()
    await runs.start(run)
    run.leave()
    run.abandon()
    await runs.settle()
    released_before = fake_store.released
    fake_store.storing.set()
    await runs.settle()

    assert (released_before, fake_store.released) == (0, 1)
    assert fake_store.statuses() == {1: ["succeeded"]}


async def test_a_call_that_waits_for_its_retry_is_left_at_once(runs, models, fake_store):
    models.reply = lambda _: models.error(429, retry_after="60")
    run = runs.make()
    task = await runs.start(run)
    run.leave()
    await runs.settle()

    assert task.done()
    assert (fake_store.statuses(), fake_store.released) == ({1: ["pending"]}, 1)
