"""Marks as a long CSV: one line per answer, model and try, streamed a few scripts at a time.

Cost and latency are of the whole attempt (both stages) and stand on each of its lines.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
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


async def csv_lines(exams: ExamStore, scope: Scope) -> AsyncIterator[str]:
    """The file from its header on. What fails with the first page fails here, before the response begins."""
    pages = long_pages(exams, scope, SCRIPTS_PER_PAGE)
    return _csv(await anext(pages, []), pages)


async def _csv(rows: list[dict[str, Any]], more: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[str]:
    yield _lines([COLUMNS])
    yield _lines(_cells(rows))
    async for rows_of_page in more:
        yield _lines(_cells(rows_of_page))


def _cells(rows: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    return ([harmless(row[name]) for name in COLUMNS] for row in rows)


async def long_pages(exams: ExamStore, scope: Scope, scripts_per_page: int) -> AsyncIterator[list[dict[str, Any]]]:
    """Rows with the keys COLUMNS and `reason`, some scripts at a time. The next are read while the caller works on
    these.
    """
    examples = await exams.shown_examples(scope)
    rows, last = await exams.export_rows(scope, after=0, limit=scripts_per_page)
    while rows:
        reading = asyncio.create_task(exams.export_rows(scope, after=last, limit=scripts_per_page))
        try:
            yield [row | {"status": _status(row, examples)} for row in rows]
            rows, last = await reading
        finally:
            reading.cancel()


def _status(row: dict[str, Any], examples: Mapping[str, Sequence[str]]) -> str:
    """`marked`, `invalid` (given and refused) or `missing`; `example` where the marker sees the script with the human's
    marks, so that no figure counts the mark; nothing where no model was asked.
    """
    if row["model_name"] is None:
        return ""
    if row["session"] in examples.get(row["model_name"], ()):
        return "example"
    if row["mark"] is not None:
        return "marked"
    return "invalid" if row["reason"] in INVALID else "missing"


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
