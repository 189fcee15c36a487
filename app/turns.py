"""Places for computations, given to owners in turns."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """At most `places` at once, of them at most `most_of_one` for one user (owner None is the operator, who may take
    all). A free place goes to the owner who holds fewest, then to the one who asked first.
    """

    def __init__(self, places: int, *, most_of_one: int | None = None) -> None:
        self._free = places
        self._most_of_one = most_of_one or places
        self._held: Counter[str | None] = Counter()
        self._waiting: list[tuple[str | None, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def of(self, owner: str | None) -> AsyncIterator[None]:
        """Wait for a place, and hold it inside the block."""
        asked = owner, asyncio.get_running_loop().create_future()
        self._waiting.append(asked)
        self._call_next()
        try:
            await asked[1]
        except asyncio.CancelledError:
            self._withdraw(asked)
            raise
        try:
            yield
        finally:
            self._give_back(owner)

    def _call_next(self) -> None:
        while self._free and (served := [asked for asked in self._waiting if self._may_hold(asked[0])]):
            chosen = min(served, key=lambda asked: self._held[asked[0]])
            self._waiting.remove(chosen)
            self._free -= 1
            self._held[chosen[0]] += 1
            chosen[1].set_result(None)

    def _may_hold(self, owner: str | None) -> bool:
        """Whether an owner may hold one more place."""
        return owner is None or self._held[owner] < self._most_of_one

    def _withdraw(self, asked: tuple[str | None, "asyncio.Future[None]"]) -> None:
        if asked in self._waiting:
            self._waiting.remove(asked)
        else:  # It was called in the moment in which it was cancelled.
            self._give_back(asked[0])

    def _give_back(self, owner: str | None) -> None:
        self._free += 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        self._call_next()
