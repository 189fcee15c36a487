"""`secondmark status`: which workers live, what each works on, and what waits."""

import asyncio
from datetime import datetime

from app.commands.api import Api
from app.commands.connected import credential
from app.commands.errors import CommandError
from app.schemas.health import QueueReadiness, WaitingWork, WorkerState, worker_state
from app.settings import Settings
from app.store.psycopg import PsycopgTransport
from app.store.work import WorkStore


def status(settings: Settings, server: str | None) -> int:
    """Print the workers of a server's queue, or of the queue on DATABASE_URL. Raises CommandError."""
    workers, waiting = asyncio.run(_of_server(settings, server) if server else _of_database(settings))
    print(_head(workers, waiting))
    for worker in workers:
        print(_line(worker))
        for one in worker.work or ():
            attempts = f", {one.attempts} attempts" if one.attempts is not None else ""
            print(f"  {one.kind} {one.id}{attempts}, since {_time(one.since)}")
    return 0


async def _of_server(settings: Settings, server: str) -> tuple[list[WorkerState], WaitingWork]:
    async with Api(server, credential(settings, server)) as api:
        ready = QueueReadiness(**await api.ask("GET", "/health/ready"))
    if ready.workers is None or ready.waiting is None:
        raise CommandError(f"{server} has no queue: it works on everything itself (QUEUE=inline).")
    return ready.workers, ready.waiting


async def _of_database(settings: Settings) -> tuple[list[WorkerState], WaitingWork]:
    if settings.database_url is None or not settings.has_queue:
        raise CommandError("QUEUE: set it to procrastinate, and DATABASE_URL; or give --server.")
    transport = PsycopgTransport(settings.database_url.get_secret_value())
    await transport.open()
    try:
        found = await WorkStore(transport).workers()
    finally:
        await transport.close()
    return [worker_state(one, in_full=True) for one in found["workers"]], WaitingWork(**found["waiting"])


def _head(workers: list[WorkerState], waiting: WaitingWork) -> str:
    named = "1 worker" if len(workers) == 1 else f"{len(workers)} workers"
    since = f" (since {_time(waiting.since)})" if waiting.since is not None else ""
    return (
        f"{named}. Waiting: {waiting.attempts} attempts{since}, {waiting.documents} documents, {waiting.tests} tests, "
        f"{waiting.analyses} analyses."
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
