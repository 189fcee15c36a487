"""Holds markers back from an exam's other scripts until they have marked the seeds; stops those that missed them."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.marks.reasons import Reason
from app.marks.seeds import SeedVerdict, seed_verdict
from app.openrouter.call import Failure
from app.store.sessions import Store

POLL_SECONDS = 0.5
_MOST_KEPT = 16

_Shown = frozenset[tuple[str, str]]
_Key = tuple[tuple[str, ...], int | None, _Shown]


class SeedsFirst:
    """One per process: a thousand scripts that wait for the same seeds share one look-up every half second."""

    def __init__(
        self,
        store: Store,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._sleep = sleep
        self._clock = clock
        self._turn = asyncio.Lock()
        self._found: dict[_Key, tuple[float, dict[str, SeedVerdict]]] = {}

    async def refusal(self, plan: Mapping[str, Any], marker: str) -> Failure | None:
        """Why the marker must not mark; None if it may. The run's `plan` names the seeds, {session_ids, limit}.

        Waits while a seed is being graded by this marker. A seed that is not being graded holds nothing back. A seed
        that the marker sees as a worked example says nothing about it.
        """
        ids = tuple(plan["seeds"]["session_ids"])
        shown = ((one["key"], seen) for one in plan["markers"] for seen in one.get("examples", ()) if seen in ids)
        key = (ids, plan["seeds"]["limit"], frozenset(shown))
        while (found := (await self._verdicts(key)).get(marker)) is not None:
            if found.stopped:
                return Failure(Reason.MISSED_SEEDS, found.sentence)
            if not found.unfinished:
                break
            await self._sleep(POLL_SECONDS)
        return None

    async def _verdicts(self, key: _Key) -> dict[str, SeedVerdict]:
        async with self._turn:
            at, found = self._found.get(key, (-math.inf, {}))
            if self._clock() - at >= POLL_SECONDS:
                seeds = await self._store.seed_runs(key[0], current=True)
                markers = {attempt["model_name"] for seed in seeds for attempt in seed["attempts"]}
                found = {
                    marker: seed_verdict(marker, [s for s in seeds if (marker, s["session_id"]) not in key[2]], key[1])
                    for marker in markers
                }
                if len(self._found) >= _MOST_KEPT:
                    self._found.clear()
                self._found[key] = (self._clock(), found)
        return found
