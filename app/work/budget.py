"""A limit on the common cost of jobs: no request starts that could bring the cost above it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.marks.reasons import Reason
from app.openrouter.call import Exchange

# The request after a cut answer asks for twice the output.
_AFTER_A_CUT = 2


@dataclass(slots=True, eq=False)
class Charge:
    """One call under a limit. `each` is the highest expected cost of one of its requests. `held` is reserved for the
    call. `actual` is the most that the call can have cost after its end. `broken_off` is the most that a request
    cancelled in flight can cost: it is billed in full.
    """

    each: float
    held: float
    broken_off: float = 0.0
    actual: float | None = None


class Spending:
    """The US dollars that jobs have spent together, and those that are reserved for their running calls.

    `users` counts the jobs that work on it in this process.
    """

    def __init__(self, spent: float = 0.0) -> None:
        self.spent = spent
        self.users = 0
        self.running: list[Charge] = []
        self.dearest: dict[str, float] = {}
        self.changed = asyncio.Condition()
        # The highest limit that held a call back, and the possible cost of the first call that it held back.
        self.ended_at = 0.0
        self.wanted = 0.0

    @property
    def committed(self) -> float:
        return self.spent + sum(charge.held for charge in self.running)


class Budget:
    """One job's limit on a `Spending`, which other jobs may share. With `limit` None no call is held back. The limit
    holds as long as no request costs more than its highest expected cost. After a request that did, the same cost is
    expected of the model's next requests.
    """

    def __init__(self, limit: float | None, spending: Spending | None = None) -> None:
        self.limit = limit
        self._spending = spending or Spending()

    @property
    def reason(self) -> str:
        """Why a call was held back, in a sentence."""
        return (
            f"The limit of {self.limit:g} US dollars (max_cost_usd) is reached: {self._spending.spent:.4g} are spent, "
            f"and the next call may cost up to {self._spending.wanted:.2g}."
        )

    def open(self) -> None:
        self._spending.users += 1

    def close(self) -> None:
        self._spending.users -= 1

    def may_have_cost(self, usd: float) -> None:
        """Count the possible cost of a call whose answer was lost with a process."""
        self._spending.spent += usd

    @asynccontextmanager
    async def charge(self, model: str, expected: float) -> AsyncIterator[Charge | None]:
        """The charge of a call that may start; None if the limit holds the call back. Waits as long as running calls
        can still free money.
        """
        if self.limit is None:
            # Most jobs have no limit, and this runs once per request.
            yield Charge(expected, expected)
            return
        each = max(expected, self._spending.dearest.get(model, 0.0))
        charge = Charge(each, each)
        if not await self._fits(charge, self.limit):
            yield None
            return
        try:
            yield charge
        finally:
            await self._settle(model, charge)

    def allows_another(self, charge: Charge, exchanges: Sequence[Exchange]) -> bool:
        """Whether the call's next request may be made after `exchanges`; reserves what it may cost."""
        if self.limit is None or not exchanges:
            return True
        was_cut = any(one.outcome.reason is Reason.OUT_OF_OUTPUT_TOKENS for one in exchanges)
        wanted = most_spent(exchanges, charge.each) + charge.each * (_AFTER_A_CUT if was_cut else 1)
        if self._spending.committed - charge.held + wanted > self.limit:
            self._spending.wanted = charge.each
            return False
        charge.held = max(charge.held, wanted)
        return True

    async def _fits(self, charge: Charge, limit: float) -> bool:
        spending = self._spending
        async with spending.changed:
            while spending.ended_at < limit and spending.committed + charge.held > limit:
                if not spending.running:
                    spending.ended_at, spending.wanted = limit, charge.held
                    spending.changed.notify_all()
                    break
                await spending.changed.wait()
            if spending.ended_at >= limit:
                return False
            spending.running.append(charge)
            return True

    async def _settle(self, model: str, charge: Charge) -> None:
        spending = self._spending
        async with spending.changed:
            spending.running.remove(charge)
            spending.spent += charge.actual or 0.0
            spending.dearest[model] = max(spending.dearest.get(model, 0.0), charge.actual or 0.0)
            spending.changed.notify_all()


def most_spent(exchanges: Sequence[Exchange], each: float) -> float:
    """The most that requests can have cost. A request without a reply may be billed in full: `each`."""
    return sum(each if one.status is None and one.outcome.sent else one.answer.usage.cost_usd for one in exchanges)
