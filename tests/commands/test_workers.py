"""`secondmark worker` and `secondmark status`: what they refuse, and what they say."""

import asyncio

import pytest
from pydantic import SecretStr

from app.commands.errors import CommandError
from app.commands.status import status
from app.commands.worker import work
from app.database.queue_schema import bring_up_queue
from app.settings import Settings, SettingsError
from app.store.psycopg import PsycopgTransport
from app.store.work import WorkStore

SHARED = {"QUEUE": "procrastinate", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}


def settings_of(**values):
    return Settings.read(values, dotenv=None)


def test_a_queue_needs_a_database_that_others_reach():
    with pytest.raises(SettingsError, match="QUEUE: procrastinate needs DATABASE_URL"):
        settings_of(QUEUE="procrastinate")


def test_a_worker_needs_a_queue():
    with pytest.raises(CommandError, match="QUEUE: set it to procrastinate"):
        work(settings_of())


def test_a_worker_needs_a_key():
    with pytest.raises(CommandError, match="OPENROUTER_API_KEY"):
        work(settings_of(**SHARED))


def test_a_worker_refuses_a_database_without_a_queue(scratch_database, tmp_path):
    settings = Settings(
        queue="procrastinate",
        database_url=SecretStr(scratch_database),
        openrouter_api_key=SecretStr("key"),
        data_dir=tmp_path,
    )
    with pytest.raises(CommandError, match="run `secondmark migrate`"):
        work(settings)


def test_status_needs_a_queue():
    with pytest.raises(CommandError, match="QUEUE: set it to procrastinate"):
        status(settings_of(), None)


async def beat(database):
    transport = PsycopgTransport(database)
    await transport.open()
    await WorkStore(transport).beat("kernel:worker-1:/path", "host-1", 4711)
    await transport.close()


@pytest.fixture
async def with_a_worker(database):
    bring_up_queue(database)
    await beat(database)
    return Settings(queue="procrastinate", database_url=SecretStr(database), queue_worker=False)


async def test_status_names_the_workers(with_a_worker, capsys):
    assert await asyncio.to_thread(status, with_a_worker, None) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "1 worker. Waiting: 0 attempts, 0 documents, 0 tests, 0 analyses."
    assert second.startswith("worker-1 on host-1, process 4711, since ")
    assert "/path" not in second


async def test_ready_names_the_workers_in_full_to_whom_has_a_key(with_a_worker, connect_app):
    shared = {"queue": "procrastinate", "database_url": with_a_worker.database_url, "queue_worker": False}
    client = await connect_app(api_keys=(SecretStr("k" * 20),), **shared)
    headers = {"Authorization": f"Bearer {'k' * 20}"}

    (seen,) = (await client.get("/health/ready", headers=headers)).json()["workers"]
    (unseen,) = (await client.get("/health/ready")).json()["workers"]
    (refused,) = (await client.get("/health/ready", headers={"Authorization": "Bearer wrong"})).json()["workers"]

    assert (seen["worker"], seen["host"], seen["pid"], seen["work"]) == ("worker-1", "host-1", 4711, [])
    assert unseen["worker"] == "worker-1"
    assert not {"host", "pid", "work"} & (unseen.keys() | refused.keys())
