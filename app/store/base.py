"""What every part of the store has in common: a transport, and whose rows it may see."""

from collections.abc import Mapping
from typing import Any, Self

from app.store.transport import Transport

Row = dict[str, Any]

# How long a claim is good without being renewed, on the clock of the database.
LEASE_SECONDS = 15


class StoreBase:
    """Methods of subclasses raise the AppErrors of `transport` and nothing else."""

    def __init__(self, transport: Transport, owner_id: str | None = None) -> None:
        self._transport = transport
        self._owner_id = owner_id

    def for_owner(self, owner_id: str | None) -> Self:
        """The same store, seeing only what one owner has. None sees all."""
        return self if owner_id is None else type(self)(self._transport, owner_id)

    async def _ask(self, function: str, **arguments: Any) -> Any:
        return await self._transport.call(function, self._owned(arguments))

    async def _ask_text(self, function: str, **arguments: Any) -> bytes:
        return await self._transport.call_text(function, self._owned(arguments))

    def _owned(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return arguments if self._owner_id is None else {**arguments, "owner_id": self._owner_id}
