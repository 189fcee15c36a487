"""Which tasks of a run wait and which have a request in flight. Stops and leases both read this one record."""

import asyncio
from typing import Any, Generic, TypeVar

from app.openrouter.call import Phase

K = TypeVar("K")


class Phases(Generic[K]):
    """The phase of each task that is making a call, with the key of that call.

    A task that is not in it stores an answer or has ended, and must not be interrupted.
    """

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[Any], tuple[K, Phase]] = {}

    def enter(self, task: asyncio.Task[Any], key: K, phase: Phase) -> None:
        self._tasks[task] = key, phase

    def leave(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)

    def idle(self) -> set[asyncio.Task[Any]]:
        """Tasks that wait for a slot or for their next request. A running request is paid for and may finish."""
        return {task for task, (_, phase) in self._tasks.items() if phase is not Phase.RUNNING}

    def is_running(self, task: asyncio.Task[Any]) -> bool:
        return task in self._tasks and self._tasks[task][1] is Phase.RUNNING

    def keys(self, phase: Phase) -> list[K]:
        return [key for key, now in self._tasks.values() if now is phase]
