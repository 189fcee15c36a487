"""Text out of a document, and images of its scanned pages, in one spawned subprocess with limits.

pdfium is not thread-safe, and a document is hostile until it has been read: it gets a process of its own that has
neither secrets nor much time and memory, and the event loop only moves bytes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict
from pathlib import Path

from app.documents.extraction import (
    DocumentKind,
    Extraction,
    ExtractionError,
    ExtractionLimits,
    Page,
    Refusal,
)
from app.marks.model import Json
from app.sandbox.process import Death, Frame, WorkerDiedError, frames

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
WORKER = "app.documents.extract_worker"


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
    async with contextlib.aclosing(_frames(document, content_hint, limits)) as sent:
        async for frame in sent:
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
    async with contextlib.aclosing(_frames(document, content_hint, limits, first_only=True)) as sent:
        async for frame in sent:
            if frame.head["type"] == "page":
                return DocumentKind(frame.head["kind"])
    raise ExtractionError(Refusal.EMPTY, "The document has no pages.")


async def render(
    document: Path | bytes, pages: Sequence[int], limits: ExtractionLimits = _DEFAULT_LIMITS
) -> AsyncGenerator[tuple[int, bytes], None]:
    """Pages of a PDF as PNGs at 200 dpi, one after the other, so that they need not all be in memory.

    The time limit holds for the subprocess as a whole; waiting for whoever takes the images does not count.
    """
    async with contextlib.aclosing(_frames(document, "", limits, numbers=list(pages))) as sent:
        async for frame in sent:
            if frame.head["type"] == "image":
                yield frame.head["number"], frame.content


async def _frames(
    document: Path | bytes,
    hint: str,
    limits: ExtractionLimits,
    *,
    numbers: list[int] | None = None,
    first_only: bool = False,
) -> AsyncGenerator[Frame, None]:
    size = await asyncio.to_thread(_size, document)
    if size > limits.max_bytes:
        raise ExtractionError(Refusal.TOO_LARGE, f"The file has more than {limits.max_bytes >> 20} MB.")
    order = {"hint": hint[-200:], "limits": asdict(limits), "first_only": first_only, "render": numbers}
    try:
        async with contextlib.aclosing(frames(WORKER, order, document, limits.seconds)) as sent:
            async for frame in sent:
                if frame.head["type"] == "error":
                    reason = Refusal(frame.head["reason"])
                    raise ExtractionError(reason, frame.content.decode() or _needs_memory(limits))
                yield frame
    except WorkerDiedError as died:
        raise _as_refusal(died.death, limits) from None


def _size(document: Path | bytes) -> int:
    return len(document) if isinstance(document, bytes) else document.stat().st_size


def _needs_memory(limits: ExtractionLimits) -> str:
    return f"Reading the document takes more than {limits.memory_bytes >> 20} MB of memory."


def _as_refusal(death: Death, limits: ExtractionLimits) -> ExtractionError:
    if death is Death.TIME_LIMIT:
        return ExtractionError(
            Refusal.TIME_LIMIT, f"Reading the document took more than {limits.seconds:g} seconds and was stopped."
        )
    if death is Death.MEMORY_LIMIT:
        return ExtractionError(Refusal.MEMORY_LIMIT, _needs_memory(limits))
    return ExtractionError(Refusal.CRASHED, "The document is damaged in a way that stops the program that reads it.")
