"""What every part of the store has in common: a transport, and whose rows it may see. Also the one policy for a
database that does not answer or refuses.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from app.errors import UpstreamUnavailableError
from app.store.transport import DataError, StoreError, Transport

log = logging.getLogger(__name__)

T = TypeVar("T")
Row = dict[str, Any]

# How long a claim is good without being renewed, on the clock of the database.
LEASE_SECONDS = 15
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0
# A refusal may pass, for example while a migration replaces a function. A longer one is permanent.
REFUSED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """What one owner may start and spend on one day (UTC). Without an owner, as with an API key, nothing is limited."""

    attempts: int
    usd: float

    def as_json(self) -> dict[str, float]:
        return {"daily_attempts": self.attempts, "daily_usd": self.usd}


class StoreBase:
    """Methods of subclasses raise the AppErrors of `transport` and nothing else."""

    def __init__(self, transport: Transport, owner_id: str | None = None) -> None:
        self._transport = transport
        self._owner_id = owner_id

    @property
    def owner_id(self) -> str | None:
        """Whose rows are seen; None sees all."""
        return self._owner_id

    def for_owner(self, owner_id: str | None) -> Self:
        """The same store, seeing only what one owner has. None sees all."""
        return self if owner_id is None else type(self)(self._transport, owner_id)

    async def _ask(self, function: str, **arguments: Any) -> Any:
        return await self._transport.call(function, self._owned(arguments))

    async def _ask_text(self, function: str, **arguments: Any) -> bytes:
        return await self._transport.call_text(function, self._owned(arguments))

    def _owned(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return arguments if self._owner_id is None else {**arguments, "owner_id": self._owner_id}


async def until_answered(
    ask: Callable[[], Awaitable[T]], what: str, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """Repeat `ask` until the database answers, and return the answer; `what` names the work in the log.

    While the database is away, it is asked for as long as the process lives. While it refuses (StoreError), it is asked
    for a minute, and then that StoreError is raised. Every other error, such as DataError or NotFoundError, is raised
    at once, because a repeat would give the same.
    """
    wait, refused = FIRST_WAIT_SECONDS, 0.0
    while True:
        try:
            return await ask()
        except DataError:
            raise
        except StoreError as error:
            if refused >= REFUSED_SECONDS:
                raise
            refused += wait
            log.warning("%s waits, the database refuses: %s", what, error)
        except UpstreamUnavailableError as error:
            log.warning("%s waits for the database: %s", what, error)
        await sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
