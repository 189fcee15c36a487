"""Work that is stored for the workers of a queue."""

from collections.abc import Mapping
from typing import Any

from app.monitoring.about import CORRELATION_ID, now_about
from app.store.transport import Transport

# The most attempts of one session that a worker takes at once.
PORTION_ATTEMPTS = 25
_ADDED: Mapping[str, Mapping[str, Any]] = {
    "start_grading": {"portion_size": PORTION_ATTEMPTS},
    "create_test": {"queued": True},
    "add_document_part": {"queued": True},
    "ask_computation": {},
}


class QueuedTransport(Transport):
    """Another transport whose new work goes to the queue, in the same transaction as the rows of the work. It carries
    the correlation id of the request that asks for it.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def open(self) -> None:
        await self._transport.open()

    async def close(self) -> None:
        await self._transport.close()

    async def call(self, function: str, arguments: Mapping[str, Any]) -> Any:
        return await self._transport.call(function, _with_queue(function, arguments))

    async def call_text(self, function: str, arguments: Mapping[str, Any]) -> bytes:
        return await self._transport.call_text(function, _with_queue(function, arguments))

    async def ping(self) -> bool:
        return await self._transport.ping()


def _with_queue(function: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    added = _ADDED.get(function)
    return arguments if added is None else {**arguments, **added, CORRELATION_ID: now_about().get(CORRELATION_ID)}
