"""The counts and the log of the simulator, for benchmarks and for tests that recompute every figure."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.simulator.faults import Fault

LOG_LINES = 100_000
CALLS_REMEMBERED = 200_000
RATE_LIMITED = 429

CallId = tuple[str, str, int, str]


@dataclass(slots=True)
class LogEntry:
    """One request for a completion. Times are unix seconds.

    `marks` are the true marks that stand in the text sent. `status` and `answered_at` are None until the last byte of
    a whole answer is written to a client that is still there; so they stay where the connection broke, hung or was left
    by the client. `good` says that the answer leaves nothing to ask for again.
    """

    index: int
    session: str
    model: str
    try_index: int
    stage: str
    nth: int
    started_at: float
    status: int | None = None
    fault: Fault | None = None
    marks: Mapping[str, float] = field(default_factory=dict)
    usage: Mapping[str, Any] | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    good: bool = False

    @property
    def delivered(self) -> bool:
        return self.answered_at is not None

    @property
    def call(self) -> CallId:
        return (self.session, self.model, self.try_index, self.stage)

    def as_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"delivered": self.delivered}


@dataclass(slots=True)
class _Call:
    requests: int = 0
    good_answers: int = 0


@dataclass(slots=True)
class Stats:
    """Counts since the start or the last reset.

    `calls` are HTTP requests for a completion; `completions` the billed answers that reached the client; `abandoned`
    the requests whose client left first. `repeats` counts the calls (session, model, try, stage) that got more than one
    good answer. `statuses` has `broken` for what a fault broke off. A connection counts from its first request below
    /api/v1.
    """

    calls: int = 0
    completions: int = 0
    good_answers: int = 0
    repeats: int = 0
    abandoned: int = 0
    rate_limited: int = 0
    in_flight: int = 0
    in_flight_max: int = 0
    connections: int = 0
    connections_open: int = 0
    connections_open_max: int = 0
    models_lists: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


class Ledger:
    """Counts and log together. Every request enters once and leaves once."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Reset counts and log, except for open requests."""
        before = getattr(self, "stats", Stats())
        self.stats = Stats(
            in_flight=before.in_flight,
            in_flight_max=before.in_flight,
            connections=before.connections_open,
            connections_open=before.connections_open,
            connections_open_max=before.connections_open,
        )
        self.log: deque[LogEntry] = deque(maxlen=LOG_LINES)
        self._calls: dict[CallId, _Call] = {}
        self._next_index = 1

    def begin(self, session: str, model: str, try_index: int, stage: str, now: float) -> LogEntry:
        """Book a request for a completion in. Gives its log entry, with `nth` counted within its call."""
        entry = LogEntry(self._next_index, session, model, try_index, stage, 1, now)
        call = self._remembered(entry.call)
        call.requests += 1
        entry.nth = call.requests
        self._next_index += 1
        self.log.append(entry)
        return entry

    def _remembered(self, call_id: CallId) -> _Call:
        call = self._calls.get(call_id)
        if call is None:
            if len(self._calls) >= CALLS_REMEMBERED:
                del self._calls[next(iter(self._calls))]
            call = self._calls[call_id] = _Call()
        return call

    def enter(self) -> None:
        self.stats.calls += 1
        self.stats.in_flight += 1
        self.stats.in_flight_max = max(self.stats.in_flight_max, self.stats.in_flight)

    def answered(self, status: int, entry: LogEntry | None, now: float) -> None:
        """The client has the whole answer. `entry` is None for an unreadable request."""
        self._leave(str(status), entry, now)
        if entry is None:
            return
        entry.status, entry.answered_at = status, now
        self.stats.rate_limited += status == RATE_LIMITED
        self.stats.completions += entry.usage is not None
        if entry.good:
            self._count_good(entry)

    def broken_off(self, entry: LogEntry | None, now: float, *, by_client: bool) -> None:
        """The client gets no whole answer: a fault ended it, or the client left."""
        self._leave("abandoned" if by_client else "broken", entry, now)
        self.stats.abandoned += by_client

    def _leave(self, outcome: str, entry: LogEntry | None, now: float) -> None:
        self.stats.in_flight -= 1
        self.stats.statuses[outcome] += 1
        if entry is not None:
            entry.ended_at = now
            if entry.fault is not None:
                self.stats.faults[entry.fault] += 1

    def _count_good(self, entry: LogEntry) -> None:
        call = self._remembered(entry.call)
        call.good_answers += 1
        self.stats.good_answers += 1
        self.stats.repeats += call.good_answers == 2  # noqa: PLR2004 - the second good answer makes it a repeat

    def connection_used(self) -> None:
        self.stats.connections += 1
        self.stats.connections_open += 1
        self.stats.connections_open_max = max(self.stats.connections_open_max, self.stats.connections_open)

    def connection_closed(self) -> None:
        self.stats.connections_open -= 1
