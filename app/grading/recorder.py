"""Storing outcomes as they come: each as soon as the database takes it, those that finished together in one call."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from app.grading.outcome import escaped
from app.marks.reasons import Reason
from app.store.base import until_answered
from app.store.runs import Outcome
from app.store.sessions import Store
from app.store.transport import DataError

log = logging.getLogger(__name__)

Entry = tuple[Outcome, asyncio.Future[None]]

BATCH = 64


class Recorder:
    """Writes one run's outcomes. While a write is under way, the outcomes that come gather into the next one.

    The recorder keeps a paid answer until it is stored, and asks a database that is away again (`until_answered`). Data
    that the database refuses is stored escaped, as a failure. `on_stored` hears of outcomes that the database has.
    """

    def __init__(
        self,
        store: Store,
        session_id: str,
        run: int,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        on_stored: Callable[[Sequence[Outcome]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._session_id = session_id
        self._run = run
        self._sleep = sleep
        self._on_stored = on_stored
        self._queue: list[Entry] = []
        self._writer: asyncio.Task[None] | None = None

    async def record(self, outcome: Outcome) -> None:
        """Returns once the outcome is stored. Cancelling the caller does not take the outcome back.

        Raises what a store cannot be asked again about, such as DataError for an outcome that is refused escaped too.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
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
                await self._write(self._next_batch())
        finally:
            self._writer = None

    def _next_batch(self) -> list[Entry]:
        """Takes the oldest entries, up to the second one of a call: a statement writes each row once."""
        calls: set[tuple[str, int, str]] = set()
        for outcome, _ in self._queue[:BATCH]:
            call = outcome["model_name"], outcome["try_index"], outcome["stage"]
            if call in calls:
                break
            calls.add(call)
        batch, self._queue = self._queue[: len(calls)], self._queue[len(calls) :]
        return batch

    async def _write(self, batch: list[Entry]) -> None:
        try:
            await self._store_all([outcome for outcome, _ in batch])
        except DataError as error:
            await self._write_refused(batch, error)
        except Exception as error:  # noqa: BLE001 - it becomes the answer of those who wait, who would wait for ever
            _settle(batch, error)
        else:
            _settle(batch)

    async def _write_refused(self, batch: list[Entry], error: DataError) -> None:
        """One by one, to find which it is; that one escaped."""
        outcome, stored = batch[0]
        if len(batch) > 1:
            for entry in batch:
                await self._write([entry])
        elif _is_escaped(outcome):
            _settle(batch, error)
        else:
            log.error("session %s: an outcome was refused as data and is stored escaped", self._session_id)
            await self._write([(escaped(outcome, Reason.NOT_STORABLE.sentence), stored)])

    async def _store_all(self, outcomes: list[Outcome]) -> None:
        store = partial(self._store.record_calls, self._session_id, self._run, outcomes)
        await until_answered(store, f"session {self._session_id} ({len(outcomes)} outcomes)", sleep=self._sleep)
        self._on_stored(outcomes)


def _is_escaped(outcome: Outcome) -> bool:
    error = outcome.get("error") or outcome.get("slice_answer", {}).get("error") or {}
    return error.get("reason") == Reason.NOT_STORABLE


def _settle(batch: list[Entry], error: Exception | None = None) -> None:
    for _, stored in batch:
        if stored.done():
            continue  # its caller was cancelled
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)
