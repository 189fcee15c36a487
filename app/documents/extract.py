"""Text out of a document, and images of its scanned pages, in one spawned subprocess with limits.

pdfium is not thread-safe, and a document is hostile until it has been read: it gets a process of its own that has
neither secrets nor much time and memory, and the event loop only moves bytes.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import app
from app.documents.extraction import (
    DocumentKind,
    Extraction,
    ExtractionError,
    ExtractionLimits,
    Page,
    Refusal,
)
from app.marks.model import Json

__all__ = [
    "DocumentKind",
    "Extraction",
    "ExtractionError",
    "ExtractionLimits",
    "Page",
    "Refusal",
    "extract",
    "preflight",
    "render",
]

_DEFAULT_LIMITS = ExtractionLimits()
_WRITE_BYTES = 1 << 20
# PNGs are sent whole; headers, which are read as lines, have less than 200 bytes.
_BUFFER_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class _Frame:
    head: dict[str, Json]
    content: bytes


async def extract(
    document: Path | bytes, content_hint: str = "", limits: ExtractionLimits = _DEFAULT_LIMITS
) -> Extraction:
    """The text of a document, page by page. `content_hint` is its file name or media type, which is not trusted.

    Raises ExtractionError with the reason and a message for the teacher. Never blocks the event loop.
    """
    started = time.perf_counter()
    pages: list[Page] = []
    kind, peak = DocumentKind.TEXT, 0
    left_out: tuple[dict[str, Json], ...] = ()
    async with contextlib.aclosing(_frames(document, content_hint, limits)) as frames:
        async for frame in frames:
            if frame.head["type"] == "page":
                kind = DocumentKind(frame.head["kind"])
                pages.append(Page(frame.head["number"], frame.content.decode(), frame.head["is_scan"]))
            else:
                peak, left_out = frame.head["peak_bytes"], tuple(frame.head["left_out"])
    return Extraction(kind, tuple(pages), peak, time.perf_counter() - started, left_out)


async def preflight(
    document: Path | bytes, content_hint: str = "", limits: ExtractionLimits = _DEFAULT_LIMITS
) -> DocumentKind:
    """What kind of document it is, once its first page was read. Raises ExtractionError for one that no page can be
    read of: wrong type, encrypted, damaged, too many pages.
    """
    async with contextlib.aclosing(_frames(document, content_hint, limits, first_only=True)) as frames:
        async for frame in frames:
            if frame.head["type"] == "page":
                return DocumentKind(frame.head["kind"])
    raise ExtractionError(Refusal.EMPTY, "The document has no pages.")


async def render(
    document: Path | bytes, pages: Sequence[int], limits: ExtractionLimits = _DEFAULT_LIMITS
) -> AsyncGenerator[tuple[int, bytes], None]:
    """Pages of a PDF as PNGs at 200 dpi, one after the other, so that they need not all be in memory.

    The time limit holds for the subprocess as a whole; waiting for whoever takes the images does not count.
    """
    async with contextlib.aclosing(_frames(document, "", limits, numbers=list(pages))) as frames:
        async for frame in frames:
            if frame.head["type"] == "image":
                yield frame.head["number"], frame.content


async def _frames(
    document: Path | bytes,
    hint: str,
    limits: ExtractionLimits,
    *,
    numbers: list[int] | None = None,
    first_only: bool = False,
) -> AsyncGenerator[_Frame, None]:
    size = await asyncio.to_thread(_size, document)
    if size > limits.max_bytes:
        raise ExtractionError(Refusal.TOO_LARGE, f"The file has more than {limits.max_bytes >> 20} MB.")
    order = json.dumps({"hint": hint[-200:], "limits": asdict(limits), "first_only": first_only, "render": numbers})
    process, feeding = await _spawn(document, order)
    left = limits.seconds
    try:
        is_done = False
        while not is_done:
            began = time.monotonic()
            async with asyncio.timeout(left):
                frame = await _next_frame(process, limits)
            left -= time.monotonic() - began
            is_done = frame.head["type"] == "end"
            yield frame
    except TimeoutError:
        raise ExtractionError(
            Refusal.TIME_LIMIT, f"Reading the document took more than {limits.seconds:g} seconds and was stopped."
        ) from None
    finally:
        await _stop(process, feeding)


def _size(document: Path | bytes) -> int:
    return len(document) if isinstance(document, bytes) else document.stat().st_size


async def _spawn(document: Path | bytes, order: str) -> tuple[asyncio.subprocess.Process, asyncio.Task[None] | None]:
    """The subprocess, and the task that feeds it bytes; a file it reads itself."""
    # Nothing of the server's environment: what opens a stranger's file must not hold the server's keys.
    environment = {"PYTHONPATH": str(Path(app.__file__).parents[1]), "PATH": os.defpath}
    command = [sys.executable, "-P", "-s", "-m", "app.documents.extract_worker", order]
    opened: IO[bytes] | None = None
    if isinstance(document, Path):
        opened = await asyncio.to_thread(document.open, "rb")
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=opened or asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            limit=_BUFFER_BYTES,
        )
    finally:
        if opened is not None:
            opened.close()
    if isinstance(document, Path):
        return process, None
    return process, asyncio.create_task(_feed(process, document), name="feed document")


async def _feed(process: asyncio.subprocess.Process, document: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for as a pipe
    # It may stop reading whenever it has seen enough.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for start in range(0, len(document), _WRITE_BYTES):
            process.stdin.write(document[start : start + _WRITE_BYTES])
            await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _next_frame(process: asyncio.subprocess.Process, limits: ExtractionLimits) -> _Frame:
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    try:
        head = json.loads(await process.stdout.readuntil(b"\n"))
        content = await process.stdout.readexactly(head["size"])
    except (asyncio.IncompleteReadError, ValueError):
        raise _died(await process.wait(), limits) from None
    if head["type"] == "error":
        reason = Refusal(head["reason"])
        raise ExtractionError(reason, content.decode() or _needs_memory(limits))
    return _Frame(head, content)


def _needs_memory(limits: ExtractionLimits) -> str:
    return f"Reading the document takes more than {limits.memory_bytes >> 20} MB of memory."


def _died(return_code: int, limits: ExtractionLimits) -> ExtractionError:
    if return_code == -signal.SIGXCPU:
        return ExtractionError(Refusal.TIME_LIMIT, f"Reading the document took more than {limits.seconds:g} seconds.")
    # pdfium ends its process on purpose when it cannot get memory.
    if return_code in {-signal.SIGTRAP, -signal.SIGILL, -signal.SIGABRT, -signal.SIGKILL}:
        return ExtractionError(Refusal.MEMORY_LIMIT, _needs_memory(limits))
    return ExtractionError(Refusal.CRASHED, "The document is damaged in a way that stops the program that reads it.")


async def _stop(process: asyncio.subprocess.Process, feeding: asyncio.Task[None] | None) -> None:
    if feeding is not None:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdout is not None:
        # What is left in the pipe holds it open.
        await process.stdout.read()
    await process.wait()
