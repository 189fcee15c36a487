"""From a scan to the pages that models are shown, each an upright sRGB image of a useful size, in a subprocess."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from pathlib import Path

from app.sandbox.process import Death, WorkerDiedError, frames

WORKER = "app.scans.pages_worker"
COUNT_WORKER = "app.scans.count_worker"


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What one file may cost. `long_side` is in pixels: models scale down what is longer than some 2000."""

    long_side: int = 2000
    max_pages: int = 200
    max_pixels: int = 120_000_000
    # A hundred pages of a PDF take some 10 s.
    seconds: float = 120
    # Address space of the subprocess: a scan of 120 million pixels needs some 700 MB of it.
    memory_bytes: int = 1536 * 1024 * 1024
    # A0 is 47 inches long. Beyond this a page is a mistake or an attack.
    max_page_inches: float = 100


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One page; numbers count from 1. `note` says what a teacher should know of it, such as that it was animated."""

    number: int
    media_type: str
    content: bytes
    note: str | None = None


class ScanRefusedError(Exception):
    """No page can be made of the file. The message is for the teacher who uploaded it."""


async def pages_of(source: Path | bytes, limits: PageLimits) -> AsyncGenerator[ScanPage, None]:
    """The pages of a scan, one after the other, so that they need not all be in memory. Raises ScanRefusedError.

    Never blocks the event loop: files are opened, and pictures made, in a subprocess with limits.
    """
    try:
        async with contextlib.aclosing(frames(WORKER, asdict(limits), source, limits.seconds)) as sent:
            async for frame in sent:
                if frame.head["type"] == "error":
                    raise ScanRefusedError(frame.content.decode())
                if frame.head["type"] == "page":
                    head = frame.head
                    yield ScanPage(head["number"], head["media_type"], frame.content, head["note"])
    except WorkerDiedError as died:
        raise ScanRefusedError(_why(died.death, limits)) from None


async def count_pages(source: Path | bytes, limits: PageLimits) -> int:
    """How many pages a scan has, without making them. Raises ScanRefusedError."""
    n = 1
    try:
        async with contextlib.aclosing(frames(COUNT_WORKER, asdict(limits), source, limits.seconds)) as sent:
            async for frame in sent:
                if frame.head["type"] == "error":
                    raise ScanRefusedError(frame.content.decode())
                n = frame.head.get("n", n)
    except WorkerDiedError as died:
        raise ScanRefusedError(_why(died.death, limits)) from None
    return n


def _why(death: Death, limits: PageLimits) -> str:
    if death is Death.TIME_LIMIT:
        return f"Turning the file into pages took more than {limits.seconds:g} seconds and was stopped."
    if death is Death.MEMORY_LIMIT:
        return f"Turning the file into pages takes more than {limits.memory_bytes >> 20} MB of memory."
    return "The file is damaged in a way that stops the program that reads it."
