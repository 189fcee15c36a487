"""Large computations in processes of their own, so that they hold up neither the event loop nor each other."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from app.errors import UpstreamUnavailableError

# A third waits its turn: two leave the server half of a small machine's time, as they run at a lower priority.
PROCESSES = 2
NICE = 10
LIMIT_SECONDS = 120.0
# Nobody asked for so long: nobody waits any more.
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.5


@dataclass
class Job:
    """One computation that several may wait for. `asked` is when somebody last did, on the monotonic clock."""

    task: "asyncio.Task[Any]"
    started: float
    asked: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    async def wait(self, seconds: float | None = None) -> bool:
        """Whether it ended within `seconds`, or at all."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self.task.done() and (end is None or time.monotonic() < end):
            self.asked = time.monotonic()
            left = LOOK_SECONDS if end is None else min(LOOK_SECONDS, max(end - time.monotonic(), 0.0))
            await asyncio.wait({self.task}, timeout=left)
        return self.task.done()


class LargeJobs:
    """At most `PROCESSES` at once; each ends with its job."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(PROCESSES)

    def start(self, function: Callable[..., Any], *arguments: Any) -> Job:
        """`function` is one of a module; it and what it takes and gives can be pickled."""
        job = Job(asyncio.create_task(self._run(function, arguments), name="large analysis"), time.monotonic())
        watch = asyncio.create_task(_give_up_without_takers(job), name="look for who waits")
        job.task.add_done_callback(lambda task: (watch.cancel(), task.cancelled() or task.exception()))
        return job

    async def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        async with self._slots:
            return await _in_a_process(function, arguments)


async def _give_up_without_takers(job: Job) -> None:
    while time.monotonic() - job.asked < PATIENCE_SECONDS:  # noqa: ASYNC110 - it waits for the clock
        await asyncio.sleep(LOOK_SECONDS)
    job.task.cancel()


async def _in_a_process(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Raises what the function raises; UpstreamUnavailableError where it takes too long or its process is gone."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, function, arguments), daemon=True)
    # Starting pickles the arguments, some megabytes.
    await asyncio.to_thread(process.start)
    there.close()
    try:
        succeeded, value = await asyncio.wait_for(asyncio.to_thread(here.recv), LIMIT_SECONDS)
    except TimeoutError:
        raise UpstreamUnavailableError(f"The analysis took longer than {LIMIT_SECONDS:g} s. Split the exam.") from None
    except EOFError:
        raise UpstreamUnavailableError("The process of the analysis ended early. Ask again.") from None
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()
    if not succeeded:
        raise value
    return value


def _work(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.nice(NICE)
    try:
        answer = True, function(*arguments)
    except Exception as error:  # noqa: BLE001 - raised where the answer was asked for
        answer = False, error
    connection.send(answer)
