"""Tests from documents: the time to read a document, and to make twenty questions of it."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from app import samples
from app.documents.extract import extract
from tests.bench.installation import Installation, installation
from tests.bench.processes import BenchError
from tests.bench.report import Figure
from tests.documents.files import text_pdf
from tests.support.prose import prose_in

N_QUESTIONS, N_SOLVERS = 20, 2
LATENCY_SECONDS, CAP = 2.0, 16
# One writer's call each, and each solver's with the quote and without it.
CALLS = N_QUESTIONS * (1 + 2 * N_SOLVERS)
PAGES = 100
POLL_SECONDS = 0.1
TICK_SECONDS = 0.005


def generate(folder: Path) -> list[Figure]:
    """Twenty questions of an English, a Hindi and a Chinese document each: two solvers, two seconds a call, sixteen
    calls at once.
    """
    settings = {
        "MCQ_CANDIDATE_COUNT": str(CAP),
        "MCQ_MODEL": "simulated/writer",
        "MCQ_SOLVER_MODELS": "simulated/solver,simulated/solver-two",
    }
    # Twice its length: long enough that twenty parts of it have some sentences each.
    english = samples.source_document().read_text(encoding="utf-8")
    documents = {
        "English": english + "\n\n" + english.upper(),
        "Hindi": prose_in("hi"),
        "Chinese": prose_in("zh"),
    }
    with installation(folder, "--latency", str(LATENCY_SECONDS), concurrency=CAP, settings=settings) as there:
        return [figure for name, text in documents.items() for figure in _made(there, name, text)]


def _made(there: Installation, name: str, text: str) -> Iterator[Figure]:
    document, before = _uploaded(there, text), there.counted()["calls"]
    at = time.monotonic()
    test = there.ask("POST", "/tests/generate", {"document_id": document, "num_questions": N_QUESTIONS})["id"]
    seen = []
    while (status := there.ask("GET", f"/tests/{test}/status"))["status"] in {"pending", "generating"}:
        seen.append(status["questions_generated"])
        time.sleep(POLL_SECONDS)
    taken = time.monotonic() - at
    n_calls = there.counted()["calls"] - before
    yield Figure(f"questions, {name}", status["questions_generated"], at_least=N_QUESTIONS)
    yield Figure(f"calls, {name}", n_calls)
    yield Figure(f"seconds, {name}", taken, "s")
    ideal = n_calls * LATENCY_SECONDS / CAP
    yield Figure(f"wall / ideal schedule of its calls, {name}", taken / ideal, at_most=1.3)
    yield Figure(f"different numbers of questions seen on the way, {name}", len(set(seen)), at_least=3)


def _uploaded(there: Installation, text: str) -> str:
    document = there.upload("/documents/upload", "document.md", text.encode())
    while document["status"] == "processing":
        time.sleep(POLL_SECONDS)
        document = there.ask("GET", f"/documents/{document['id']}")
    if document["status"] != "ready":
        raise BenchError(f"the document was not read: {document}")
    identifier: str = document["id"]
    return identifier


def extraction(_: Path) -> list[Figure]:
    """A text PDF of a hundred pages: the time, the memory of the subprocess, the longest pause of the event loop."""
    seconds, peak, n_pages, blocked = asyncio.run(_extracted())
    return [
        Figure("pages", n_pages, at_least=PAGES),
        Figure("seconds", seconds, "s", at_most=3),
        Figure("memory of the subprocess", peak / 1e6, "MB", at_most=200),
        Figure("longest the event loop stood still", blocked * 1000, "ms", at_most=50),
    ]


async def _extracted() -> tuple[float, int, int, float]:
    document = text_pdf(PAGES)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            at = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            longest = max(longest, time.perf_counter() - at - TICK_SECONDS)

    watching = asyncio.create_task(watch())
    found = await extract(document, "a.pdf")
    watching.cancel()
    return found.seconds, found.peak_bytes, len(found.pages), longest
