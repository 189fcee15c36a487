"""The half that makes tests from documents: reading one, and making twenty questions of it."""

import asyncio
import time
from pathlib import Path

from app import samples
from app.documents.extract import extract
from tests.bench.installation import Installation, installation
from tests.bench.processes import BenchError
from tests.bench.report import Figure
from tests.documents.files import text_pdf

N_QUESTIONS, N_SOLVERS = 20, 2
LATENCY_SECONDS, CAP = 2.0, 16
# One writer's call each, and each solver's with the quote and without it.
CALLS = N_QUESTIONS * (1 + 2 * N_SOLVERS)
PAGES = 100
POLL_SECONDS = 0.1
TICK_SECONDS = 0.005


def generate(folder: Path) -> list[Figure]:
    """Twenty questions, two solvers, two seconds a call, sixteen calls at once."""
    settings = {
        "MCQ_CANDIDATE_COUNT": str(CAP),
        "MCQ_MODEL": "simulated/writer",
        "MCQ_SOLVER_MODELS": "simulated/solver,simulated/solver-two",
    }
    with installation(folder, "--latency", str(LATENCY_SECONDS), concurrency=CAP, settings=settings) as there:
        document = _uploaded(there)
        at = time.monotonic()
        test = there.ask("POST", "/tests/generate", {"document_id": document, "num_questions": N_QUESTIONS})["id"]
        seen = []
        while (status := there.ask("GET", f"/tests/{test}/status"))["status"] in {"pending", "generating"}:
            seen.append(status["questions_generated"])
            time.sleep(POLL_SECONDS)
        taken = time.monotonic() - at
        n_calls = there.counted()["calls"]
    return [
        Figure("questions", status["questions_generated"], at_least=N_QUESTIONS),
        Figure("calls", n_calls),
        Figure("wall / ideal schedule of its calls", taken / (n_calls * LATENCY_SECONDS / CAP), at_most=1.3),
        Figure("different numbers of questions seen on the way", len(set(seen)), at_least=3),
    ]


def _uploaded(there: Installation) -> str:
    # Twice its length: long enough that twenty parts of it have some sentences each.
    text = samples.source_document().read_text(encoding="utf-8")
    document = there.upload("/documents/upload", "photosynthesis.md", (text + "\n\n" + text.upper()).encode())
    while document["status"] == "processing":
        time.sleep(POLL_SECONDS)
        document = there.ask("GET", f"/documents/{document['id']}")
    if document["status"] != "ready":
        raise BenchError(f"the document was not read: {document}")
    identifier: str = document["id"]
    return identifier


def extraction(_: Path) -> list[Figure]:
    """A text PDF of a hundred pages: how long, how much memory in the subprocess, and how long the loop stood still."""
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
