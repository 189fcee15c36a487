"""A gate per model: after the model's first 429, calls leave one after the other."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from app.openrouter.breaker import Breakers
from app.openrouter.pace import Pace, Sent
from app.openrouter.places import Places
from app.openrouter.quota import Quota, Window

# The share of errors is computed over so many of a model's last replies.
_REPLIES_KEPT = 100
# A model counts as in use for so long after its last call.
_IN_USE_SECONDS = 10.0
# So long after their number has changed, workers may not yet keep to the new parts: what they refuse one another then
# says nothing of the limit.
_SETTLING_SECONDS = 3.0
# A worker that begins to ask a model that others ask waits so long: all have heard of it then, and leave it its part.
_JOINING_SECONDS = 2.0
# A share that differs by less from the rate that is used changes nothing.
_SAME_SHARE = 0.05
# A waiting call looks this often in an interval whether the plan has changed.
_LOOKS = 10

State = Literal["open", "limited", "paused", "failing"]


@dataclass(frozen=True, slots=True)
class Block:
    """When the program learned that the model's limit outlasts every call, and the sentence that says so."""

    at: float
    message: str


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """The known state of a model. `rate` is the learned limit in calls a second, `at_once` the learned limit of calls
    on their way at once; None where it has no such limit, or none that is known. `error_share` is the share of errors
    among its last replies without 429s; None before the first reply.
    """

    state: State
    rate: float | None
    at_once: int | None
    waiting: int
    error_share: float | None


@dataclass(frozen=True, slots=True)
class UseElsewhere:
    """How many other `workers` ask a model now, and its whole limit in calls a second as some of them know it."""

    workers: int
    rates: Sequence[float]


_UNUSED = UseElsewhere(0, ())


@dataclass(slots=True)
class _Model:
    pace: Pace = field(default_factory=Pace)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    places: Places = field(default_factory=Places)
    quota: Quota = field(default_factory=Quota)
    waiting: int = 0
    # Calls on their way, and a sign that one of them came back.
    out: int = 0
    returned: asyncio.Event = field(default_factory=asyncio.Event)
    admitted: asyncio.Event = field(default_factory=asyncio.Event)
    closed_until: float | None = None
    # How long the gate was kept closed on purpose since the last answer other than 429.
    closed_seconds: float = 0.0
    block: Block | None = None
    failed: deque[bool] = field(default_factory=lambda: deque(maxlen=_REPLIES_KEPT))
    last_sent: float = -math.inf
    # The workers that share the model's limit, this one included.
    sharers: int = 1
    settled_at: float = -math.inf

    @property
    def rate(self) -> float | None:
        return self.pace.rate if self.places.limit is None else None

    @property
    def whole_rate(self) -> float | None:
        """The limit of all sharers together, as far as it is known here."""
        steady = self.pace.steady if self.places.limit is None else None
        return None if steady is None else steady * self.sharers

    def share(self, elsewhere: UseElsewhere, now: float) -> None:
        """Keep to an equal part of the limit, on which all who know it agree: the mean of what they know."""
        whole, before = self.whole_rate, self.sharers
        known = [*elsewhere.rates, *([] if whole is None else [whole])]
        self.sharers = elsewhere.workers + 1
        if self.places.limit is not None:
            self.places.limit = max(1, self.places.limit * before // self.sharers)
            return
        if not known:
            return
        part = sum(known) / len(known) / self.sharers
        steady = self.pace.steady
        if before != self.sharers:
            self.settled_at = now + _SETTLING_SECONDS
        if steady is None or before != self.sharers or abs(part - steady) > _SAME_SHARE * steady:
            self.pace.continue_at(part)

    @property
    def admits(self) -> bool:
        """Whether the model is known to admit calls, though not all at once."""
        return self.places.limit is not None or self.pace.admits

    @property
    def is_full(self) -> bool:
        return self.places.limit is not None and self.out >= self.places.limit


class _Models(dict[str, _Model]):
    """By name. A model is made when it is first called, with the rate that an earlier process learned, or its share."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self.hints: dict[str, float] = {}
        self.elsewhere: Mapping[str, UseElsewhere] = {}

    def __missing__(self, name: str) -> _Model:
        self[name] = made = _Model(Pace(self.hints.pop(name, None)))
        made.share(self.elsewhere.get(name, _UNUSED), self._clock())
        return made


class Turn:
    """A call's place in front of a model's gate. `leave` notes that the call is sent, `close` gives the place to the
    next call.
    """

    __slots__ = ("_gates", "_is_held", "_model")

    def __init__(self, gates: "ModelGates", model: str, *, is_held: bool) -> None:
        self._gates = gates
        self._model = model
        self._is_held = is_held

    def leave(self) -> Sent | None:
        """Notes that the call is sent now. None if it must take another turn, because the gate closed or a limit became
        known while the call queued for a permit.
        """
        sent = self._gates.sent(self._model, is_in_turn=self._is_held)
        if sent is not None:
            self.close()
        return sent

    def close(self) -> None:
        if self._is_held:
            self._is_held = False
            self._gates.pass_on(self._model)


class ModelGates:
    """The gates of all models. `clock` is monotonic, in seconds, and agrees with `sleep`."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self.breakers = Breakers(clock)
        self._models = _Models(clock)

    def begin_with(self, rates: Mapping[str, float]) -> None:
        """Begin with limits in calls a second that were learned before, for models that are not called yet."""
        self._models.hints = dict(rates)

    def rates(self) -> dict[str, float]:
        """The learned limits of the models that were called, in calls a second of all workers together."""
        return {name: known.whole_rate for name, known in self._models.items() if known.whole_rate is not None}

    def in_use(self) -> dict[str, float | None]:
        """The models that are asked now, with the learned limit of each; None where none is known."""
        return {name: known.whole_rate for name, known in self._models.items() if self._is_in_use(known)}

    def _is_in_use(self, known: _Model) -> bool:
        return bool(known.waiting or known.out or known.last_sent > self._clock() - _IN_USE_SECONDS)

    def share_with(self, elsewhere: Mapping[str, UseElsewhere]) -> None:
        """Share the limits of models with other workers, which ask these now: each keeps to an equal part."""
        self._models.elsewhere = elsewhere
        for name, known in self._models.items():
            known.share(elsewhere.get(name, _UNUSED), self._clock())

    @property
    def clock(self) -> Callable[[], float]:
        return self._clock

    def pause(self, model: str, seconds: float) -> None:
        """Closes the model's gate for `seconds` from now; a longer pause that already runs stays."""
        now, known = self._clock(), self._models[model]
        open_at = max(known.closed_until or now, now)
        until = max(open_at, now + seconds)
        known.closed_seconds += until - open_at
        known.closed_until = until

    def refused(self, model: str, sent: Sent, wait_seconds: float | None) -> None:
        """Notes that the model answered a call with 429; `wait_seconds` is the Retry-After; None without one."""
        known, now = self._models[model], self._clock()
        pace = known.pace
        if known.sharers == 1:
            # Else the calls of other workers are on their way too, and nobody knows how many.
            known.places.refused(known.out)
        if known.places.limit is not None:
            return
        if now < known.settled_at and pace.rate is not None:
            self.pause(model, 1 / pace.rate)
            return
        pace.refused(sent, now, wait_seconds)
        if not known.admits:
            known.admitted.clear()
        self.pause(model, pace.seconds_left(now))

    async def rest(self, model: str, seconds: float) -> float:
        """Waits after a 429 that asked for so many seconds, and returns how many passed: fewer where the model admits
        other calls meanwhile. The refused call then queues in front of the gate like all others.
        """
        known, begin = self._models[model], self._clock()
        if not known.admits:
            asleep = asyncio.ensure_future(self._sleep(seconds))
            admitted = asyncio.ensure_future(known.admitted.wait())
            try:
                await asyncio.wait((asleep, admitted), return_when=asyncio.FIRST_COMPLETED)
            finally:
                asleep.cancel()
                admitted.cancel()
        return self._clock() - begin

    def answered(self, model: str, sent: Sent | None = None, *, is_error: bool = False) -> None:
        """Notes that the model has answered something other than a 429."""
        known = self._models[model]
        if sent is not None and known.pace.is_limited and known.sharers == 1:
            known.places.admitted(sent.others)
        known.closed_seconds = 0.0
        known.block = None
        known.failed.append(is_error)

    def note_window(self, model: str, window: Window, sent: Sent | None) -> None:
        """Notes what a successful reply says of the window of calls. A used-up one closes the gate until it ends."""
        now = self._clock()
        self._models[model].quota.note(window, now, now if sent is None else sent.at)
        self._keep_to_quota(model)

    def _keep_to_quota(self, model: str) -> None:
        seconds = self._models[model].quota.seconds_left(self._clock())
        if seconds > 0:
            self.pause(model, seconds)

    def limited_seconds(self, model: str) -> float:
        """How long calls have waited for the model's limit since its last answer other than 429. Time without any call
        does not count.
        """
        known = self._models[model]
        left = (known.closed_until or 0.0) - self._clock()
        return max(0.0, known.closed_seconds - max(0.0, left))

    def block(self, model: str, message: str) -> None:
        """Ends the calls of the model that began before now, because its limit lasts too long."""
        self._models[model].block = Block(self._clock(), message)

    def blocked(self, model: str, began_at: float) -> str | None:
        """Why a call that began at `began_at` must not be made any more; None if it may be made."""
        block = self._models[model].block
        return block.message if block is not None and began_at <= block.at else None

    def is_open(self, model: str) -> bool:
        known = self._models[model]
        return self._seconds_left(known) <= 0 and not known.is_full

    async def turn(self, model: str) -> Turn:
        """Returns when the model's gate is open: at once while no limit is known, in turn after that. Close it."""
        known = self._models[model]
        if known.sharers > 1 and not self._is_in_use(known):
            self.pause(model, _JOINING_SECONDS)
        if not known.pace.is_limited and self.is_open(model):
            return Turn(self, model, is_held=False)
        known.waiting += 1
        try:
            await known.turn.acquire()
        finally:
            known.waiting -= 1
        turn = Turn(self, model, is_held=True)
        try:
            await self._wait(known)
        except BaseException:
            turn.close()
            raise
        return turn

    def sent(self, model: str, *, is_in_turn: bool) -> Sent | None:
        """Notes that a call leaves now; None where it may not. For `Turn`."""
        known = self._models[model]
        if not self.is_open(model) or (known.pace.is_limited and not is_in_turn):
            return None
        sent = known.pace.sent(self._clock(), known.waiting)
        if known.admits:
            known.admitted.set()
        known.quota.taken(self._clock())
        self._keep_to_quota(model)
        known.out += 1
        known.last_sent = self._clock()
        return replace(sent, others=known.out - 1)

    def back(self, model: str) -> None:
        """Notes that a call that was sent is no longer on its way, whatever became of it."""
        known = self._models[model]
        known.out -= 1
        known.returned.set()

    def pass_on(self, model: str) -> None:
        """The next call in front of the gate gets its turn. For `Turn`."""
        self._models[model].turn.release()

    def health(self) -> dict[str, ModelHealth]:
        """The known state of every model that was called."""
        return {name: self._health(name, known) for name, known in sorted(self._models.items())}

    def _health(self, name: str, known: _Model) -> ModelHealth:
        is_refusing = known.pace.refusals > 1 and self._seconds_left(known) > 0
        limited: State = "paused" if is_refusing else "limited"
        state: State = limited if known.pace.is_limited else "open"
        if self.breakers.is_open(name):
            state = "failing"
        share = sum(known.failed) / len(known.failed) if known.failed else None
        return ModelHealth(state, known.rate, known.places.limit, known.waiting, share)

    async def _wait(self, known: _Model) -> None:
        while known.is_full or self._seconds_left(known) > 0:
            if known.is_full:
                known.returned.clear()
                await known.returned.wait()
                continue
            left = self._seconds_left(known)
            # A refusal that becomes known meanwhile can bring the next call forward.
            interval = 1 / known.pace.rate if known.pace.rate else left
            await self._sleep(min(left, max(interval / _LOOKS, left - interval)) if known.pace.rate else left)

    def _seconds_left(self, known: _Model) -> float:
        now = self._clock()
        is_paced = known.pace.is_limited and known.places.limit is None
        paced = known.pace.seconds_left(now) if is_paced else 0.0
        return max(paced, (known.closed_until or now) - now)
