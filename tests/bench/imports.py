"""A file of 900,000 marks is imported while the machine has other work, and polls must not notice."""

import json
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.agreement import p99_ms, poll_until
from tests.bench.beside import HEADER
from tests.bench.installation import Installation, installation
from tests.bench.report import Figure
from tests.bench.sizes import stored_lines

SCRIPTS = 10_000
MOST_SECONDS = 60
# Beside the server at rest: the marks of the whole file, which may stand in any order.
MOST_MEGABYTES = 400


def imports(folder: Path) -> list[Figure]:
    """10,000 scripts × 10 questions × 3 markers × 3 tries, quiet and beside two processes that keep both cores busy."""
    file = folder / "marks.csv"
    with file.open("w") as text:
        text.writelines(f"{line}\n" for line in (HEADER, *stored_lines(SCRIPTS, 10, 3, 3)))
    with installation(folder, concurrency=1) as there:
        session_id = there.prepare()
        before = there.rss_megabytes()
        quiet, _ = _import(there, file)
        with ThreadPoolExecutor(1) as pool, _busy_cores(2):
            importing = pool.submit(_import, there, file)
            polls = list(poll_until(importing, f"{there.address}/sessions/{session_id}"))
            busy, lines = importing.result()
        return [
            Figure("900,000 lines, quiet", quiet, "s", at_most=MOST_SECONDS),
            Figure("900,000 lines, both cores busy with other work", busy, "s", at_most=MOST_SECONDS),
            Figure("lines of progress that the client got", lines, at_least=10),
            Figure("polls meanwhile: 99 of 100 within", p99_ms(polls), "ms"),
            Figure(
                "RSS of the server above that at rest", there.rss_megabytes() - before, "MB", at_most=MOST_MEGABYTES
            ),
        ]


def _import(there: Installation, file: Path) -> tuple[float, int]:
    """Seconds, and how many lines of progress came."""
    exam_id = there.ask("POST", "/exams", {"name": "large"})["exam_id"]
    started = time.perf_counter()
    with (
        file.open("rb") as content,
        httpx.stream(
            "POST",
            f"{there.address}/results/import",
            files={"file": content},
            data={"exam_id": exam_id},
            headers={"Accept": "application/x-ndjson"},
            timeout=300,
            trust_env=False,
        ) as response,
    ):
        lines = [json.loads(line) for line in response.iter_lines()]
    assert "imported" in lines[-1], lines[-1]
    return time.perf_counter() - started, len(lines) - 1


@contextmanager
def _busy_cores(n: int) -> Iterator[None]:
    processes = [multiprocessing.Process(target=_count, daemon=True) for _ in range(n)]
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.kill()


def _count() -> None:
    while True:
        sum(range(10_000))
