"""The limits on cost of the runs that this process works on: sessions of one exam share theirs."""

import asyncio

from app.store.runs import ClaimedRun
from app.store.sessions import Store
from app.work.budget import Budget, Spending


class Budgets:
    """What is spent under each limit. It is read from stored rows when the first run under a limit begins here, and
    counted along until the last one ends.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spendings: dict[str, Spending] = {}
        self._turn = asyncio.Lock()

    async def of(self, claimed: ClaimedRun) -> Budget:
        """The budget of a claimed run, opened; its `close` ends the run's part in it. Raises StoreError."""
        limit, budget_id = claimed.plan.get("max_cost_usd"), claimed.plan.get("budget_id")
        if limit is None or budget_id is None:
            return Budget(None)
        async with self._turn:
            self._spendings = {name: one for name, one in self._spendings.items() if one.users}
            spending = self._spendings.get(budget_id)
            if spending is None:
                spending = Spending(await self._store.budget_spent(claimed.session_id))
                self._spendings[budget_id] = spending
            budget = Budget(limit, spending)
            budget.open()
            return budget
