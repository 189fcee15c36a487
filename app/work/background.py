"""Owns every asyncio task of the server: each has a name, its failure is logged, and shutdown waits for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
STEADY_SECONDS = 1.0
# How long a cancelled task may take to end. A queue of a database that is away took for ever.
END_SECONDS = 2.0


class Background:
    """Tasks that outlive the request that started them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._endless: set[asyncio.Task[Any]] = set()
        # Why each loop that should run does not, by its name.
        self.down: dict[str, str] = {}

    def start(self, work: Coroutine[Any, Any, T], *, name: str, endless: bool = False) -> "asyncio.Task[T]":
        """Run `work` as a task. An `endless` task never ends by itself, so `drain` cancels it first. It serves others
        than the request that started it too, so it does not carry that request's id.
        """
        task = asyncio.create_task(work, name=name, context=Context() if endless else None)
        self._tasks.add(task)
        if endless:
            self._endless.add(task)
        task.add_done_callback(self._finished)
        return task

    def keep(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        *,
        name: str,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> "asyncio.Task[None]":
        """Run a loop until it returns. One that dies is started again after a second, and is `down` meanwhile and until
        it has run for a second.
        """
        return self.start(self._kept(work, name, sleep), name=name, endless=True)

    async def _kept(
        self, work: Callable[[], Coroutine[Any, Any, None]], name: str, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        while True:
            running = asyncio.create_task(work(), name=f"{name} (loop)")
            try:
                if not (await asyncio.wait({running}, timeout=STEADY_SECONDS))[0]:
                    self.down.pop(name, None)
                    await asyncio.wait({running})
            except asyncio.CancelledError:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                raise
            fault = asyncio.CancelledError() if running.cancelled() else running.exception()
            if fault is None:
                return
            self.down[name] = type(fault).__name__
            log.error("%s: the loop died and is started again", name, exc_info=fault)
            await sleep(AGAIN_SECONDS)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._endless.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background task %s failed", task.get_name(), exc_info=error)

    async def drain(self, seconds: float) -> None:
        """Wait for all tasks; cancel those still running after `seconds`, and wait for their end. A task that does not
        end even so is left behind, because the process must end.
        """
        for task in self._endless:
            task.cancel()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            _, stuck = await asyncio.wait(late, timeout=END_SECONDS)
            for task in stuck:
                log.warning("background task %s does not end; it is left behind", task.get_name())
