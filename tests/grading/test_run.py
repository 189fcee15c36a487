import asyncio

import pytest

from app.errors import UpstreamUnavailableError
from app.grading.run import OUR_FAULT, ending
from app.marks.model import CallStatus, Stage
from app.store.store import LEASE_SECONDS, Lease, RunSummary

AWAY = UpstreamUnavailableError("The database does not answer.")
GOOD = {"1a": 3, "1b": 1}


def summary(**changes):
    return RunSummary(**{"attempts": 3, "succeeded": 3, "unfinished": 0, "marked": 3, "first_failure": None} | changes)


@pytest.mark.parametrize(
    ("counts", "stop_reason", "expected"),
    [
        ({}, None, ("graded", None)),
        ({"succeeded": 1, "marked": 1, "first_failure": "It broke."}, None, ("graded", None)),
        (
            {"succeeded": 0, "marked": 0, "first_failure": "It broke."},
            None,
            ("failed", "No attempt gave marks. It broke."),
        ),
        ({"succeeded": 3, "marked": 0}, None, ("failed", "No attempt gave marks.")),
        ({"unfinished": 2}, None, ("failed", "2 calls ended without a stored outcome.")),
        ({}, "No credit.", ("failed", "No credit.")),
        ({"unfinished": 2}, "cancelled", ("failed", "cancelled")),
    ],
)
def test_a_run_is_graded_when_one_attempt_gave_marks_and_nothing_stopped_it(counts, stop_reason, expected):
    assert ending(summary(**counts), stop_reason) == expected


async def test_every_attempt_is_asked_once_and_stored(runs, models, fake_store):
    await runs.start(runs.make(tries=5))

    assert set(models.asked_for().values()) == {1}
    assert fake_store.statuses() == {number: ["succeeded"] for number in range(1, 6)}
    assert fake_store.finished == ("graded", None)


async def test_a_run_with_nothing_left_to_do_is_finished_at_once(runs, models, fake_store):
    await runs.start(runs.make(tries=0))

    assert models.asked == []
    assert fake_store.finished is not None


async def test_a_failed_attempt_takes_no_other_with_it(runs, models, fake_store):
    models.reply = lambda asked: models.error(400) if asked.try_index == 2 else models.marks(GOOD)
    await runs.start(runs.make(tries=3))

    assert fake_store.statuses() == {1: ["succeeded"], 2: ["failed"], 3: ["succeeded"]}


async def test_an_attempt_that_breaks_by_a_fault_of_ours_ends_the_run_visibly(runs, fake_store, monkeypatch):
    def broken(content, questions):
        raise ZeroDivisionError

    monkeypatch.setattr("app.grading.attempt.parse_answer", broken)
    fake_store.unfinished = 1
    await runs.start(runs.make())

    assert fake_store.finished == ("failed", "1 calls ended without a stored outcome.")


# The lease.


async def test_the_lease_is_renewed_every_three_seconds_with_what_is_at_work(
    runs, models, fake_time, fake_store, make_client
):
    models.open.clear()
    await runs.start(runs.make(make_client(capacity=2), tries=3))
    await fake_time.pass_(9.5)

    assert len(fake_store.renewals) == 4
    running, waiting = fake_store.renewals[-1]
    assert ([key.try_index for key in running], waiting) == ([1, 2], [])


async def test_a_call_that_waits_for_its_retry_is_reported_as_waiting(runs, models, fake_time, fake_store):
    models.reply = lambda _: models.error(429, retry_after="30")
    await runs.start(runs.make())
    await fake_time.pass_(3.5)

    running, waiting = fake_store.renewals[-1]
    assert (running, [key.try_index for key in waiting]) == ([], [1])


async def test_a_lost_lease_stops_new_calls_and_stores_those_that_run(runs, models, fake_time, fake_store, make_client):
    models.open.clear()
    run = await runs.start(runs.make(make_client(capacity=2), tries=5))
    fake_store.lease = Lease(held=False, stop_reason=None)
    await fake_time.pass_(3.5)
    models.open.set()
    await runs.settle()

    assert run.done()
    assert len(models.asked) == 2
    assert fake_store.statuses() == {1: ["succeeded"], 2: ["succeeded"]}
    assert fake_store.finished is None


async def outage(fake_store, fake_time, seconds):
    fake_store.away = AWAY
    await fake_time.pass_(seconds)


async def test_a_short_outage_stops_no_calls(runs, models, fake_time, fake_store, make_client):
    models.reply = lambda _: slow(fake_time, models, 2)
    await runs.start(runs.make(make_client(capacity=1), tries=6))
    await outage(fake_store, fake_time, LEASE_SECONDS - 5)

    assert len(models.asked) == 6


async def slow(fake_time, models, seconds):
    await fake_time.sleep(seconds)
    return models.marks(GOOD)


async def test_an_outage_longer_than_the_lease_stops_new_calls_until_it_is_renewed(
    runs, models, fake_time, fake_store, make_client
):
    models.reply = lambda _: slow(fake_time, models, 2)
    run = await runs.start(runs.make(make_client(capacity=1), tries=30))
    await outage(fake_store, fake_time, 60)
    asked_when_uncertain = len(models.asked)
    fake_store.away = None
    await fake_time.pass_(120)

    assert asked_when_uncertain == LEASE_SECONDS // 2 + 1
    assert run.done()
    assert set(models.asked_for().values()) == {1}
    assert fake_store.statuses() == {number: ["succeeded"] for number in range(1, 31)}
    assert fake_store.finished == ("graded", None)


async def test_a_renewal_that_hangs_stops_new_calls_too(runs, models, fake_time, fake_store, make_client):
    models.reply = lambda _: slow(fake_time, models, 2)
    await runs.start(runs.make(make_client(capacity=1), tries=30))
    fake_store.hanging = asyncio.Event()
    await fake_time.pass_(60)

    assert len(models.asked) <= (LEASE_SECONDS + 3) // 2 + 1


async def test_a_claim_that_took_longer_than_its_lease_makes_no_call_before_it_is_renewed(
    runs, models, fake_time, fake_store
):
    fake_store.hanging = asyncio.Event()
    await runs.start(runs.make(claimed_at=fake_time() - LEASE_SECONDS))
    asked_unrenewed = len(models.asked)
    fake_store.hanging.set()
    await runs.settle()

    assert (asked_unrenewed, len(models.asked)) == (0, 1)


async def test_a_call_that_must_be_repeated_while_the_lease_is_uncertain_is_repeated_afterwards(
    runs, models, fake_time, fake_store
):
    async def late_429(asked):
        if asked.nth > 1:
            return models.marks(GOOD)
        await fake_time.sleep(LEASE_SECONDS + 10)
        return models.error(429, retry_after="1")

    models.reply = late_429
    await runs.start(runs.make())
    await outage(fake_store, fake_time, LEASE_SECONDS + 20)
    fake_store.away = None
    await fake_time.pass_(10)

    assert fake_store.statuses() == {1: ["succeeded"]}
    assert fake_store.outcomes[0]["http_requests"] == 2


async def test_a_run_that_waits_for_its_lease_can_be_left(runs, models, fake_time, fake_store):
    async def late_429(_):
        await fake_time.sleep(LEASE_SECONDS + 10)
        return models.error(429, retry_after="1")

    models.reply = late_429
    run = runs.make()
    task = await runs.start(run)
    await outage(fake_store, fake_time, LEASE_SECONDS + 20)
    run.leave()
    await runs.settle()
    ended = [one.done() for one in run._tasks.values()]
    fake_store.away = None
    await fake_time.pass_(2)

    assert (ended, task.done()) == ([True], True)
    assert (fake_store.outcomes, fake_store.released) == ([], 1)


async def test_a_fault_of_ours_in_the_renewal_ends_the_run_visibly(runs, models, fake_time, fake_store, make_client):
    models.open.clear()
    await runs.start(runs.make(make_client(capacity=1), tries=3))
    fake_store.lease = None
    await fake_time.pass_(3.5)
    models.open.set()
    await runs.settle()

    assert fake_store.statuses() == {1: ["succeeded"], 2: ["cancelled"], 3: ["cancelled"]}
    assert fake_store.finished == ("failed", OUR_FAULT)


async def test_an_answer_that_comes_in_an_outage_is_stored_when_it_is_over(runs, models, fake_time, fake_store):
    models.open.clear()
    task = await runs.start(runs.make())
    fake_store.away = AWAY
    models.open.set()
    await fake_time.pass_(90)
    fake_store.away = None
    await fake_time.pass_(5)

    assert task.done()
    assert (fake_store.statuses(), fake_store.finished) == ({1: ["succeeded"]}, ("graded", None))


async def test_the_end_of_a_run_waits_for_the_database(runs, fake_time, fake_store):
    fake_store.storing.clear()
    task = await runs.start(runs.make())
    fake_store.storing.set()
    fake_store.finish_session = away_for(3, fake_store.finish_session)
    await fake_time.pass_(10)

    assert task.done()
    assert fake_store.finished == ("graded", None)


def away_for(times, method):
    """The method, which first finds the database away so many times."""
    troubles = [AWAY] * times

    async def ask(*args):
        if troubles:
            raise troubles.pop()
        return await method(*args)

    return ask


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


async def test_a_running_call_that_would_be_repeated_is_left_pending(runs, models, fake_store):
    models.open.clear()
    models.reply = lambda _: models.error(503)
    run = runs.make()
    task = await runs.start(run)
    run.leave()
    models.open.set()
    await runs.settle()

    assert task.done()
    assert (fake_store.outcomes, fake_store.released) == ([], 1)


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
    assert (fake_store.outcomes, fake_store.released) == ([], 1)


# Two stages, second askings.


async def test_an_incomplete_answer_is_stored_at_once_and_asked_for_once_more(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3} if asked.nth == 1 else {"1b": 1})
    await runs.start(runs.make())

    first, second = fake_store.outcomes
    assert (first["status"], second["status"]) == ("waiting", "succeeded")
    assert [row["marks_awarded"] for row in first["results"]] == [3, None]
    assert [row["marks_awarded"] for row in second["results"]] == [3, 1]


async def test_the_second_answer_fills_only_what_is_unmarked(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3} if asked.nth == 1 else {"1a": 0, "1b": 1})
    await runs.start(runs.make())

    assert [row["marks_awarded"] for row in fake_store.outcomes[-1]["results"]] == [3, 1]


async def test_only_what_is_unmarked_is_named_in_the_second_asking(runs, models):
    models.reply = lambda _: models.marks({"1a": 3})
    await runs.start(runs.make())

    second = models.asked[1].last_part
    assert ("1b" in second, "1a" in second) == (True, False)


async def test_what_is_still_unmarked_is_not_asked_for_a_third_time(runs, models, fake_store):
    models.reply = lambda _: models.marks({"1a": 3})
    await runs.start(runs.make())

    assert len(models.asked) == 2
    assert fake_store.outcomes[-1]["status"] == "succeeded"


async def test_a_question_that_the_model_declined_is_not_asked_for_again(runs, models):
    models.reply = lambda _: models.marks({"1a": 3, "1b": None})
    await runs.start(runs.make())

    assert len(models.asked) == 1


async def test_an_unreadable_answer_is_asked_for_once_more(runs, models, fake_store):
    models.reply = lambda asked: models.text("I cannot.") if asked.nth == 1 else models.marks(GOOD)
    await runs.start(runs.make())

    assert fake_store.statuses() == {1: ["waiting", "succeeded"]}


async def test_two_unreadable_answers_are_a_failure(runs, models, fake_store):
    models.reply = lambda _: models.text("I cannot.")
    await runs.start(runs.make())

    assert fake_store.outcomes[-1]["error"]["reason"] == "parse"
    assert fake_store.finished[0] == "failed"


async def test_a_second_asking_that_fails_keeps_the_first_answer(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3}) if asked.nth == 1 else models.error(400)
    await runs.start(runs.make())

    last = fake_store.outcomes[-1]
    assert (last["status"], [row["marks_awarded"] for row in last["results"]]) == ("succeeded", [3, None])


async def test_a_stored_first_answer_is_not_asked_for_again(runs, models, fake_store):
    first = '{"answers": [{"question_id": "1a", "marks_awarded": 3, "rubric_notes": "r"}]}'
    models.reply = lambda _: models.marks({"1b": 1})
    stored = [(1, Stage.ASSESSMENT, {"status": CallStatus.WAITING, "first_answer": first})]
    await runs.start(runs.make(stored=stored))

    assert len(models.asked) == 1
    assert [row["marks_awarded"] for row in fake_store.outcomes[0]["results"]] == [3, 1]


async def test_the_criteria_of_the_rubric_go_into_the_assessment(runs, models, fake_store):
    models.reply = lambda asked: models.criteria() if asked.stage is Stage.RUBRIC else models.marks(GOOD)
    await runs.start(runs.make(rubric=True))

    rubric, assessment = models.asked
    assert (rubric.stage, assessment.stage) == (Stage.RUBRIC, Stage.ASSESSMENT)
    assert "shows the working" in assessment.text
    assert "https://scans.test/rubric.png" in rubric.text
    assert (fake_store.statuses(Stage.RUBRIC), fake_store.statuses()) == ({1: ["succeeded"]}, {1: ["succeeded"]})


async def test_criteria_that_are_stored_are_not_paid_again(runs, models):
    criteria = '{"grading_criteria": [{"criterion": "names the theorem"}]}'
    stored = [(1, Stage.RUBRIC, {"status": CallStatus.SUCCEEDED, "criteria": criteria})]
    await runs.start(runs.make(rubric=True, stored=stored))

    assert [asked.stage for asked in models.asked] == [Stage.ASSESSMENT]
    assert "names the theorem" in models.asked[0].text


@pytest.mark.parametrize("reply", ["error", "text"])
async def test_a_rubric_that_cannot_be_read_fails_its_attempt_and_says_so(runs, models, fake_store, reply):
    models.reply = lambda _: models.error(400) if reply == "error" else models.text("I cannot.")
    await runs.start(runs.make(rubric=True))

    assert [asked.stage for asked in models.asked] == [Stage.RUBRIC]
    assert (fake_store.statuses(Stage.RUBRIC), fake_store.statuses()) == ({1: ["failed"]}, {1: ["failed"]})
    assessment = next(one for one in fake_store.outcomes if one["stage"] == "assessment")
    assert assessment["error"]["reason"] == "rubric_failed"
    assert [row["question_id"] for row in assessment["results"]] == ["1a", "1b"]


async def test_a_rubric_that_is_cancelled_cancels_its_attempt(runs, models, fake_store, make_client):
    models.reply = lambda _: models.error(402)
    await runs.start(runs.make(make_client(capacity=1), tries=2, rubric=True))

    assert fake_store.statuses() == {1: ["failed"], 2: ["cancelled"]}


# Several sessions at once.


async def test_of_four_sessions_none_is_left_behind(runs, models, fake_time, make_client):
    client, tries = make_client(capacity=4), 20
    models.reply = lambda _: slow(fake_time, models, 1)
    names = [f"00000000-0000-0000-0000-00000000000{number}" for number in range(4)]
    await runs.start(runs.make(client, tries=tries, session_id=names[0]))
    for name in names[1:]:
        await runs.start(runs.make(client, tries=tries, session_id=name))
    answered = dict.fromkeys(names, 0)
    while answered[names[0]] < tries / 2:
        await fake_time.pass_(1)
        answered = {name: sum(one.session == name for one in models.answered) for name in names}

    assert min(answered.values()) >= tries / 5
