"""Live progress: one read of a session every half second while anybody listens, told to all who do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.errors import AppError, NotFoundError
from app.marks.model import CallStatus, SessionStatus
from app.work.background import Background

log = logging.getLogger(__name__)


READ_SECONDS = 0.5


_FINISHED = (CallStatus.SUCCEEDED, CallStatus.FAILED, CallStatus.CANCELLED)


# Of sessions, and of tests made from documents, which are told of in the same way.
_OVER = (SessionStatus.GRADED, SessionStatus.FAILED, "completed", "partial")


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. `id` is `start of the run:finished attempts told`, for carrying on after a reconnect."""

    name: str
    data: Any
    id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session at one moment: the polled object, and its attempts, finished ones first as they finished."""

    progress: Row
    attempts: tuple[Row, ...]

    @property
    def start(self) -> str:
        """Names what attempts are counted in: a repeat of failed ones counts anew, although its run is the same."""
        return self.progress["started_at"] or ""

    @property
    def finished(self) -> tuple[Row, ...]:
        return tuple(attempt for attempt in self.attempts if attempt["status"] in _FINISHED)

    @property
    def statuses(self) -> dict[str, dict[str, str]]:
        """{marker: {"1": status}}"""
        table: dict[str, dict[str, str]] = {}
        for attempt in sorted(self.attempts, key=lambda a: (a["model_name"], a["try_index"])):
            table.setdefault(attempt["model_name"], {})[str(attempt["try_index"])] = attempt["status"]
        return table

    @property
    def over(self) -> bool:
        return self.progress["status"] in _OVER


@dataclass(frozen=True, slots=True)
class Told:
    """What one listener knows. `start` is None for one who knows nothing."""

    start: str | None = None
    finished: int = 0
    progress: Row | None = None
    statuses: dict[str, dict[str, str]] | None = None

    @classmethod
    def from_event_id(cls, event_id: str | None) -> "Told":
        """Where a reconnecting listener stopped; nothing for an id that is not ours."""
        start, separator, finished = (event_id or "").rpartition(":")
        return cls(start, int(finished)) if separator and finished.isdecimal() else cls()


def news(told: Told, now: Snapshot) -> tuple[list[Event], Told]:
    """The events that bring a listener up to date, and what it knows then."""
    seen = told.finished if told.start == now.start else 0
    events = []
    for count, attempt in enumerate(now.finished[seen:], start=seen + 1):
        events.append(Event("attempt", attempt, f"{now.start}:{count}"))
    here = f"{now.start}:{len(now.finished)}"
    if now.statuses != told.statuses:
        events.append(Event("attempts", now.statuses, here))
    if _lasting(now.progress) != _lasting(told.progress):
        events.append(Event("progress", now.progress, here))
    if now.over:
        events.append(Event("done", now.progress, here))
    return events, Told(now.start, len(now.finished), now.progress, now.statuses)


def _lasting(progress: Row | None) -> Row | None:
    """Without what changes with the clock alone."""
    return progress and {name: value for name, value in progress.items() if name != "estimated_seconds_left"}


class Feed:
    """Hands out event streams. However many listen to the same thing, it is read once per half second."""

    def __init__(self, background: Background, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._background = background
        self._sleep = sleep
        self._channels: dict[str, _Channel] = {}
        self.closed = False

    async def _read(self, session_id: str, owner_id: str | None) -> Snapshot:
        """How it stands now. Raises NotFoundError."""
        raise NotImplementedError

    def close(self) -> None:
        """End all streams: a server that stops waits for responses, and these have no end of their own."""
        self.closed = True
        for channel in self._channels.values():
            if channel.reader is not None:
                channel.reader.cancel()

    async def listen(self, session_id: str, owner_id: str | None, last_event_id: str | None) -> AsyncIterator[Event]:
        """The events from now on, until the run is over. Raises NotFoundError before the first."""
        first = await self._read(session_id, owner_id)
        return self._stream(session_id, first, Told.from_event_id(last_event_id))

    async def _stream(self, session_id: str, first: Snapshot, told: Told) -> AsyncIterator[Event]:
        events, told = news(told, first)
        for event in events:
            yield event
        if first.over or self.closed:
            return
        channel = self._join(session_id)
        try:
            while (snapshot := await channel.next()) is not None:
                events, told = news(told, snapshot)
                for event in events:
                    yield event
                if snapshot.over:
                    return
        finally:
            self._part(session_id, channel)

    def _join(self, session_id: str) -> "_Channel":
        channel = self._channels.get(session_id)
        if channel is None:
            channel = self._channels[session_id] = _Channel()
            reading = self._keep_reading(session_id, channel)
            channel.reader = self._background.start(reading, name=f"feed {session_id}", endless=True)
        channel.listeners += 1
        return channel

    def _part(self, session_id: str, channel: "_Channel") -> None:
        channel.listeners -= 1
        if channel.listeners == 0 and channel.reader is not None:
            channel.reader.cancel()
            self._channels.pop(session_id, None)

    async def _keep_reading(self, session_id: str, channel: "_Channel") -> None:
        try:
            while True:
                await self._sleep(READ_SECONDS)
                try:
                    channel.tell(await self._read(session_id, None))
                except NotFoundError:
                    return
                except AppError as error:
                    log.warning("session %s: its progress cannot be read: %s", session_id, error)
        finally:
            # Deleted, or the server stops: the streams end.
            channel.close()
            if self._channels.get(session_id) is channel:
                del self._channels[session_id]


class _Channel:
    """The listeners of one session, waiting for its next snapshot."""

    def __init__(self) -> None:
        self.listeners = 0
        self.reader: asyncio.Task[None] | None = None
        self._next: asyncio.Future[Snapshot | None] = asyncio.get_running_loop().create_future()

    async def next(self) -> Snapshot | None:
        """None once there will be no more, also for those who ask only then."""
        return await asyncio.shield(self._next)

    def tell(self, snapshot: Snapshot) -> None:
        told, self._next = self._next, asyncio.get_running_loop().create_future()
        told.set_result(snapshot)

    def close(self) -> None:
        self._next.set_result(None)
