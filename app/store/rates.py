"""What the app asks the database about the rate limits of models."""

from collections.abc import Mapping

from app.store.base import StoreBase
from app.store.transport import Transport

# A limit may have changed since; a process that begins with an old one would ask more slowly than it could.
KEPT_HOURS = 24


class RateStore(StoreBase):
    """Learned limits in calls a second, by model. `account` is a hash of the account that they hold for."""

    def __init__(self, transport: Transport, account: str) -> None:
        super().__init__(transport)
        self._account = account

    async def rates(self) -> dict[str, float]:
        """The limits that were learned in the last `KEPT_HOURS` hours."""
        rates: dict[str, float] = await self._ask("model_rates", account=self._account, hours=KEPT_HOURS)
        return rates

    async def save(self, rates: Mapping[str, float]) -> None:
        await self._ask("save_model_rates", account=self._account, rates=rates)
