"""Live progress: one read of a session every half second while at least one client listens, sent to all listeners."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from app.errors import AppError, NotFoundError, RateLimitedError, UpstreamUnavailableError
from app.marks.model import CallStatus, SessionStatus
from app.store.records import AttemptRow, ExamProgress, Progress
from app.work.background import Background

log = logging.getLogger(__name__)


READ_SECONDS = 0.5
# Without limits of its own a feed has as many streams as a server has connections.
MOST_STREAMS = 1000
RETRY_SECONDS = 10


_FINISHED = (CallStatus.SUCCEEDED, CallStatus.FAILED, CallStatus.CANCELLED)


# Of sessions, and of tests made from documents: both use this feed.
_OVER = (SessionStatus.GRADED, SessionStatus.FAILED, "completed", "partial")


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. `id` is `start of the run:number of finished attempts sent`: a client that reconnects
    names the last one, and the stream continues after it.
    """

    name: str
    data: Any
    id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session at one moment: the polled object, and its attempts, finished ones first as they finished."""

    progress: Progress | ExamProgress
    attempts: tuple[AttemptRow, ...]

    @property
    def start(self) -> str:
        """Identifies one start. The count of finished attempts begins again at each start, also within one run."""
        return self.progress["started_at"] or ""

    @property
    def finished(self) -> tuple[AttemptRow, ...]:
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
class Sent:
    """What one listener has received. `start` is None for a listener who has received nothing."""

    start: str | None = None
    finished: int = 0
    progress: Progress | ExamProgress | None = None
    statuses: dict[str, dict[str, str]] | None = None

    @classmethod
    def from_event_id(cls, event_id: str | None) -> "Sent":
        """Where a reconnecting listener stopped; the beginning for an id that this server did not make."""
        start, separator, finished = (event_id or "").rpartition(":")
        return cls(start, int(finished)) if separator and finished.isdecimal() else cls()


def events_since(sent: Sent, now: Snapshot) -> tuple[list[Event], Sent]:
    """The events that bring a listener up to date, and what it has received then."""
    seen = sent.finished if sent.start == now.start else 0
    events = []
    for count, attempt in enumerate(now.finished[seen:], start=seen + 1):
        events.append(Event("attempt", attempt, f"{now.start}:{count}"))
    here = f"{now.start}:{len(now.finished)}"
    if now.statuses != (sent.statuses or {}):
        events.append(Event("attempts", now.statuses, here))
    if _lasting(now.progress) != _lasting(sent.progress):
        events.append(Event("progress", now.progress, here))
    if now.over:
        events.append(Event("done", now.progress, here))
    return events, Sent(now.start, len(now.finished), now.progress, now.statuses)


def _lasting(progress: Progress | ExamProgress | None) -> dict[str, Any] | None:
    """Without what changes with the clock alone."""
    return (
        None
        if progress is None
        else {name: value for name, value in progress.items() if name != "estimated_seconds_left"}
    )


class Streams:
    """Counts the open event streams of a process, which each hold a connection: `most` of all, `per_owner` of one."""

    def __init__(self, most: int, per_owner: int) -> None:
        self._most = most
        self._per_owner = per_owner
        self._open: Counter[str | None] = Counter()

    def check(self, owner_id: str | None) -> None:
        """Raises RateLimitedError for one stream too many of an owner, UpstreamUnavailableError for one of all."""
        if owner_id is not None and self._open[owner_id] >= self._per_owner:
            raise RateLimitedError(
                f"You have {self._per_owner} event streams open (OWNER_EVENT_STREAMS): close one, or poll instead.",
                retry_after_seconds=RETRY_SECONDS,
            )
        if self._open.total() >= self._most:
            raise UpstreamUnavailableError(
                f"The server has {self._most} event streams open (MAX_EVENT_STREAMS). Poll, or try again.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )

    @contextmanager
    def opened(self, owner_id: str | None) -> Iterator[None]:
        """Counts one stream as open."""
        self._open[owner_id] += 1
        try:
            yield
        finally:
            self._open[owner_id] -= 1
            if not self._open[owner_id]:
                del self._open[owner_id]


class Feed:
    """Hands out event streams. One read every half second serves all listeners of a session."""

    streams = Streams(MOST_STREAMS, MOST_STREAMS)

    def __init__(self, background: Background, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._background = background
        self._sleep = sleep
        self._channels: dict[str, _Channel] = {}
        self.closed = False

    async def _read(self, session_id: str, owner_id: str | None) -> Snapshot:
        """The state of the session now. Raises NotFoundError."""
        raise NotImplementedError

    def close(self) -> None:
        """End all streams. A server that stops waits for its responses, and these would never end."""
        self.closed = True
        for channel in self._channels.values():
            if channel.reader is not None:
                channel.reader.cancel()

    async def listen(self, session_id: str, owner_id: str | None, last_event_id: str | None) -> AsyncIterator[Event]:
        """The events from now on, until the run is over. Raises NotFoundError and what `Streams.check` does before the
        first.
        """
        self.streams.check(owner_id)
        first = await self._read(session_id, owner_id)
        return self._counted(owner_id, self._stream(session_id, first, Sent.from_event_id(last_event_id)))

    async def _counted(self, owner_id: str | None, stream: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        # Inside the generator: one that is never begun is never closed either.
        with self.streams.opened(owner_id):
            async with aclosing(stream) as events:
                async for event in events:
                    yield event

    async def _stream(self, session_id: str, first: Snapshot, sent: Sent) -> AsyncGenerator[Event, None]:
        events, sent = events_since(sent, first)
        for event in events:
            yield event
        if first.over or self.closed:
            return
        channel = self._join(session_id)
        try:
            while (snapshot := await channel.next()) is not None:
                events, sent = events_since(sent, snapshot)
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
                    channel.publish(await self._read(session_id, None))
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
        """The next snapshot; None after the last one."""
        return await asyncio.shield(self._next)

    def publish(self, snapshot: Snapshot) -> None:
        waiting, self._next = self._next, asyncio.get_running_loop().create_future()
        waiting.set_result(snapshot)

    def close(self) -> None:
        self._next.set_result(None)
