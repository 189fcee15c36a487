"""Requests that begin alike: one goes ahead and fills the provider's cache, the others follow when it is answered."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.openrouter.caching import KEPT_SECONDS
from app.openrouter.call import Phase

# A provider can read a prompt from its cache as soon as it has read it once, long before a slow answer is complete.
PATIENCE_SECONDS = 30.0
_MOST_KEPT = 10_000


@dataclass(slots=True)
class _Beginning:
    """`warm_until`: until then the provider has it. `sent_at`: since then a request that brings it is under way. Times
    are the event loop's.
    """

    warm_until: float = 0.0
    is_led: bool = False
    sent_at: float | None = None
    followers: deque[asyncio.Future[None]] = field(default_factory=deque)

    def wake(self, n: int | None = None) -> None:
        """Let the first `n` followers look again, or all."""
        left = len(self.followers) if n is None else n
        while self.followers and left > 0:
            follower = self.followers.popleft()
            if not follower.done():
                follower.set_result(None)
                left -= 1


@dataclass(slots=True)
class Lead:
    """A call in its turn. `is_answered` is set by the caller: the provider has read the request."""

    led: tuple[_Beginning, ...] = ()
    is_answered: bool = False

    def enter(self, phase: Phase) -> None:
        """Called with every phase of the call."""
        if phase is Phase.RUNNING and self.led:
            now = asyncio.get_running_loop().time()
            for one in self.led:
                if one.sent_at is None:
                    one.sent_at = now
                    one.wake()


class Leads:
    """The order of calls that begin alike, in one process. A call waits while another one of the same beginning is the
    first to be sent and has no answer yet, and at most `patience` seconds from when that was sent. If that one fails,
    the next goes ahead.
    """

    def __init__(self, *, patience: float = PATIENCE_SECONDS, kept: float = KEPT_SECONDS) -> None:
        self._patience = patience
        self._kept = kept
        self._beginnings: dict[str, _Beginning] = {}

    @asynccontextmanager
    async def turn(self, beginnings: Sequence[str]) -> AsyncIterator[Lead]:
        """Wait for the turn of a call whose request has these beginnings, the shortest first; make it inside."""
        known = [self._beginning(name) for name in beginnings]
        led: list[_Beginning] = []
        lead = Lead()
        try:
            for one in known:
                led += [one] * await self._goes_ahead(one)
            lead.led = tuple(led)
            yield lead
        finally:
            self._end(known, led, is_answered=lead.is_answered)

    async def _goes_ahead(self, one: _Beginning) -> bool:
        """Whether this call is the first with the beginning. Returns when it may be sent."""
        loop = asyncio.get_running_loop()
        while one.warm_until <= loop.time():
            if not one.is_led:
                one.is_led = True
                return True
            left = None if one.sent_at is None else one.sent_at + self._patience - loop.time()
            if left is not None and left <= 0:
                return False
            await self._look_later(one, left)
        return False

    @staticmethod
    async def _look_later(one: _Beginning, seconds: float | None) -> None:
        follower = asyncio.get_running_loop().create_future()
        one.followers.append(follower)
        try:
            async with asyncio.timeout(seconds):
                await follower
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if follower.done() and not follower.cancelled():
                one.wake(1)
            raise

    def _end(self, known: Sequence[_Beginning], led: Sequence[_Beginning], *, is_answered: bool) -> None:
        for one in led:
            one.is_led = False
        if is_answered:
            until = asyncio.get_running_loop().time() + self._kept
            for one in known:
                one.warm_until, one.sent_at = until, None
                one.wake()
        else:
            for one in led:
                one.wake(1)
                if not one.followers:
                    one.sent_at = None

    def _beginning(self, name: str) -> _Beginning:
        found = self._beginnings.get(name)
        if found is None:
            if len(self._beginnings) >= _MOST_KEPT:
                self._forget()
            found = self._beginnings[name] = _Beginning()
        return found

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._beginnings = {
            name: one for name, one in self._beginnings.items() if one.is_led or one.followers or one.warm_until > now
        }
