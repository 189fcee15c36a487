"""The share of a document's visible text that is read, for each format; the speed; and the end of documents that would
never end.
"""

import asyncio
import time
from collections import defaultdict
from pathlib import Path

from app.documents.extract import ExtractionError, extract
from app.documents.extraction import ExtractionLimits
from tests.bench.report import Figure
from tests.documents.files import NAMESPACES, docx_package, paragraph, text_pdf
from tests.support.reading_set import Sample, samples

# What version 0.1.0 made of the same set: shares of the phrases shown and of those hidden that it read.
BEFORE = {
    "pdf": (0.68, 1.0),
    "docx": (0.55, 1.0),
    "html": (0.33, 1.0),
    "txt": (1.0, 0.0),
    "md": (1.0, 1.0),
    "odt": (0.0, 0.0),
    "pptx": (0.0, 0.0),
    "rtf": (0.0, 0.0),
}


def read(folder: Path) -> list[Figure]:
    """Recall on a set made by code, 100 plain pages of PDF, and three bombs."""
    del folder
    return [*_recall(), _hundred_pages(), *_bombs()]


def _recall() -> list[Figure]:
    by_format: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples():
        by_format[sample.format].append(sample)
    figures = []
    for kind, some in by_format.items():
        read_of = [(sample, asyncio.run(_text(sample))) for sample in some]
        shown = [phrase in text for sample, text in read_of for phrase in sample.shown]
        hidden = [phrase in text for sample, text in read_of for phrase in sample.hidden]
        recall, seen = BEFORE[kind]
        figures += [
            Figure(f"{kind}: phrases read (before: {recall:.2f})", sum(shown) / len(shown), at_least=1.0),
            Figure(f"{kind}: hidden phrases read (before: {seen:.2f})", sum(hidden) / max(len(hidden), 1), at_most=0.0),
        ]
    return figures


async def _text(sample: Sample) -> str:
    try:
        return (await extract(sample.content, sample.name)).text
    except ExtractionError:
        return ""


def _hundred_pages() -> Figure:
    document = text_pdf(100)
    taken = []
    for _ in range(5):
        at = time.perf_counter()
        asyncio.run(extract(document, "a.pdf"))
        taken.append(time.perf_counter() - at)
    return Figure("100 plain pages of PDF, seconds (best of 5)", min(taken), at_most=0.6)


def _bombs() -> list[Figure]:
    notes = f"<w:footnotes {NAMESPACES}>{'<w:footnote/>' * 3_000_000}</w:footnotes>"
    bombs = {
        "300,000 attributes.html": f"<p {' '.join(f'a{n}=1' for n in range(300_000))}>x".encode(),
        "200,000 nested tags.html": b"<div>" * 200_000 + b"x",
        "3,000,000 footnotes.docx": docx_package(paragraph("x"), footnotes=notes),
    }
    return [figure for name, content in bombs.items() for figure in asyncio.run(_bomb(name, content))]


async def _bomb(name: str, content: bytes) -> list[Figure]:
    limits = ExtractionLimits()
    at = time.perf_counter()
    try:
        extraction = await extract(content, name, limits)
        outcome, peak = "read", extraction.peak_bytes
    except ExtractionError as error:
        outcome, peak = f"refused: {error.reason}", 0
    return [
        Figure(f"{name} ({outcome}), seconds", time.perf_counter() - at, at_most=limits.seconds),
        Figure(f"{name}, peak MB", peak >> 20, at_most=limits.memory_bytes >> 20),
    ]
