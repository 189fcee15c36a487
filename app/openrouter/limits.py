"""Who may send a request now: a global cap that is fair between sessions, and a pause per model after a 429."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType


class FairLimiter:
    """At most `capacity` slots held at once; a free slot goes round robin to the waiting keys, first come first served
    within a key. Use as `async with limiter.slot(key)`. Every operation is O(1), amortised over cancelled waiters.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self._in_flight = 0
        self._peak = 0
        # In the order in which the keys take their turn. A key is here only while it has waiters.
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def in_flight(self) -> int:
        """Slots held now."""
        return self._in_flight

    @property
    def peak(self) -> int:
        """The most slots ever held at once."""
        return self._peak

    def slot(self, key: str) -> "_Slot":
        return _Slot(self, key)

    async def acquire(self, key: str) -> None:
        # A free slot means that nobody waits: release() hands slots over before it frees them.
        if self._in_flight < self.capacity:
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Hands the slot to the next waiter, or frees it when there is none."""
        while self._waiting:
            key, queue = self._waiting.popitem(last=False)
            turn = _first_live(queue)
            if queue:
                self._waiting[key] = queue
            if turn is not None:
                turn.set_result(None)
                return
        self._in_flight -= 1


class _Slot:
    """What `slot()` returns: no generator, because this runs once per request."""

    __slots__ = ("_key", "_limiter")

    def __init__(self, limiter: FairLimiter, key: str) -> None:
        self._limiter = limiter
        self._key = key

    async def __aenter__(self) -> None:
        await self._limiter.acquire(self._key)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limiter.release()


def _first_live(queue: deque[asyncio.Future[None]]) -> asyncio.Future[None] | None:
    while queue:
        turn = queue.popleft()
        if not turn.done():
            return turn
    return None


@dataclass(frozen=True, slots=True)
class Block:
    """When a model turned out to be limited for longer than any call waits, and the sentence that says so."""

    at: float
    message: str


class ModelGates:
    """A gate per model: open unless a 429 has paused it. `clock` is monotonic, in seconds, and agrees with `sleep`."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._closed_until: dict[str, float] = {}
        # For how long a 429 closed each model's gate, since its last answer that was no 429.
        self._closed_seconds: dict[str, float] = {}
        self._blocks: dict[str, Block] = {}

    def pause(self, model: str, seconds: float) -> None:
        """Closes the model's gate for `seconds` from now; a longer pause that is already running stands."""
        now = self._clock()
        open_at = max(self._closed_until.get(model, now), now)
        until = max(open_at, now + seconds)
        self._closed_seconds[model] = self._closed_seconds.get(model, 0.0) + until - open_at
        self._closed_until[model] = until

    def answered(self, model: str) -> None:
        """Notes that the model has answered something other than a 429."""
        self._closed_seconds.pop(model, None)
        self._blocks.pop(model, None)

    def limited_seconds(self, model: str) -> float:
        """For how long calls have waited for the model's limit since its last answer that was no 429. Time in which
        nobody asked does not count.
        """
        return max(0.0, self._closed_seconds.get(model, 0.0) - max(0.0, self._seconds_left(model)))

    def block(self, model: str, message: str) -> None:
        """Ends the calls of the model that began before now: its limit ends too late to wait for it."""
        self._blocks[model] = Block(self._clock(), message)

    def blocked(self, model: str, began_at: float) -> str | None:
        """Why a call that began at `began_at` must not be made any more; None if it may be made."""
        block = self._blocks.get(model)
        return block.message if block is not None and began_at <= block.at else None

    @property
    def clock(self) -> Callable[[], float]:
        return self._clock

    def is_open(self, model: str) -> bool:
        return self._seconds_left(model) <= 0

    async def wait(self, model: str) -> None:
        """Wait until the model's gate is open."""
        while (left := self._seconds_left(model)) > 0:
            await self._sleep(left)

    def _seconds_left(self, model: str) -> float:
        until = self._closed_until.get(model)
        if until is None:
            return 0.0
        left = until - self._clock()
        if left <= 0:
            del self._closed_until[model]
        return left
