"""The server's side of the subprocess: start it, send it a file, take its frames, end it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import app

_WRITE_BYTES = 1 << 20
# Content is sent whole; heads, which are read as lines, have less than a kilobyte.
_BUFFER_BYTES = 1 << 18


class Death(StrEnum):
    """Why a subprocess ended without saying anything."""

    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    CRASHED = "crashed"


class WorkerDiedError(Exception):
    """The subprocess ended before its work was done."""

    def __init__(self, death: Death) -> None:
        super().__init__(death.value)
        self.death = death


@dataclass(frozen=True, slots=True)
class Frame:
    """One answer: `head` as the worker sent it, and its bytes."""

    head: Mapping[str, Any]
    content: bytes


async def frames(
    module: str, order: Mapping[str, Any], source: Path | bytes, seconds: float
) -> AsyncGenerator[Frame, None]:
    """The frames of `module` run with `order` and the file on its standard input; the last one is `error` or `end`.

    `seconds` hold for the subprocess; waiting for whoever takes the frames does not count. Raises WorkerDiedError.
    Closing the generator kills the subprocess.
    """
    process, feeding = await _spawn(module, json.dumps(order), source)
    left = seconds
    try:
        is_done = False
        while not is_done:
            began = time.monotonic()
            async with asyncio.timeout(left):
                frame = await _next_frame(process)
            left -= time.monotonic() - began
            is_done = frame.head["type"] in {"end", "error"}
            yield frame
    except TimeoutError:
        raise WorkerDiedError(Death.TIME_LIMIT) from None
    finally:
        await _stop(process, feeding)


async def _spawn(module: str, order: str, source: Path | bytes) -> tuple[Process, asyncio.Task[None] | None]:
    """The subprocess, and the task that feeds it bytes; a file it reads itself."""
    # Nothing of the server's environment: what opens a stranger's file must not hold the server's keys.
    environment = {"PYTHONPATH": str(Path(app.__file__).parents[1]), "PATH": os.defpath}
    opened: IO[bytes] | None = None
    if isinstance(source, Path):
        opened = await asyncio.to_thread(source.open, "rb")
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-m", module, order),
            stdin=opened or asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            limit=_BUFFER_BYTES,
        )
    finally:
        if opened is not None:
            opened.close()
    if isinstance(source, Path):
        return process, None
    return process, asyncio.create_task(_feed(process, source), name="feed a file")


async def _feed(process: Process, content: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for as a pipe
    # The subprocess may stop reading before the end of the file.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for start in range(0, len(content), _WRITE_BYTES):
            process.stdin.write(content[start : start + _WRITE_BYTES])
            await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _next_frame(process: Process) -> Frame:
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    try:
        head = json.loads(await process.stdout.readuntil(b"\n"))
        return Frame(head, await process.stdout.readexactly(head["size"]))
    except (asyncio.IncompleteReadError, ValueError):
        raise WorkerDiedError(_death(await process.wait())) from None


def _death(return_code: int) -> Death:
    if return_code == -signal.SIGXCPU:
        return Death.TIME_LIMIT
    # Libraries end their process on purpose when they cannot get memory.
    if return_code in {-signal.SIGTRAP, -signal.SIGILL, -signal.SIGABRT, -signal.SIGKILL}:
        return Death.MEMORY_LIMIT
    return Death.CRASHED


async def _stop(process: Process, feeding: asyncio.Task[None] | None) -> None:
    if feeding is not None:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdout is not None:
        # Bytes that nobody read would keep the pipe open.
        await process.stdout.read()
    await process.wait()
