"""Holding a lease, and calls under it. Work ends in one of two ways: stopped for good, or left to another process.
No call starts unless this process holds the lease and the work still goes on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from app.openrouter.call import CallResult, CompletionRequest, Exchange, Phase
from app.openrouter.client import OpenRouterClient
from app.store.base import LEASE_SECONDS, until_answered

log = logging.getLogger(__name__)

RENEW_SECONDS = 3.0
LOST = "the lease was lost"


class Renewal(Protocol):
    """`held` is False if another process holds the lease, or the job is deleted or over."""

    @property
    def held(self) -> bool: ...

    @property
    def stop_reason(self) -> str | None: ...


async def _renew_nothing() -> Renewal:
    raise RuntimeError("the work is over")


class Tenure:
    """The right of one process to work on one job; it ends unless it is renewed.

    The lease runs from `granted_at`, the moment before it was asked for, on `clock` (monotonic, in seconds). When no
    further call may be made, `interrupt` cancels the waiting calls; running calls finish. `our_fault` is the sentence
    that users read if this loop fails.
    """

    def __init__(
        self,
        name: str,
        renew: Callable[[], Awaitable[Renewal]],
        *,
        granted_at: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        interrupt: Callable[[], None],
        our_fault: str,
    ) -> None:
        self._name = name
        self._renew = renew
        self._clock = clock
        self._sleep = sleep
        self._interrupt = interrupt
        self._our_fault = our_fault
        # Why the work was stopped for good, and whether it was left to another process.
        self.stop_reason: str | None = None
        self.left = False
        self._asked_at = granted_at
        self._good_until = granted_at + LEASE_SECONDS
        self._good = asyncio.Event()
        self._good.set()

    @property
    def ended(self) -> bool:
        return self.left or self.stop_reason is not None

    def stop(self, reason: str) -> None:
        """End the work for good: queued calls are cancelled at once, running calls finish and are stored."""
        if self.stop_reason is None:
            self.stop_reason = reason
            log.warning("%s stops: %s", self._name, reason)
            self._end()

    def leave(self) -> None:
        """End the work in this process; another process (or this one, later) continues. Running calls finish and are
        stored.
        """
        self.left = True
        self._end()

    def forget_work(self) -> None:
        """Let go of the work. It refers to this tenure and holds its requests with their images, and Python looks for
        such cycles rarely.
        """
        self._interrupt = lambda: None
        self._renew = _renew_nothing

    def _end(self) -> None:
        # Tasks that wait for a good lease must wake up and see that the work has ended.
        self._good.set()
        self._interrupt()

    async def until_good(self) -> None:
        await self._good.wait()

    def may_ask(self) -> bool:
        """Whether one more call may be made now."""
        if self._clock() >= self._good_until:
            # Another process may hold the lease by now: no new call until a renewal has been answered.
            if not self.ended:
                self._good.clear()
            return False
        return self._good.is_set() and not self.ended

    async def keep(self) -> None:
        """Renew until the lease is lost or this is cancelled."""
        try:
            await self._renew_until_lost()
        except Exception:
            # Without renewals every queued call would wait for ever, and no user would see why.
            log.exception("%s: the lease is no longer renewed", self._name)
            self.stop(self._our_fault)

    async def _renew_now(self) -> Renewal:
        self._asked_at = self._clock()
        return await self._renew()

    async def _renew_until_lost(self) -> None:
        while True:
            lease = await until_answered(self._renew_now, f"{self._name} (lease)", sleep=self._sleep)
            if not lease.held:
                log.warning("%s: %s", self._name, LOST)
                self.leave()
                return
            self._good_until = self._asked_at + LEASE_SECONDS
            self._good.set()
            if lease.stop_reason is not None:
                self.stop(lease.stop_reason)
            await self._sleep(RENEW_SECONDS)


async def ask_under_lease(
    client: OpenRouterClient,
    tenure: Tenure,
    request: CompletionRequest,
    *,
    on_phase: Callable[[Phase], None],
    exchanges: list[Exchange],
    affordable: Callable[[], bool] = lambda: True,
) -> CallResult:
    """Make one call and return its result. Every HTTP request of it is added to `exchanges` as soon as it ends.
    `affordable` is asked before each; once it says no, the last failure is final.

    A failure that every other call of the account would meet as well stops the work. Raises CancelledError if the work
    ended before the call was made.
    """
    while True:
        on_phase(Phase.QUEUED)
        await tenure.until_good()
        permit = _Permit(tenure.may_ask, affordable)
        result = await client.complete(request, on_phase=on_phase, keep_going=permit, exchanges=exchanges)
        if not permit.refused:
            break
        if tenure.ended:
            # The call was never made: the caller sees the same as after an interruption in the queue.
            raise asyncio.CancelledError
    if result.failure is not None and result.failure.account_fatal:
        tenure.stop(result.failure.message)
    return result


class _Permit:
    """Says whether a request may be made. `refused`: the last one may not, for the lease or the end of the work."""

    def __init__(self, may_ask: Callable[[], bool], affordable: Callable[[], bool]) -> None:
        self._may_ask = may_ask
        self._affordable = affordable
        self.refused = False

    def __call__(self) -> bool:
        self.refused = not self._may_ask()
        return not self.refused and self._affordable()
