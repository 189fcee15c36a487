"""The downloads of a large exam: its workbook, and its report after the analysis."""

from itertools import islice
from pathlib import Path

import httpx
from openpyxl import load_workbook

from tests.bench.beside import HEADER, got, seconds_of
from tests.bench.installation import Installation, installation
from tests.bench.report import Figure
from tests.bench.sizes import stored_lines

ROWS, SCRIPTS = 100_000, 10_000
WORKBOOK_SECONDS, REPORT_SECONDS, REPORT_MEGABYTES = 10, 5, 3


def files(folder: Path) -> list[Figure]:
    """A workbook of 100,000 marks, and the report of 10,000 scripts × 10 questions × 3 markers × 3 tries."""
    with installation(folder, concurrency=1) as there:
        small = _exam(there, ROWS)
        there.ask("GET", f"/exams/{small}/agreement?wait=true")
        before, used = there.rss_megabytes(), there.usage()
        book = folder / "marks.xlsx"
        seconds = seconds_of(lambda: book.write_bytes(got(there, f"/exams/{small}/export.xlsx").content))
        used = there.usage() - used
        rows = load_workbook(book, read_only=True)["Tries"].max_row
        large = _exam(there, 9 * 10 * SCRIPTS)
        analysis = seconds_of(lambda: got(there, f"/exams/{large}/agreement?wait=true"))
        pages = []
        report = seconds_of(lambda: pages.append(got(there, f"/exams/{large}/report").content))
        return [
            Figure("workbook of 100,000 marks", seconds, "s", at_most=WORKBOOK_SECONDS),
            Figure("CPU of the server for it", used.server, "s"),
            Figure("CPU of the database for it", used.database, "s"),
            Figure("its rows", rows or 0, at_least=ROWS),
            Figure("RSS of the server for it", there.rss_megabytes() - before, "MB"),
            Figure("analysis of 10,000 scripts", analysis, "s"),
            Figure("report of 10,000 scripts after it", report, "s", at_most=REPORT_SECONDS),
            Figure("its size", len(pages[0]) / 1e6, "MB", at_most=REPORT_MEGABYTES),
        ]


def _exam(there: Installation, n_lines: int) -> str:
    exam_id: str = there.ask("POST", "/exams", {"name": f"{n_lines} marks"})["exam_id"]
    lines = islice(stored_lines(n_lines // 90 + 1, 10, 3, 3), n_lines)
    httpx.post(
        f"{there.address}/results/import",
        files={"file": ("marks.csv", "\n".join([HEADER, *lines]))},
        data={"exam_id": exam_id},
        timeout=300,
        trust_env=False,
    ).raise_for_status()
    return exam_id
