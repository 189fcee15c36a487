"""Keeps the learned rate limits of models over a restart: they are read at the start and stored every few seconds."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

from app.errors import AppError
from app.openrouter.gates import ModelGates
from app.store.rates import RateStore

log = logging.getLogger(__name__)

SAVE_SECONDS = 5.0
# A learned rate moves a little with every call; so small a change is not worth a write.
_WORTH_SAVING = 0.02


def account_of(api_key: str, base_url: str) -> str:
    """Names the account whose limits are learned, without its key: keys are random, so that none can be guessed."""
    return hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:32]


class LearnedRates:
    """The rates that the gates have learned, as far as they are stored."""

    def __init__(
        self, store: RateStore, gates: ModelGates, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._store = store
        self._gates = gates
        self._sleep = sleep
        self._stored: dict[str, float] = {}

    async def load(self) -> None:
        """Let the gates begin with the stored rates. Without an answer of the database they begin with none."""
        try:
            self._stored = await self._store.rates()
        except AppError as error:
            log.warning("the learned rate limits cannot be read: %s", error)
            return
        self._gates.begin_with(self._stored)

    async def save(self) -> None:
        """Store the rates that changed. Raises the AppErrors of the store."""
        new = {model: rate for model, rate in self._gates.rates().items() if self._is_new(model, rate)}
        if new:
            await self._store.save(new)
            self._stored |= new

    async def keep_saving(self) -> None:
        while True:
            await self._sleep(SAVE_SECONDS)
            await self.save_if_possible()

    async def save_if_possible(self) -> None:
        """As `save`, but a failure is only logged: the rates can be learned again."""
        try:
            await self.save()
        except AppError as error:
            log.warning("the learned rate limits cannot be stored: %s", error)

    def _is_new(self, model: str, rate: float) -> bool:
        stored = self._stored.get(model)
        return stored is None or abs(rate - stored) > _WORTH_SAVING * stored
