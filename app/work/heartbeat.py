"""Tells the database every second that this worker lives, and learns which work was stopped or given to others."""

import asyncio
import logging
import os
import platform
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from app.errors import AppError
from app.store.work import Beat, WorkStore
from app.work.launcher import Run
from app.work.portions import PortionLauncher

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0


class Holds(Protocol):
    """A launcher whose runs have leases in the database."""

    def live(self) -> dict[str, Run]: ...


class Heartbeat:
    """`portions` and `others` are the launchers of this worker; `on_beat` is told what each beat brought. `models`
    gives the models that this worker asks on its account, with their limits.
    """

    def __init__(
        self,
        store: WorkStore,
        worker: str,
        portions: PortionLauncher,
        others: Sequence[Holds],
        *,
        on_beat: Callable[[Beat], None],
        account: str = "",
        models: Callable[[], Mapping[str, float | None]] = dict,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self.worker = worker
        self._has_left = False
        self._portions = portions
        self._launchers: tuple[Holds, ...] = (portions, *others)
        self._on_beat = on_beat
        self._account = account
        self._models = models
        self._sleep = sleep
        self._clock = clock
        self._answered_at = clock()

    @property
    def silent_seconds(self) -> float:
        """Since when the database has not answered a beat."""
        return self._clock() - self._answered_at

    async def keep_beating(self) -> None:
        while not self._has_left:
            await self._sleep(BEAT_SECONDS)
            await self.beat_if_possible()

    async def beat_if_possible(self) -> None:
        """As `beat`, but a failure is only logged."""
        try:
            await self.beat()
        except AppError as error:
            log.warning("the database does not hear that this worker lives: %s", error)
        except Exception:
            # Beats must survive every fault: others would take the work of this process.
            log.exception("a beat of this worker failed")

    async def beat(self) -> None:
        """Raises the AppErrors of the store."""
        before = {name: run for launcher in self._launchers for name, run in launcher.live().items()}
        beat = await self._store.beat(
            self.worker, platform.node(), os.getpid(), account=self._account, models=self._models()
        )
        self._answered_at = self._clock()
        if beat.released:
            log.warning("released the work of %d workers that died", beat.released)
            self._portions.wake()
        for session_id, reason in beat.stops.items():
            self._portions.stopped(session_id, reason)
        for name, run in before.items():
            if name not in beat.held:
                # It was cancelled or deleted, or others took it. If it ended just now, this changes nothing.
                run.leave()
        self._on_beat(beat)

    async def leave(self) -> None:
        """This worker ends. What it still holds goes to others."""
        self._has_left = True
        try:
            await self._store.leave(self.worker)
        except AppError as error:
            log.warning("this worker ends without the database hearing of it: %s", error)
