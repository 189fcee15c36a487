"""What work costs in processor time. A wall clock would also count what other programs do on the machine."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def cheap(seconds: float) -> Iterator[None]:
    """The test fails if this thread computes for `seconds` or longer inside the block."""
    before = time.thread_time()
    yield
    took = time.thread_time() - before
    assert took < seconds, f"{took:.2f} s of computing"


async def turns_beside(work: Callable[[], Awaitable[object]]) -> list[float]:
    """Run `work` and meanwhile go round the event loop; how many seconds each round computed in the loop's thread.

    Work that computes in the loop makes one round long. Work that blocks the loop without computing leaves few rounds.
    """
    rounds: list[float] = []
    working = asyncio.ensure_future(work())
    gc.disable()  # looking through all objects of a test process takes as long as a fault would
    try:
        while not working.done():
            before = time.thread_time()
            await asyncio.sleep(0)
            rounds.append(time.thread_time() - before)
    finally:
        gc.enable()
    await working
    return rounds


def database_seconds(server: psutil.Process) -> float:
    """For how many seconds a database server has computed since its start, in all its processes."""
    running = sum(sum(process.cpu_times()[:2]) for process in (server, *server.children()))
    return running + sum(server.cpu_times()[2:4])
