"""The statistics of a large exam: their duration, their memory, and the speed of polls meanwhile."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.bench.installation import Installation, installation
from tests.bench.report import Figure

SCRIPTS, QUESTIONS, MARKERS, TRIES = 200, 10, 8, 3
MAXIMUM = 4
AGREEMENT_SECONDS = 3.0
RSS_MEGABYTES = 300
POLL_P99_MS = 100
REPORT_MEGABYTES = 2
POLL_EVERY_SECONDS = 0.01


def agreement(folder: Path) -> list[Figure]:
    """48,000 imported marks: agreement with all its intervals, while a session is polled a hundred times a second."""
    with installation(folder, concurrency=1) as there:
        session_id = there.prepare()
        exam_id = there.ask("POST", "/exams", {"name": "large"})["exam_id"]
        started = time.perf_counter()
        _import(there, exam_id)
        imported = time.perf_counter() - started
        with ThreadPoolExecutor(1) as pool:
            started = time.perf_counter()
            asked = pool.submit(there.ask, "GET", f"/exams/{exam_id}/agreement?wait=true")
            polls = list(poll_until(asked, f"{there.address}/sessions/{session_id}"))
            answer = asked.result()
            taken = time.perf_counter() - started
        report = httpx.get(f"{there.address}/exams/{exam_id}/report", timeout=60, trust_env=False)
        return [
            Figure("import of 48,000 marks", imported, "s"),
            Figure("agreement with all intervals", taken, "s", at_most=AGREEMENT_SECONDS),
            Figure("polls meanwhile: 99 of 100 within", p99_ms(polls), "ms", at_most=POLL_P99_MS),
            Figure("RSS of the server", there.rss_megabytes(), "MB", at_most=RSS_MEGABYTES),
            Figure("report", len(report.content) / 1e6, "MB", at_most=REPORT_MEGABYTES),
            Figure("markers in the answer", len(answer["markers"]), at_least=MARKERS),
        ]


def _import(there: Installation, exam_id: str) -> None:
    file = "\n".join(["script,question_id,max_marks,human_mark,model_name,try_index,mark", *_lines()])
    response = httpx.post(
        f"{there.address}/results/import",
        files={"file": ("marks.csv", file)},
        data={"exam_id": exam_id},
        timeout=60,
        trust_env=False,
    )
    response.raise_for_status()


def _lines() -> Iterator[str]:
    draw = random.Random(1)  # noqa: S311 - made-up marks
    for script in range(SCRIPTS):
        for question in range(QUESTIONS):
            human = draw.randint(0, 2 * MAXIMUM) / 2
            for marker in range(MARKERS):
                for try_index in range(1, TRIES + 1):
                    mark = min(MAXIMUM, max(0, human + draw.choice((0, 0, 0, 0.5, -0.5))))
                    yield f"s{script},q{question},{MAXIMUM},{human},made/up-{marker},{try_index},{mark}"


def poll_until(done: "Future[object]", url: str) -> Iterator[float]:
    """Seconds that each poll took."""
    with httpx.Client(trust_env=False, timeout=60) as http:
        while not done.done():
            started = time.perf_counter()
            http.get(url).raise_for_status()
            yield time.perf_counter() - started
            time.sleep(POLL_EVERY_SECONDS)


def p99_ms(seconds: list[float]) -> float | None:
    return 1000 * sorted(seconds)[int(0.99 * (len(seconds) - 1))] if seconds else None
