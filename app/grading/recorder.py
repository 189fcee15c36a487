"""Storing outcomes as they come: each as soon as the database takes it, those that finished together in one call."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from app.errors import AppError
from app.grading.outcome import escaped
from app.store.store import Store
from app.store.transport import DataError

log = logging.getLogger(__name__)

Outcome = dict[str, Any]

BATCH = 64
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0


class Recorder:
    """Writes one run's outcomes. While a write is under way, the outcomes that come gather into the next one.

    An answer that is paid for is kept until it is stored: a database that is away is asked again for as long as this
    process lives. Only data that the database refuses is not tried again; it is stored escaped, as a failure.
    """

    def __init__(
        self, store: Store, session_id: str, run: int, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._store = store
        self._session_id = session_id
        self._run = run
        self._sleep = sleep
        self._queue: list[tuple[Outcome, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def record(self, outcome: Outcome) -> None:
        """Returns once the outcome is stored. Cancelling the caller does not take the outcome back."""
        stored = asyncio.get_running_loop().create_future()
        self._queue.append((outcome, stored))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name=f"record {self._session_id}")
        await stored

    async def drain(self) -> None:
        """Wait until everything that was given is stored."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    async def _write_all(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
                await self._write([outcome for outcome, _ in batch])
                for _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)
        finally:
            self._writer = None

    async def _write(self, outcomes: list[Outcome]) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                await self._store.record_calls(self._session_id, self._run, outcomes)
            except DataError as error:
                await self._write_one_by_one(outcomes, error)
            except AppError as error:
                log.warning("session %s: %d outcomes wait to be stored: %s", self._session_id, len(outcomes), error)
                await self._sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
                continue
            return

    async def _write_one_by_one(self, outcomes: list[Outcome], error: DataError) -> None:
        if len(outcomes) > 1:
            for outcome in outcomes:
                await self._write([outcome])
        elif outcomes[0].get("error", {}) and outcomes[0]["error"].get("reason") == "not_storable":
            raise error
        else:
            log.error("session %s: an outcome was refused as data and is stored escaped", self._session_id)
            await self._write([escaped(outcomes[0], "The answer could not be stored as it was.")])
