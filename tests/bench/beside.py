"""A large exam is analysed; a small one and polls must not notice."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import httpx

from tests.bench.agreement import p99_ms, poll_until
from tests.bench.installation import Installation, installation
from tests.bench.report import Figure
from tests.bench.sizes import stored_lines

LARGE, SMALL = 10_000, 200
TIMES_IDLE = 2.0
HEADER = "script,question_id,max_marks,human_mark,model_name,try_index,mark"
POLL_P99_MS = 100


def beside(folder: Path) -> list[Figure]:
    """The report of 200 scripts, and polls, while an exam of 10,000 scripts (10 questions × 9 marks) is analysed."""
    with installation(folder, concurrency=1) as there:
        session_id = there.prepare()
        exams = {size: _exam(there, size) for size in (LARGE, SMALL)}
        another = _exam(there, SMALL)
        idle = seconds_of(lambda: got(there, f"/exams/{exams[SMALL]}/report"))
        with ThreadPoolExecutor(2) as pool:
            analysed = pool.submit(got, there, f"/exams/{exams[LARGE]}/agreement?wait=true")
            time.sleep(0.5)
            report = pool.submit(seconds_of, lambda: got(there, f"/exams/{another}/report"))
            polls = list(poll_until(analysed, f"{there.address}/sessions/{session_id}"))
            busy = report.result()
        return [
            Figure("report of 200 scripts, idle", idle, "s"),
            Figure("report of 200 scripts beside a large analysis", busy, "s", at_most=TIMES_IDLE * idle),
            Figure("polls meanwhile: 99 of 100 within", p99_ms(polls), "ms", at_most=POLL_P99_MS),
            Figure("polls meanwhile: half within", 1000 * median(polls), "ms"),
            Figure("RSS of the server", there.rss_megabytes(), "MB"),
        ]


def _exam(there: Installation, n_scripts: int) -> str:
    exam_id: str = there.ask("POST", "/exams", {"name": f"{n_scripts} scripts"})["exam_id"]
    httpx.post(
        f"{there.address}/results/import",
        files={"file": ("marks.csv", "\n".join([HEADER, *stored_lines(n_scripts, 10, 3, 3)]))},
        data={"exam_id": exam_id},
        timeout=300,
        trust_env=False,
    ).raise_for_status()
    return exam_id


def got(there: Installation, path: str) -> httpx.Response:
    return httpx.get(f"{there.address}{path}", timeout=300, trust_env=False).raise_for_status()


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
