"""What a run does for its lease, and without it: renewals, outages, a database that is away."""

import asyncio

from app.errors import UpstreamUnavailableError
from app.grading.session_run import OUR_FAULT
from app.store.runs import Lease
from app.store.sessions import LEASE_SECONDS
from tests.grading.fakes import GOOD, slow

AWAY = UpstreamUnavailableError("The database does not answer.")


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


async def test_a_renewal_that_is_answered_late_counts_from_when_it_was_asked(
    runs, models, fake_time, fake_store, make_client
):
    models.reply = lambda _: slow(fake_time, models, 1)
    first = fake_store.hanging = asyncio.Event()
    await runs.start(runs.make(make_client(capacity=1), tries=40))
    await fake_time.pass_(LEASE_SECONDS - 5)
    fake_store.hanging = asyncio.Event()  # for the renewals after the first
    first.set()
    await fake_time.pass_(LEASE_SECONDS)

    assert len(models.asked) == LEASE_SECONDS


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
    fake_store.away = None
    await fake_time.pass_(2)

    assert task.done()
    assert (fake_store.statuses(), fake_store.released) == ({1: ["pending"]}, 1)


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
