"""Who may send a request now: a global cap that is fair between sessions."""

import asyncio
from collections import OrderedDict, deque
from types import TracebackType


class FairLimiter:
    """At most `capacity` permits held at once. A free permit goes round robin to the waiting keys, and within a key to
    the first who waits. Use as `async with limiter.permit(key)`. Every operation is O(1), amortised over cancelled
    waiters.
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
        """Permits held now."""
        return self._in_flight

    @property
    def peak(self) -> int:
        """The most permits ever held at once."""
        return self._peak

    def resize(self, capacity: int) -> None:
        """Change the capacity. Permits above a smaller one are freed as their requests end."""
        self.capacity = max(capacity, 1)
        while self._in_flight < self.capacity and self._pass_on():
            self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)

    def permit(self, key: str) -> "_Permit":
        return _Permit(self, key)

    async def acquire(self, key: str) -> None:
        # A free permit means that nobody waits: release() hands permits over before it frees them.
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
        """Hands the permit to the next waiter, or frees it when there is none."""
        if self._in_flight > self.capacity or not self._pass_on():
            self._in_flight -= 1

    def _pass_on(self) -> bool:
        """Let the next waiter go; whether there was one."""
        while self._waiting:
            key, queue = self._waiting.popitem(last=False)
            turn = _first_live(queue)
            if queue:
                self._waiting[key] = queue
            if turn is not None:
                turn.set_result(None)
                return True
        return False


class _Permit:
    """What `permit()` returns: no generator, because this runs once per request."""

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
