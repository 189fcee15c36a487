"""Owns every asyncio task of the server: each has a name, its failure is logged, and shutdown waits for it."""

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class Background:
    """Tasks that outlive the request that started them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._endless: set[asyncio.Task[Any]] = set()

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

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._endless.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background task %s failed", task.get_name(), exc_info=error)

    async def drain(self, seconds: float) -> None:
        """Wait for all tasks; cancel those still running after `seconds` and wait for their end."""
        for task in self._endless:
            task.cancel()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
