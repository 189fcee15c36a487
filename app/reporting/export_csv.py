"""Marks as a long CSV: one line per answer, model and try, streamed a few scripts at a time.

Cost and latency are of the whole attempt (both stages) and stand on each of its lines.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from app.marks.formulas import harmless
from app.marks.reasons import INVALID
from app.store.exams import ExamStore, Scope

SCRIPTS_PER_PAGE = 20
COLUMNS = (
    "exam",
    "session",
    "script",
    "question_id",
    "max_marks",
    "human_mark",
    "human_mark_2",
    "final_mark",
    "reviewer",
    "reviewed_at",
    "model_name",
    "try_index",
    "mark",
    "status",
    "attempt_cost_usd",
    "attempt_latency_ms",
    "input_hash",
)


async def csv_lines(exams: ExamStore, scope: Scope, first: tuple[list[dict[str, Any]], int]) -> AsyncIterator[str]:
    """The file from its header on. `first` is the first page, read before the response began."""
    yield _lines([COLUMNS])
    rows, last = first
    while rows:
        yield _lines(_cells(row) for row in rows)
        rows, last = await exams.export_rows(scope, after=last, limit=SCRIPTS_PER_PAGE)


def _cells(row: dict[str, Any]) -> list[Any]:
    return [harmless({**row, "status": status_of(row)}[name]) for name in COLUMNS]


def status_of(row: dict[str, Any]) -> str:
    """`marked`, `invalid` (given and refused) or `missing`; nothing where no model was asked."""
    if row["model_name"] is None:
        return ""
    if row["mark"] is not None:
        return "marked"
    return "invalid" if row["reason"] in INVALID else "missing"


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
