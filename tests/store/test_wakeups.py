"""Workers hear of new work through procrastinate, and again after an outage."""

import asyncio
from contextlib import asynccontextmanager

import psycopg

from app.database.queue_schema import bring_up_queue
from app.store.wakeups import Wakeups


@asynccontextmanager
async def listening(database):
    """What a worker heard: (task, id) in a queue."""
    bring_up_queue(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("delete from secondmark_queue.procrastinate_jobs")
    heard = asyncio.Queue()

    async def wake(task, job_id):
        heard.put_nowait((task, job_id))

    task = asyncio.create_task(Wakeups(database, wake).keep_listening())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def insert_job(database, task, what):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("select wake_workers(%s, %s::jsonb, 1)", [task, what])


async def test_a_job_is_heard_once_and_leaves_nothing_behind(database):
    async with listening(database) as heard, asyncio.timeout(30):
        insert_job(database, "read_document", '{"id": "d"}')
        insert_job(database, "grade", '{"session_id": "s", "run": 1}')
        assert sorted([await heard.get(), await heard.get()], key=str) == [("grade", None), ("read_document", "d")]
    with psycopg.connect(database) as connection:
        left = connection.execute("select count(*) from secondmark_queue.procrastinate_jobs").fetchone()
    assert heard.empty()
    assert left == (0,)


async def test_a_lost_connection_is_made_anew(database):
    async with listening(database) as heard, asyncio.timeout(60):
        insert_job(database, "grade", "{}")
        await heard.get()
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                "and datname = current_database()"
            )
        insert_job(database, "grade", "{}")
        assert await heard.get() == ("grade", None)
