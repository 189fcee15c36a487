"""`secondmark worker` and `secondmark status`: what they refuse, and what they say."""

import asyncio
import re
import socket

import psycopg
import pytest
from pydantic import SecretStr

from app.commands.errors import CommandError
from app.commands.serve import serving
from app.commands.status import status
from app.commands.worker import work
from app.commands.worker_health import listening
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


async def test_status_asks_a_running_server(with_a_worker, tmp_path, capsys):
    async with serving(with_a_worker.model_copy(update={"data_dir": tmp_path})) as address:
        assert await asyncio.to_thread(status, settings_of(), address) == 0
    assert capsys.readouterr().out.startswith("1 worker. Waiting: 0 attempts, 0 documents")


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


async def test_ready_says_why_the_queue_of_this_process_is_down(with_a_worker, connect_app):
    shared = {"queue": "procrastinate", "database_url": with_a_worker.database_url}
    client = await connect_app(**shared)
    parts = client._transport.app.state.parts
    assert (await client.get("/health/ready")).status_code == 200

    parts.wakeups.trouble = "it does not hear of new work (OperationalError)"
    deaf = await client.get("/health/ready")
    parts.background.down["take portions of sessions"] = "ValueError"
    dead = await client.get("/health/ready")

    assert (deaf.status_code, dead.status_code) == (503, 503)
    assert "does not hear of new work" in deaf.json()["error"]["message"]
    assert "take portions of sessions (ValueError)" in dead.json()["error"]["message"]
    assert (await client.get("/health/live")).status_code == 200


async def test_the_age_of_the_oldest_job_is_shown_everywhere(with_a_worker, connect_app, capsys):
    database = with_a_worker.database_url.get_secret_value()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("delete from secondmark_queue.procrastinate_jobs")
        connection.execute("select wake_workers('grade', '{}', 2)")
        connection.execute("update secondmark_queue.procrastinate_events set at = at - interval '90 seconds'")
    shared = {"queue": "procrastinate", "database_url": with_a_worker.database_url, "queue_worker": False}
    client = await connect_app(**shared)

    ready = (await client.get("/health/ready")).json()
    metrics = (await client.get("/metrics")).text
    await asyncio.to_thread(status, with_a_worker, None)

    assert ready["jobs"]["waiting"] == 2
    assert ready["jobs"]["oldest_seconds"] == pytest.approx(90, abs=30)
    assert "secondmark_shared_waiting_jobs 2.0" in metrics
    assert re.search(r"secondmark_shared_oldest_job_seconds (9|1[01])\d", metrics)
    assert re.search(r"2 jobs that no worker has heard of, the oldest for (9|1[01])\d s", capsys.readouterr().out)


async def test_a_server_without_a_queue_shows_no_figures_of_one(connect_app):
    client = await connect_app()
    assert "secondmark_shared" not in (await client.get("/metrics")).text


def test_a_worker_answers_others_only_with_a_key():
    settings = settings_of(**SHARED, WORKER_HOST="0.0.0.0")  # noqa: S104 - refused here
    with pytest.raises(CommandError, match=r"WORKER_HOST: 0\.0\.0\.0 lets others in"), listening(settings):
        pass


def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = settings_of(**SHARED, WORKER_PORT=str(port))
        with pytest.raises(CommandError, match=f"WORKER_PORT: 127.0.0.1:{port} cannot be used"), listening(settings):
            pass
