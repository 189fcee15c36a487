"""Portions of sessions: who gets the next one, who ends a run, and what becomes of those of dead workers."""

import psycopg
import pytest

from app.database.queue_schema import bring_up_queue
from app.errors import ConflictError
from app.marks.model import SessionStatus, Stage
from app.monitoring.about import about
from app.store.psycopg import PsycopgTransport
from app.store.queued import PORTION_ATTEMPTS, QueuedTransport
from app.store.runs import CallKey
from app.store.sessions import Store
from app.store.work import AskedModel, WorkStore
from tests.store.rows import FULL, PLAN, QUESTIONS, outcome, progress_of, register, start_grading

WHOLE = 10_000


@pytest.fixture
async def shared(database):
    bring_up_queue(database)
    transport = QueuedTransport(PsycopgTransport(database))
    await transport.open()
    yield transport
    await transport.close()


@pytest.fixture
def store(shared):
    return Store(shared)


@pytest.fixture
def work(shared):
    return WorkStore(shared)


@pytest.fixture
def sql(database):
    def run(text, *values):
        with psycopg.connect(database, autocommit=True) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else None

    return run


@pytest.fixture
def begin(store, sql):
    """A session of an owner in grading, with so many attempts of one model, in whole portions unless they are
    `divisible`.
    """

    async def begin(n_attempts=1, owner=None, plan=PLAN, *, divisible=False, **fields):
        mine = store.for_owner(owner)
        session_id = (await mine.create_session(name="Bio", **fields))["session_id"]
        await mine.configure_questions(session_id, QUESTIONS, {})
        await register(mine, session_id)
        keys = [CallKey("a/b", number, Stage.ASSESSMENT) for number in range(1, n_attempts + 1)]
        await start_grading(mine, session_id, *keys, plan=plan)
        if not divisible:
            sql("update portion set divisible = false where session_id = %s", session_id)
        return session_id

    return begin


async def portions_of(work, worker, attempts, *, mend):
    return list((await work.claim_portions(worker, attempts, mend=mend)).portions)


async def finished(store, portion):
    """All attempts of a portion have given their marks."""
    outcomes = [outcome(call.key, FULL) for call in portion.run.calls]
    await store.record_calls(portion.run.session_id, portion.run.run, outcomes)


async def sessions_of(work, worker, n):
    """The sessions of the next `n` portions that a worker gets one by one."""
    claims = [await portions_of(work, worker, 1, mend=False) for _ in range(n)]
    return [portion.run.session_id for claim in claims for portion in claim]


async def test_a_start_stores_portions_of_25_attempts_and_a_job_for_each(begin, work, sql):
    session_id = await begin(60)

    jobs = sql("select task_name, args ->> 'session_id' from secondmark_queue.procrastinate_jobs where args ? 'run'")
    portions = await portions_of(work, "w", WHOLE, mend=False)

    assert [job for job in jobs if job[1] == session_id] == [("grade", session_id)] * 3
    assert [portion.n_attempts for portion in portions] == [PORTION_ATTEMPTS, PORTION_ATTEMPTS, 10]
    keys = [call.key for portion in portions for call in portion.run.calls]
    assert sorted(key.try_index for key in keys) == list(range(1, 61))


async def test_a_job_and_its_portion_name_the_request_that_asked(begin, work, sql):
    with about(correlation_id="asked-by-anna"):
        session_id = await begin(1)
    (portion,) = await portions_of(work, "w", WHOLE, mend=False)
    assert portion.run.correlation_id == "asked-by-anna"
    jobs = sql(
        "select args ->> 'correlation_id' from secondmark_queue.procrastinate_jobs where args ->> 'session_id' = %s",
        session_id,
    )
    assert jobs == [("asked-by-anna",)]


async def test_a_run_whose_further_tries_depend_on_its_answers_is_one_portion(begin, store, work):
    plan = {**PLAN, "markers": [{"key": "a/b", "settled_from": 2}]}
    session_id = await begin(60, plan=plan)

    (portion,) = await portions_of(work, "w", WHOLE, mend=False)
    await store.leave_out_tries(session_id, "other", [("a/b", 60)])
    await store.leave_out_tries(session_id, "w", [("a/b", number) for number in range(3, 60)])

    assert portion.n_attempts == 60
    assert (await progress_of(store, session_id))["attempts"]["total"] == 3


async def test_a_start_that_fails_leaves_neither_portions_nor_jobs(begin, store, sql):
    session_id = await begin(1)
    before = sql("select count(*) from secondmark_queue.procrastinate_jobs")
    with pytest.raises(ConflictError):
        await start_grading(store, session_id, plan={"markers": []})
    assert sql("select count(*) from secondmark_queue.procrastinate_jobs") == before
    assert sql("select count(*) from portion") == [(1,)]


async def test_a_huge_session_of_one_owner_does_not_hold_up_a_small_one_of_another(begin, work):
    huge = await begin(500, owner="anna")
    small = await begin(3, owner="ben")
    assert await sessions_of(work, "w", 2) == [huge, small]


async def test_owners_take_turns_by_their_attempts_in_work(begin, work):
    anna, ben = await begin(200, owner="anna"), await begin(200, owner="ben")
    got = await sessions_of(work, "w", 8)
    assert [got.count(anna), got.count(ben)] == [4, 4]
    assert got[:4] in ([anna, ben, anna, ben], [ben, anna, ben, anna])


async def test_a_small_session_does_not_wait_for_the_huge_one_of_its_own_owner(begin, work):
    huge, small = await begin(500), await begin(3)
    assert await sessions_of(work, "w", 3) == [huge, small, huge]


async def test_turns_hold_over_all_workers(begin, work):
    huge = await begin(500, owner="anna")
    assert await sessions_of(work, "one", 3) == [huge] * 3
    small = await begin(60, owner="ben")
    assert await sessions_of(work, "two", 3) == [small] * 3


async def test_seeds_are_handed_out_first(begin, work, sql):
    other, seed = await begin(1), await begin(60)
    sql("update portion set seed = true where session_id = %s", seed)
    assert await sessions_of(work, "w", 4) == [seed, seed, seed, other]


async def test_sessions_under_one_limit_on_costs_stay_with_one_worker(begin, work):
    limited = {**PLAN, "budget_id": "00000000-0000-0000-0000-000000000001", "max_cost_usd": 1}
    first, second = await begin(30, plan=limited), await begin(1, plan=limited)
    assert await sessions_of(work, "one", 1) == [first]
    assert await sessions_of(work, "two", 1) == []
    assert sorted(await sessions_of(work, "one", 2)) == sorted([first, second])


async def test_only_the_last_portion_ends_the_run(begin, store, work):
    session_id = await begin(30)
    one, two = await portions_of(work, "w", WHOLE, mend=False)
    await finished(store, one)
    assert not (await work.finish_portion(one.portion_id, "w", None)).last
    await finished(store, two)
    ending = await work.finish_portion(two.portion_id, "w", None)
    assert (ending.last, ending.stop_reason) == (True, None)
    assert await store.finish_session(session_id, "w", SessionStatus.GRADED, None)


async def test_a_portion_that_broke_ends_the_run_instead_of_being_paid_again(begin, work):
    session_id = await begin(30)
    one, two = await portions_of(work, "w", WHOLE, mend=False)
    assert not (await work.finish_portion(one.portion_id, "w", None)).last
    assert (await work.beat("w", "host", 1)).stops == {session_id: "25 calls ended without a stored outcome."}
    assert (await work.finish_portion(two.portion_id, "w", None)).last


async def test_a_stop_is_heard_by_every_worker_and_the_last_one_ends_the_run(begin, store, work):
    session_id = await begin(60)
    (one,) = await portions_of(work, "one", 1, mend=False)
    (two,) = await portions_of(work, "two", 1, mend=False)
    await store.cancel_session(session_id, "cancelled")

    assert (await work.beat("one", "host", 1)).stops == {session_id: "cancelled"}
    assert (await work.beat("two", "host", 2)).stops == {session_id: "cancelled"}
    assert await portions_of(work, "three", WHOLE, mend=True) == []
    assert not (await work.finish_portion(one.portion_id, "one", "cancelled")).last
    assert (await work.finish_portion(two.portion_id, "two", None)).last


async def test_a_session_of_which_no_portion_is_in_work_is_cancelled_at_once(begin, store, sql):
    session_id = await begin(60)
    await store.cancel_session(session_id, "cancelled")
    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["attempts"]["cancelled"]) == ("failed", 60)
    assert sql("select count(*) from portion") == [(0,)]


async def test_a_stopped_session_whose_workers_died_is_ended_by_another(begin, store, work, sql):
    await begin(60)
    await portions_of(work, "dead", 1, mend=False)
    sql("update session set stop_reason = 'cancelled'")
    sql("update portion set lease_owner = null, lease_expires_at = null")
    (portion,) = await portions_of(work, "w", 1, mend=False)
    assert portion.run.stop_reason == "cancelled"
    assert (await work.finish_portion(portion.portion_id, "w", "cancelled")).last


async def test_the_work_of_a_worker_that_says_nothing_is_released(begin, work, sql):
    # A server that has just begun proves nothing about who was silent before.
    sql("select pg_sleep_until(pg_postmaster_start_time() + interval '6.1 seconds')::text")
    session_id = await begin(1)
    await work.beat("dead", "host", 1)
    await portions_of(work, "dead", WHOLE, mend=False)
    assert (await work.beat("w", "host", 2)).released == 0
    sql("update worker set beaten_at = beaten_at - interval '7 seconds' where id = 'dead'")
    sql("update worker set beaten_at = clock_timestamp() where id = 'w'")
    beat = await work.beat("w", "host", 2)
    assert (beat.released, beat.workers) == (1, 1)
    assert await sessions_of(work, "w", 1) == [session_id]


async def test_a_beat_tells_who_else_asks_a_model_of_the_account(work):
    await work.beat("one", "host", 1, account="ours", models={"a/b": 20.0, "c/d": None})
    await work.beat("two", "host", 2, account="ours", models={"a/b": None})
    await work.beat("three", "host", 3, account="theirs", models={"a/b": 5.0})
    heard = (await work.beat("four", "host", 4, account="ours", models={"a/b": 30.0})).models
    assert heard == {"a/b": AskedModel(2, (20.0,)), "c/d": AskedModel(1, ())}
    await work.leave("one")
    assert (await work.beat("four", "host", 4, account="ours")).models == {"a/b": AskedModel(1, ())}


async def test_a_worker_that_was_cut_off_itself_judges_nobody(begin, work, sql):
    await begin(1)
    for worker in ("one", "two"):
        await work.beat(worker, "host", 1)
    await portions_of(work, "one", WHOLE, mend=False)
    sql("update worker set beaten_at = beaten_at - interval '60 seconds'")
    assert (await work.beat("two", "host", 1)).released == 0
    assert (await work.beat("two", "host", 1)).released == 0


async def test_a_beat_names_all_that_the_worker_holds(begin, work, sql):
    await begin(60)
    portions = await portions_of(work, "w", WHOLE, mend=False)
    assert (await work.beat("w", "host", 1)).held == {portion.portion_id for portion in portions}
    sql("delete from session")
    assert (await work.beat("w", "host", 1)).held == frozenset()


async def test_a_worker_that_leaves_gives_its_work_free(begin, work):
    session_id = await begin(1)
    await work.beat("w", "host", 1)
    await portions_of(work, "w", WHOLE, mend=False)
    await work.leave("w")
    assert await sessions_of(work, "other", 1) == [session_id]
    assert [worker["id"] for worker in (await work.workers())["workers"]] == []


async def test_a_renewal_says_which_calls_of_the_portion_run_and_leaves_those_of_others_alone(begin, store, work):
    session_id = await begin(30)
    one, two = await portions_of(work, "w", WHOLE, mend=False)
    for portion in (one, two):
        keys = [call.key for call in portion.run.calls]
        lease = await work.renew_portion(portion.portion_id, "w", running=keys[:2], waiting=keys[2:3])
        assert lease.held
    attempts = (await progress_of(store, session_id))["attempts"]
    assert (attempts["running"], attempts["waiting"], attempts["pending"]) == (4, 2, 24)
    assert not (await work.renew_portion(one.portion_id, "other", running=[], waiting=[])).held


async def test_a_process_without_a_queue_takes_over_a_session_whose_portions_wait(begin, store, work):
    session_id = await begin(30)
    claimed = await store.claim_session(session_id, "inline")
    assert len(claimed.calls) == 30
    assert await portions_of(work, "w", WHOLE, mend=True) == []


async def test_a_process_without_a_queue_leaves_a_session_alone_while_a_portion_is_in_work(begin, store, work):
    session_id = await begin(30)
    await portions_of(work, "w", 1, mend=False)
    assert await store.claim_session(session_id, "inline") is None


async def test_a_session_that_a_process_without_a_queue_left_is_divided(begin, store, work):
    session_id = await begin(30)
    await store.claim_session(session_id, "inline")
    await store.release_lease(session_id, "inline")
    assert await portions_of(work, "w", WHOLE, mend=False) == []
    portions = await portions_of(work, "w", WHOLE, mend=True)
    assert [portion.n_attempts for portion in portions] == [25, 5]


async def test_who_works_on_what_can_be_read(begin, work):
    session_id = await begin(30)
    await work.beat("w", "host", 4711)
    await portions_of(work, "w", 1, mend=False)
    found = await work.workers()
    (worker,) = found["workers"]
    assert (worker["id"], worker["host"], worker["pid"]) == ("w", "host", 4711)
    assert [(one["kind"], one["id"], one["attempts"]) for one in worker["work"]] == [("session", session_id, 25)]
    assert (found["waiting"]["portions"], found["waiting"]["attempts"]) == (1, 5)


async def test_where_little_is_left_each_worker_gets_its_equal_part(begin, work):
    session_id = await begin(60, divisible=True)
    for worker in ("one", "two", "three"):
        await work.beat(worker, "host", 1)
    first = await work.claim_portions("one", 89, free=0, mend=False)
    second = await work.claim_portions("two", 89, free=0, mend=False)
    assert first.is_scarce
    assert sum(one.n_attempts for one in first.portions) == 20
    assert sum(one.n_attempts for one in second.portions) == 14
    rest = await work.claim_portions("three", 89, free=89, mend=False)
    assert sum(one.n_attempts for one in rest.portions) == 26
    keys = [call.key for part in (first, second, rest) for portion in part.portions for call in portion.run.calls]
    assert sorted(key.try_index for key in keys) == list(range(1, 61))
    assert {portion.run.session_id for portion in rest.portions} == {session_id}


async def test_what_can_begin_at_once_is_handed_out_however_little_is_left(begin, work):
    await begin(60, divisible=True)
    for worker in ("one", "two"):
        await work.beat(worker, "host", 1)
    got = await work.claim_portions("one", 60, free=40, mend=False)
    assert sum(one.n_attempts for one in got.portions) == 40


async def test_portions_stay_whole_where_there_is_plenty(begin, work):
    await begin(200, divisible=True)
    await work.beat("one", "host", 1)
    got = await work.claim_portions("one", 30, free=5, mend=False)
    assert ([one.n_attempts for one in got.portions], got.is_scarce) == ([25, 25], False)


async def test_a_run_that_depends_on_its_answers_is_never_cut(begin, work):
    plan = {**PLAN, "markers": [{"key": "a/b", "settled_from": 2}]}
    await begin(60, plan=plan, divisible=True)
    await work.beat("one", "host", 1)
    got = await work.claim_portions("one", 1, mend=False)
    assert [one.n_attempts for one in got.portions] == [60]
