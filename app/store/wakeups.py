"""Hears of new work through procrastinate, whose jobs the database inserts together with the rows of the work.

A job wakes one worker. The right to work comes from leases alone, so a lost or doubled job does no harm: each worker
also looks for work by itself every second.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from psycopg import AsyncClientCursor, AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from app.store.psycopg import with_defaults

if TYPE_CHECKING:
    from procrastinate import App

log = logging.getLogger(__name__)

QUEUE = "secondmark"
SCHEMA = "secondmark_queue"
TASKS = ("grade", "read_document", "make_test", "analyse")
# Poolers in transaction mode, such as Supabase's on this port, forward no notifications.
_TRANSACTION_POOLER_PORT = "6543"
_POLL_SECONDS = 1.0
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 15.0
# Jobs end at once, so that a job in the hands of a worker for so long belongs to a dead one.
_STALLED_SECONDS = 30.0

Wake = Callable[[str, str | None], Awaitable[None]]


class Wakeups:
    """`wake` gets the task of a job (one of TASKS) and the id that it names, if it names one."""

    def __init__(self, conninfo: str, wake: Wake, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._conninfo = with_defaults(conninfo)
        self._wake = wake
        self._sleep = sleep
        # Why no news of work are heard at the moment.
        self.trouble: str | None = None

    async def keep_listening(self) -> None:
        """Serve jobs until this is cancelled. A failure, such as an outage of the database, begins it anew."""
        wait = _FIRST_WAIT_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 - nothing else would begin it anew
                self.trouble = f"it does not hear of new work ({type(error).__name__})"
                log.warning("new work is found by looking alone for %.0f s: %r", wait, error)
            if asyncio.get_running_loop().time() - began > _LONGEST_WAIT_SECONDS:
                wait = _FIRST_WAIT_SECONDS
            await self._sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)

    async def _listen(self) -> None:
        # It tells of every job at INFO, several a second.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        app = _app(self._conninfo, self._wake)
        port = str(conninfo_to_dict(self._conninfo).get("port") or "")
        async with app.open_async():
            await _end_stalled(app)
            self.trouble = None
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                listen_notify=port != _TRANSACTION_POOLER_PORT,
                fetch_job_polling_interval=_POLL_SECONDS,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=_STALLED_SECONDS / 3,
                stalled_worker_timeout=_STALLED_SECONDS,
            )


def _app(conninfo: str, wake: Wake) -> "App":
    # Half a second of imports, for those who use a queue alone.
    from procrastinate import App, PsycopgConnector  # noqa: PLC0415

    class Connector(PsycopgConnector):
        """Names the schema with each statement: a pooler in transaction mode keeps no setting of a connection, and
        takes none at its start.
        """

        async def _ask(self, query: str, arguments: Mapping[str, Any]) -> AsyncClientCursor[dict[str, Any]]:
            async with self.pool.connection() as connection:
                cursor = AsyncClientCursor(connection, row_factory=dict_row)
                # Both in one message, and so in one transaction.
                await cursor.execute(f"set local search_path = {SCHEMA}; {query}", self._wrap_json(dict(arguments)))
                cursor.nextset()
                return cursor

        async def execute_query_async(self, query: str, **arguments: Any) -> None:
            await self._ask(query, arguments)

        async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
            row = await (await self._ask(query, arguments)).fetchone()
            assert row is not None  # noqa: S101 - those functions return a row
            return row

        async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
            return await (await self._ask(query, arguments)).fetchall()

    connector = Connector(
        conninfo=conninfo,
        kwargs={"prepare_threshold": None},
        configure=_commit_at_once,
        min_size=1,
        max_size=2,
        timeout=_LONGEST_WAIT_SECONDS,
    )
    app = App(connector=connector)
    for name in TASKS:
        app.task(name=name, queue=QUEUE)(_handler(name, wake))
    return app


async def _commit_at_once(connection: AsyncConnection[Any]) -> None:
    # Not as an argument of the pool: the package connects for LISTEN with that argument and its own of the same name.
    await connection.set_autocommit(True)


def _handler(name: str, wake: Wake) -> Callable[..., Awaitable[None]]:
    async def handle(**what: Any) -> None:
        await wake(name, what.get("id"))

    return handle


async def _end_stalled(app: "App") -> None:
    """Jobs of dead workers: their wake-up is long past."""
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=_STALLED_SECONDS):
        await app.job_manager.finish_job(job, status=_failed(), delete_job=True)


def _failed() -> Any:
    from procrastinate.jobs import Status  # noqa: PLC0415 - as above

    return Status.FAILED
