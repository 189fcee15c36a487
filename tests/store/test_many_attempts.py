"""The largest plans: 40,000 attempts, of which the database's planner has no statistics yet."""

import psycopg
import pytest

from app.marks.model import Stage
from app.store.psycopg import PsycopgTransport
from app.store.runs import CallKey, PlannedCall
from app.store.sessions import Store
from tests.store.rows import progress_of
from tests.support.effort import database_seconds

MARKERS, TRIES = 2000, 20
ATTEMPTS = MARKERS * TRIES
# Of computing in the database. A statement that compares every attempt with every other takes minutes.
STEP_SECONDS = 12.0
POLL_SECONDS = 3.0


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


async def start(store, session_id):
    keys = (CallKey(f"a/{m}", n, Stage.ASSESSMENT) for n in range(1, TRIES + 1) for m in range(MARKERS))
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
    await within(STEP_SECONDS, store.cancel_session(session_id, "cancelled"))
    assert (await within(POLL_SECONDS, progress_of(store, session_id)))["attempts"]["cancelled"] == ATTEMPTS
    assert len((await within(STEP_SECONDS, store.session_results(session_id)))["results"]) == ATTEMPTS
    assert await within(STEP_SECONDS, start(store, session_id)) == "started"
    assert (await within(POLL_SECONDS, progress_of(store, session_id)))["attempts"]["pending"] == ATTEMPTS
