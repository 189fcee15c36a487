"""Computations that several clients may wait for: large ones in processes of their own, small ones in threads."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Protocol

from app.errors import UpstreamUnavailableError
from app.turns import Turns

# A third waits its turn: two leave the server half of a small machine's time, as they run at a lower priority.
PROCESSES = 2
NICE = 10
# Each takes a second at most, and Python lets one of them run at a time.
THREADS = 4
LIMIT_SECONDS = 120.0
# A client that asks again and again is taken to wait for so long after it asked last.
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.5


async def _stays() -> bool:
    return False


@dataclass(frozen=True)
class Waiter:
    """A client: for how many `seconds` it waits (None: until the end), and whether it has `gone` away since."""

    seconds: float | None = None
    gone: Callable[[], Awaitable[bool]] = _stays


PATIENT = Waiter()


class Computing(Exception):  # noqa: N818 - an answer that is not ready is no error
    """The computation goes on. `seconds` is how long it took so far; `progress`, 0 to 1, is estimated."""

    def __init__(self, seconds: float, progress: float) -> None:
        super().__init__(f"computing for {seconds:.1f} s")
        self.seconds, self.progress = seconds, progress

    def as_json(self) -> dict[str, Any]:
        return {"status": "computing", "seconds": round(self.seconds, 1), "progress": round(self.progress, 2)}


@dataclass
class Job:
    """One computation, expected to take `expected` seconds. A client that asks again may come until `wanted`."""

    task: "asyncio.Task[Any]"
    expected: float
    started: float = field(default_factory=time.monotonic)
    wanted: float = 0.0
    n_waiting: int = 0

    async def result(self, waiter: Waiter = PATIENT) -> Any:
        """Raises what the computation raises; `Computing` where the waiter waits no longer or nobody did."""
        self.n_waiting += 1
        try:
            await self._wait(waiter)
        finally:
            self.n_waiting -= 1
        if not self.task.done() or self.task.cancelled():
            raise self.computing()
        return self.task.result()

    async def _wait(self, waiter: Waiter) -> None:
        end = None if waiter.seconds is None else time.monotonic() + waiter.seconds
        while not self.task.done() and not await waiter.gone():
            left = LOOK_SECONDS if end is None else min(LOOK_SECONDS, end - time.monotonic())
            if left <= 0:
                self.wanted = time.monotonic() + PATIENCE_SECONDS
                return
            await asyncio.wait({self.task}, timeout=left)

    def computing(self) -> Computing:
        seconds = time.monotonic() - self.started
        return Computing(seconds, min(0.95, seconds / self.expected))

    async def give_up_alone(self) -> None:
        """End the computation when nobody waits for it any more."""
        while self.n_waiting or time.monotonic() < self.wanted:  # noqa: ASYNC110 - it waits for the clock
            await asyncio.sleep(LOOK_SECONDS)
        self.task.cancel()


class Elsewhere(Protocol):
    """Other processes that compute, by turns of the owners among all who ask."""

    async def computed(self, owner: str | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """`function(*arguments)`. Raises what it raises. Cancelling the caller gives it up."""


class Jobs:
    """At most `PROCESSES` large and `THREADS` small computations at once, by turns of their owners. With `elsewhere`
    it does the large ones.
    """

    def __init__(self, elsewhere: Elsewhere | None = None) -> None:
        self._elsewhere = elsewhere
        self._processes, self._threads = Turns(PROCESSES), Turns(THREADS)
        self._tasks: set[asyncio.Task[Any]] = set()

    def large(self, owner: str | None, expected: float, function: Callable[..., Any], *arguments: Any) -> Job:
        """`function` is one of a module; it and what it takes and gives can be pickled."""
        job = Job(asyncio.create_task(self._in_a_process(owner, function, arguments), name="large analysis"), expected)
        # A moment for the first to begin waiting.
        job.wanted = time.monotonic() + LOOK_SECONDS
        watch = asyncio.create_task(job.give_up_alone(), name="look for who waits")
        job.task.add_done_callback(lambda _: watch.cancel())
        return self._watched(job)

    def small(self, owner: str | None, function: Callable[..., Any], *arguments: Any) -> Job:
        """A thread cannot be ended, so that this goes on without anybody who waits."""
        job = Job(asyncio.create_task(self._in_a_thread(owner, function, arguments), name="analysis"), 1.0)
        return self._watched(job)

    def _watched(self, job: Job) -> Job:
        self._tasks.add(job.task)
        job.task.add_done_callback(self._ended)
        return job

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        # What nobody waits for any more may fail unseen.
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        """End all computations that can be ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _in_a_process(self, owner: str | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if self._elsewhere is not None:
            return await self._elsewhere.computed(owner, function, arguments)
        async with self._processes.of(owner):
            return await in_a_process(function, arguments)

    async def _in_a_thread(self, owner: str | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        async with self._threads.of(owner):
            return await asyncio.to_thread(function, *arguments)


async def in_a_process(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """`function(*arguments)`, computed in a process of its own, which ends with the caller.

    Raises what the function raises; UpstreamUnavailableError where it takes too long or finds no memory, and where
    its process is gone.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    # The start itself passes on next to nothing. It would wait for ever for a process that ended before it read
    # megabytes of arguments, because it holds the other end of its own pipe.
    process = context.Process(target=_work, args=(there,), daemon=True)
    starting = asyncio.ensure_future(asyncio.to_thread(process.start))
    try:
        await asyncio.shield(starting)
        there.close()
        asking = asyncio.to_thread(_asked, here, (function, arguments))
        succeeded, value = await asyncio.wait_for(asking, LIMIT_SECONDS)
    except TimeoutError:
        raise UpstreamUnavailableError(f"The analysis took longer than {LIMIT_SECONDS:g} s. Split the exam.") from None
    except (EOFError, OSError):
        raise UpstreamUnavailableError("The process of the analysis ended without a result. Ask again.") from None
    finally:
        if starting.done():
            _end(process)
        else:  # cancelled while it starts, perhaps again while it ends: nothing may be awaited here
            starting.add_done_callback(lambda _: _end(process))
    if isinstance(value, MemoryError):
        raise UpstreamUnavailableError("The server had no memory left for the analysis. Ask again, or split the exam.")
    if not succeeded:
        raise value
    return value


def _asked(process: "Connection[Any, Any]", question: object) -> Any:
    """What the process answers. Raises EOFError or OSError where it ends before it has answered."""
    with process:
        process.send(question)
        return process.recv()


def _end(process: SpawnProcess) -> None:
    if process.pid is not None:
        process.kill()
        # The kernel has ended it at once; this takes it off the list of processes.
        process.join()


def _work(connection: "Connection[Any, Any]") -> None:
    os.nice(NICE)
    try:
        function, arguments = connection.recv()
        answer = True, function(*arguments)
    except Exception as error:  # noqa: BLE001 - raised where the answer was asked for
        answer = False, error
    connection.send(answer)
