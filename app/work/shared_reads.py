"""One database read at a time for each key. All requests that came before it started share its answer."""

import asyncio
from collections.abc import Awaitable, Callable


class SharedReads:
    """Coalesces concurrent reads by key.

    A read serves only requests that came before it started, so that no answer is older than its request. Requests that
    come while a read is in flight share the next one. 64 polling connections then cost two reads in flight, not 64.
    """

    def __init__(self, read: Callable[[str, str | None], Awaitable[bytes]]) -> None:
        self._read = read
        self._waiting: dict[tuple[str, str | None], asyncio.Future[bytes]] = {}
        self._readers: dict[tuple[str, str | None], asyncio.Task[None]] = {}

    async def get(self, key: str, owner_id: str | None = None) -> bytes:
        wanted = (key, owner_id)
        answer = self._waiting.get(wanted)
        if answer is None:
            answer = self._waiting[wanted] = asyncio.get_running_loop().create_future()
            if wanted not in self._readers:
                self._readers[wanted] = asyncio.create_task(self._serve(wanted), name=f"read {key}")
        # Shielded: one client that goes away must not cancel the answer of the others.
        return await asyncio.shield(answer)

    async def _serve(self, wanted: tuple[str, str | None]) -> None:
        try:
            while (answer := self._waiting.pop(wanted, None)) is not None:
                try:
                    answer.set_result(await self._read(*wanted))
                except Exception as error:  # noqa: BLE001 - the failure becomes the answer of the waiting requests
                    answer.set_exception(error)
                    answer.exception()  # marked as seen: every waiting client may have gone
        finally:
            del self._readers[wanted]
