"""Computations that servers leave to workers: shared, taken in turns, kept as long as somebody wants them."""

import psycopg
import pytest

from app.database.queue_schema import bring_up_queue
from app.store.computations import MOST_CLAIMS, ClaimedComputation, ComputationStore
from app.store.psycopg import PsycopgTransport
from app.store.work import WorkStore


@pytest.fixture
async def shared(database):
    bring_up_queue(database)
    transport = PsycopgTransport(database)
    await transport.open()
    yield transport
    await transport.close()


@pytest.fixture
def store(shared):
    return ComputationStore(shared)


@pytest.fixture
def sql(database):
    def run(text, *values):
        with psycopg.connect(database, autocommit=True) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else None

    return run


@pytest.fixture
def asked(store, sql):
    """The id of a computation that an owner asked for."""

    async def asked(key, owner=None):
        await store.for_owner(owner).ask(key, f"what is {key}")
        return str(sql("select id from computation where key = %s", key)[0][0])

    return asked


def what(key):
    return ClaimedComputation(f"what is {key}", None)


async def state_of(store, key, **how):
    return (await store.ask(key, **how)).state


async def test_a_question_is_stored_once_with_a_job_and_its_answer_reaches_all_who_ask(store, asked, sql):
    assert await state_of(store, "k") == "unknown"
    one = await asked("k")
    assert await asked("k", "another") == one
    jobs = sql("select args ->> 'id' from secondmark_queue.procrastinate_jobs where task_name = 'analyse'")
    assert [job for (job,) in jobs if job == one] == [one]
    assert await state_of(store, "k") == "waiting"
    assert await store.claim(one, "w") == what("k")
    assert await state_of(store, "k") == "running"
    assert await store.claim(one, "other") is None
    await store.finish(one, "w", "it is that", failed=False)
    answered = await store.ask("k")
    assert (answered.state, answered.answer) == ("done", "it is that")
    assert sql("select question from computation") == [(None,)]


async def test_a_failure_is_told_to_those_who_wait_and_forgotten_for_who_asks_anew(store, asked):
    one = await asked("k")
    await store.claim(one, "w")
    await store.finish(one, "w", "no", failed=True)
    assert await state_of(store, "k") == "failed"
    assert await state_of(store, "k", fresh=True) == "unknown"


async def test_owners_take_turns_by_what_is_computed_for_them(store, asked):
    first, second, other = await asked("a1", "anna"), await asked("a2", "anna"), await asked("b1", "ben")
    assert await store.unclaimed() == [first, other, second]
    await store.claim(first, "w")
    assert await store.unclaimed() == [other, second]
    assert await store.claim(second, "w") is None
    assert await store.claim(other, "w") == what("b1")
    assert await store.claim(second, "w") == what("a2")


async def test_what_nobody_wants_any_more_is_taken_by_nobody_and_taken_from_who_is_at_it(store, asked, shared, sql):
    running, waiting = await asked("k"), await asked("l")
    await store.claim(running, "w")
    assert (await store.renew_lease(running, "w")).held
    assert running in (await WorkStore(shared).beat("w", "host", 1)).held
    for key in ("k", "l"):
        await store.withdraw(key)
    sql("update computation set wanted_until = wanted_until - interval '3 seconds'")
    assert not (await store.renew_lease(running, "w")).held
    assert await store.claim(waiting, "w") is None
    assert await store.unclaimed() == []
    assert running not in (await WorkStore(shared).beat("w", "host", 1)).held
    assert await state_of(store, "k") == "unknown"


async def test_another_server_that_still_asks_keeps_what_one_has_withdrawn(store, asked, shared, sql):
    one = await asked("k")
    await store.withdraw("k")
    await store.ask("k")
    sql("update computation set wanted_until = wanted_until - interval '3 seconds'")
    assert await store.claim(one, "w") == what("k")


async def test_an_answer_is_kept_for_ten_minutes_after_the_last_asker(store, asked, shared, sql):
    one = await asked("k")
    await store.claim(one, "w")
    await store.finish(one, "w", "it is that", failed=False)
    for minutes, left in ((9, "done"), (11, "unknown")):
        sql("update computation set wanted_until = clock_timestamp() - make_interval(mins => %s)", minutes)
        await WorkStore(shared).beat("w", "host", 1)
        assert await state_of(store, "k") == left


async def test_that_of_a_dead_worker_goes_to_another_until_it_ended_three(store, asked, shared):
    one = await asked("k")
    for number in range(MOST_CLAIMS):
        assert await store.claim(one, f"w{number}") == what("k")
        await WorkStore(shared).leave(f"w{number}")
    assert await store.claim(one, "last") is None
    failed = await store.ask("k")
    assert (failed.state, failed.answer) == ("failed", None)


async def test_a_worker_that_ends_in_order_does_not_count_as_dead(store, asked):
    one = await asked("k")
    for _ in range(MOST_CLAIMS + 1):
        assert await store.claim(one, "w") == what("k")
        await store.release_lease(one, "w")


async def test_a_worker_of_another_version_leaves_it_alone(store, asked, sql):
    one = await asked("k")
    sql("update computation set version = 'older'")
    assert await store.unclaimed() == []
    assert await store.claim(one, "w") is None


async def test_who_computes_what_can_be_read(store, asked, shared):
    work = WorkStore(shared)
    await work.beat("w", "host", 1)
    one = await asked("k")
    assert (await work.workers())["waiting"]["analyses"] == 1
    await store.claim(one, "w")
    found = await work.workers()
    assert [(held["kind"], held["id"]) for held in found["workers"][0]["work"]] == [("analysis", one)]
    assert found["waiting"]["analyses"] == 0
