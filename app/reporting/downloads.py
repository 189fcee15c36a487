"""The report and the workbook of an exam or a session, put together from the store and the analyses."""

import asyncio
from datetime import datetime
from typing import Any

from app.reporting.analyses import Analyses
from app.store.exams import ExamStore, Scope

REPORTED_ITEMS = 50
SCRIPTS_PER_PAGE = 50

Row = dict[str, Any]


async def xlsx_file(exams: ExamStore, analyses: Analyses, scope: Scope) -> bytes:
    """Raises NotFoundError."""
    analysis = await analyses.of(exams, scope)
    rows = await _all_rows(exams, scope)

    def build() -> bytes:
        from app.reporting.export_xlsx import workbook  # noqa: PLC0415 - imports openpyxl and numpy

        return workbook(analysis.marks.name or "", analysis.agreement, rows)

    return await asyncio.to_thread(build)


async def _all_rows(exams: ExamStore, scope: Scope) -> list[Row]:
    rows: list[Row] = []
    page, last = await exams.export_rows(scope, after=0, limit=SCRIPTS_PER_PAGE)
    while page:
        rows.extend(page)
        page, last = await exams.export_rows(scope, after=last, limit=SCRIPTS_PER_PAGE)
    return rows


async def report_page(exams: ExamStore, analyses: Analyses, scope: Scope, *, now: datetime) -> str:
    """Raises NotFoundError."""
    analysis = await analyses.of(exams, scope)
    _, queue = await analyses.queue_of(exams, scope)
    items = [(item.script, item.question_id) for item in queue.items[:REPORTED_ITEMS]]
    notes = await exams.answer_notes(scope, items)

    def build() -> str:
        from app.reporting.report import ReportInput, render_report  # noqa: PLC0415 - imports numpy

        return render_report(
            ReportInput(
                title=analysis.marks.name or "Untitled",
                kind="exam" if "exam_id" in scope else "session",
                marks=analysis.marks,
                agreement=analysis.agreement,
                queue=queue,
                notes=notes,
                json_url="agreement",
                generated_at=now,
            )
        )

    return await asyncio.to_thread(build)
