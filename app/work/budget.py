"""A limit on what a job may cost: no call is begun once what is spent and what runs may reach it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Charge:
    """What one call is expected to cost, and what it cost once that is known."""

    expected: float
    actual: float | None = None


class Budget:
    """`spent` is what the job cost before, in US dollars. Without a limit nothing is held back.

    What a call costs is known only afterwards, so a job may end above its limit by as much as its last calls cost more
    than others of their model did before.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self.limit = limit
        self._spent = spent
        self._running: list[Charge] = []
        self._dearest: dict[str, float] = {}
        self._changed = asyncio.Condition()

    @property
    def reason(self) -> str:
        return f"The limit of {self.limit:g} US dollars (max_cost_usd) is reached: {self._spent:.4g} are spent."

    @asynccontextmanager
    async def charge(self, model: str, expected: float) -> AsyncIterator[Charge | None]:
        """A charge to be filled in, or None where the limit holds the call back. Waits while running calls decide."""
        if self.limit is None:
            # Most jobs have no limit, and this runs once per request.
            yield Charge(expected)
            return
        charge = Charge(max(expected, self._dearest.get(model, 0.0)))
        if not await self._fits(charge, self.limit):
            yield None
            return
        try:
            yield charge
        finally:
            await self._settle(model, charge)

    async def _fits(self, charge: Charge, limit: float) -> bool:
        async with self._changed:
            while self._spent + self._held() + charge.expected > limit:
                if not self._running:
                    return False
                await self._changed.wait()
            self._running.append(charge)
            return True

    def _held(self) -> float:
        return sum(charge.expected for charge in self._running)

    async def _settle(self, model: str, charge: Charge) -> None:
        async with self._changed:
            self._running.remove(charge)
            self._spent += charge.actual or 0.0
            self._dearest[model] = max(self._dearest.get(model, 0.0), charge.actual or 0.0)
            self._changed.notify_all()
