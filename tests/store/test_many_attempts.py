"""The largest plans: 40,000 attempts, of which the database's planner has no statistics yet."""

import psycopg
import pytest

from app.marks.model import SessionStatus, Stage
from app.store.psycopg import PsycopgTransport
from app.store.runs import CallKey, PlannedCall
from app.store.sessions import Store
from tests.store.rows import progress_of
from tests.support.effort import database_seconds

MARKERS, TRIES = 2000, 20
ATTEMPTS = MARKERS * TRIES
# Of computing in the database. A statement that compares every attempt with every other takes minutes.
STEP_SECONDS = 12.0
# What a client waits for; as everywhere in this file, a machine may compute several times as long as a quiet one.
POLL_SECONDS = 3.0
CANCEL_SECONDS = 1.0


@pytest.fixture
def no_statistics(database):
    """The fixture `database` as the planner sees a new one, and nothing that would analyse it."""
    with psycopg.connect(database, autocommit=True) as connection:
        for table in ("grading_call", "result"):
            connection.execute(f"alter table public.{table} set (autovacuum_enabled = false)")
            connection.execute("delete from pg_statistic where starelid = %s::regclass", [table])
            connection.execute("update pg_class set reltuples = -1, relpages = 0 where oid = %s::regclass", [table])
        yield database
        for table in ("grading_call", "result"):
            connection.execute(f"alter table public.{table} reset (autovacuum_enabled)")


@pytest.fixture
async def store(no_statistics):
    transport = PsycopgTransport(no_statistics)
    await transport.open()
    yield Store(transport)
    await transport.close()


@pytest.fixture
def within(database_server):
    async def within(seconds, ask):
        before = database_seconds(database_server)
        answer = await ask
        assert database_seconds(database_server) - before < seconds
        return answer

    return within


async def start(store, session_id, markers=MARKERS):
    keys = (CallKey(f"a/{m}", n, Stage.ASSESSMENT) for n in range(1, TRIES + 1) for m in range(markers))
    return await store.start_grading(
        session_id,
        plan={"markers": []},
        default_tries=1,
        calls=[PlannedCall(key, {"model": key.model_name, "input_hash": "h"}) for key in keys],
        inputs_version=(await store.grading_inputs(session_id)).inputs_version,
        force=False,
    )


async def test_a_session_of_40_000_attempts_starts_polls_cancels_and_starts_again_without_statistics(store, within):
    session_id = (await store.create_session())["session_id"]
    await store.configure_questions(session_id, [{"question_id": "1", "number": 1, "max_marks": 5}], {})

    assert await within(STEP_SECONDS, start(store, session_id)) == "started"
    assert (await within(POLL_SECONDS, progress_of(store, session_id)))["attempts"]["pending"] == ATTEMPTS
    closer = await within(CANCEL_SECONDS, store.cancel_session(session_id, "cancelled"))
    stopped = await within(POLL_SECONDS, progress_of(store, session_id))
    assert (stopped["status"], stopped["progress"], stopped["attempts"]["cancelled"]) == ("grading", 0, ATTEMPTS)
    assert await within(STEP_SECONDS, store.finish_session(session_id, closer, SessionStatus.FAILED, "cancelled"))
    ended = await within(POLL_SECONDS, progress_of(store, session_id))
    assert (ended["status"], ended["progress"], ended["attempts"]["cancelled"]) == ("failed", 1, ATTEMPTS)
    assert len((await within(STEP_SECONDS, store.session_results(session_id)))["results"]) == ATTEMPTS
    assert await within(STEP_SECONDS, start(store, session_id)) == "started"
    assert (await within(POLL_SECONDS, progress_of(store, session_id)))["attempts"]["pending"] == ATTEMPTS


async def test_a_cancel_whose_process_died_before_it_closed_the_calls_is_ended_by_another(store, database):
    session_id = (await store.create_session())["session_id"]
    await store.configure_questions(session_id, [{"question_id": "1", "number": 1, "max_marks": 5}], {})
    assert await start(store, session_id, markers=51) == "started"
    dead = await store.cancel_session(session_id, "cancelled")
    assert dead is not None
    assert await store.claim_session(session_id, "other") is None

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update public.session set lease_expires_at = now() - interval '1 second'")
    assert session_id in await store.unclaimed_sessions()
    claimed = await store.claim_session(session_id, "other")

    assert claimed.stop_reason == "cancelled"
    assert await store.finish_session(session_id, "other", SessionStatus.FAILED, "cancelled")
    assert not await store.finish_session(session_id, dead, SessionStatus.FAILED, "cancelled")
    assert (await progress_of(store, session_id))["attempts"]["cancelled"] == 51 * TRIES


async def test_a_cancel_of_few_calls_closes_them_at_once(store):
    session_id = (await store.create_session())["session_id"]
    await store.configure_questions(session_id, [{"question_id": "1", "number": 1, "max_marks": 5}], {})
    await start(store, session_id, markers=50)

    assert await store.cancel_session(session_id, "cancelled") is None
    assert (await progress_of(store, session_id))["status"] == "failed"
