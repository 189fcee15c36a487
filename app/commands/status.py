"""`secondmark status`: which workers live, what each works on, and what waits."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from app.commands.api import Api
from app.commands.connected import credential
from app.commands.errors import CommandError
from app.schemas.health import QueueReadiness, WaitingJobs, WaitingWork, WorkerState, worker_state
from app.settings import Settings
from app.store.psycopg import PsycopgTransport
from app.store.work import WorkStore


def status(settings: Settings, server: str | None) -> int:
    """Print the workers of a server's queue, or of the queue on DATABASE_URL. Raises CommandError."""
    found = asyncio.run(_of_server(settings, server) if server else _of_database(settings))
    print(_head(found))
    for worker in found.workers:
        print(_line(worker))
        for one in worker.work or ():
            attempts = f", {one.attempts} attempts" if one.attempts is not None else ""
            print(f"  {one.kind} {one.id}{attempts}, since {_time(one.since)}")
    return 0


async def _of_server(settings: Settings, server: str) -> "_Found":
    async with Api(server, credential(settings, server)) as api:
        ready = QueueReadiness(**await api.ask("GET", "/health/ready"))
    if ready.workers is None or ready.waiting is None:
        raise CommandError(f"{server} has no queue: it works on everything itself (QUEUE=inline).")
    return _Found(ready.workers, ready.waiting, ready.jobs)


async def _of_database(settings: Settings) -> "_Found":
    if settings.database_url is None or not settings.has_queue:
        raise CommandError("QUEUE: set it to procrastinate, and DATABASE_URL; or give --server.")
    transport = PsycopgTransport(settings.database_url.get_secret_value())
    await transport.open()
    try:
        found = await WorkStore(transport).workers()
    finally:
        await transport.close()
    workers = [worker_state(one, in_full=True) for one in found["workers"]]
    jobs = None if found["jobs"] is None else WaitingJobs(**found["jobs"])
    return _Found(workers, WaitingWork(**found["waiting"]), jobs)


@dataclass(frozen=True, slots=True)
class _Found:
    workers: list[WorkerState]
    waiting: WaitingWork
    jobs: WaitingJobs | None


def _head(found: _Found) -> str:
    workers, waiting, jobs = found.workers, found.waiting, found.jobs
    named = "1 worker" if len(workers) == 1 else f"{len(workers)} workers"
    unheard = (
        ""
        if not jobs or not jobs.waiting
        else (f" {jobs.waiting} jobs that no worker has heard of, the oldest for {jobs.oldest_seconds:.0f} s.")
    )
    since = f" (since {_time(waiting.since)})" if waiting.since is not None else ""
    return (
        f"{named}. Waiting: {waiting.attempts} attempts{since}, {waiting.documents} documents, {waiting.tests} tests, "
        f"{waiting.analyses} analyses.{unheard}"
    )


def _line(worker: WorkerState) -> str:
    where = f" on {worker.host}, process {worker.pid}" if worker.host is not None else ""
    doing = (
        f"{worker.attempts} attempts of {worker.sessions} sessions, {worker.documents} documents, "
        f"{worker.tests} tests, {worker.analyses} analyses"
    )
    heard = f"heard {worker.seconds_since_beat:.0f} s ago"
    return f"{worker.worker}{where}, since {_time(worker.since)}, {heard}: {doing}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
