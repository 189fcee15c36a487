"""The database over Postgres' protocol: the embedded server, or the server that DATABASE_URL names."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from psycopg import Error, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from app.errors import AppError
from app.store.transport import StoreError, checked_name, error_for, to_json, unavailable
from app.store.versions import explained

# A server that vanished is given up after 10 seconds instead of two hours.
CONNECTION_DEFAULTS = {
    "application_name": "secondmark",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
POOL_WAIT_SECONDS = 5.0
# The pool doubles its pauses between attempts: given up and begun anew it is never more than 2 s late after an outage.
RECONNECT_SECONDS = 4.0
CALL_SECONDS = 30.0
PING_SECONDS = 2.0


class PsycopgTransport:
    """A `Transport` over a pool of at most `max_size` connections. `conninfo` may be asked anew for each of them.

    No statement is prepared, for the sake of transaction poolers (measured on the embedded server: no difference). A
    connection is not tested before use, which would cost a round trip a call; a call that finds its connection broken
    empties the pool and is made once more.
    """

    def __init__(
        self,
        conninfo: str | Callable[[], str],
        *,
        min_size: int = 1,
        max_size: int = 10,
        wait_seconds: float = POOL_WAIT_SECONDS,
    ) -> None:
        self._emptied_at = 0.0
        self._pool = AsyncConnectionPool(
            lambda: with_defaults(conninfo() if callable(conninfo) else conninfo),
            kwargs={"autocommit": True, "prepare_threshold": None},
            min_size=min_size,
            max_size=max_size,
            timeout=wait_seconds,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
            name="store",
        )

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def call(self, function: str, arguments: Mapping[str, Any]) -> Any:
        return json.loads(await self.call_text(function, arguments))

    async def call_text(self, function: str, arguments: Mapping[str, Any]) -> bytes:
        try:
            return await self._ask(function, arguments)
        except StoreError as error:
            raise await explained(error, self._ask_json) from error

    async def _ask_json(self, function: str, arguments: Mapping[str, Any]) -> Any:
        return json.loads(await self._ask(function, arguments))

    async def _ask(self, function: str, arguments: Mapping[str, Any]) -> bytes:
        query = f"select public.{checked_name(function)}(%s::jsonb)::text".encode()
        text = to_json(arguments)
        try:
            with _cancellations_kept():
                async with asyncio.timeout(CALL_SECONDS):
                    return await self._execute(query, text)
        except (PoolTimeout, PoolClosed, TimeoutError) as error:
            raise unavailable() from error
        except OperationalError as error:
            raise (error_for_psycopg(error) if error.sqlstate else unavailable()) from error
        except Error as error:
            raise error_for_psycopg(error) from error

    async def ping(self) -> bool:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self.call_text("ping", {})
        except (AppError, TimeoutError):
            return False
        return True

    async def _execute(self, query: bytes, text: str) -> bytes:
        started = monotonic()
        try:
            return await self._attempt(query, text)
        except _BrokenConnectionError:
            if self._emptied_at < started:  # else a call beside this one has done it
                self._emptied_at = monotonic()
                await self._pool.drain()
        try:
            return await self._attempt(query, text)
        except _BrokenConnectionError as error:
            raise unavailable() from error

    async def _attempt(self, query: bytes, text: str) -> bytes:
        async with self._pool.connection() as connection:
            try:
                cursor = await connection.execute(query, (text,), binary=True)
                row = await cursor.fetchone()
            except OperationalError as error:
                if connection.closed:
                    raise _BrokenConnectionError from error
                raise
        return b"null" if row is None or row[0] is None else row[0].encode()


class _BrokenConnectionError(Exception):
    """The connection ended before the answer came."""


@contextmanager
def _cancellations_kept() -> Iterator[None]:
    """Raises the cancellation that `asyncio.wait_for` before Python 3.12, which the pool uses, forgets when it comes
    together with the connection: a loop that is cancelled once would go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


def error_for_psycopg(error: Error) -> AppError:
    said = error.diag
    return error_for(error.sqlstate, said.message_primary or "", detail=said.message_detail, hint=said.message_hint)


def with_defaults(conninfo: str) -> str:
    given = conninfo_to_dict(conninfo)
    return make_conninfo("", **(CONNECTION_DEFAULTS | {k: v for k, v in given.items() if v is not None}))
