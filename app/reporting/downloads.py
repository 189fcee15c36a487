"""The report and the workbook of an exam or a session, put together from the store and the analyses."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from app.marks.reasons import Reason
from app.reporting.analyses import Analyses, Boundaries
from app.reporting.boundaries import Boundary
from app.reporting.jobs import PATIENT, Waiter
from app.store.exams import ExamStore, Scope

REPORTED_ITEMS = 20
SCRIPTS_PER_PAGE = 50
ANSWERS_AT_ONCE = 500

Row = dict[str, Any]


async def xlsx_file(
    exams: ExamStore, analyses: Analyses, scope: Scope, waiter: Waiter = PATIENT, boundaries: tuple[Boundary, ...] = ()
) -> bytes:
    """Raises as `Analyses`."""
    analysis, queue = await analyses.with_queue(exams, scope, waiter)
    rows = await _all_rows(exams, scope)

    def build() -> bytes:
        from app.reporting.class_list import class_list  # noqa: PLC0415 - imports numpy
        from app.reporting.export_xlsx import workbook  # noqa: PLC0415 - imports openpyxl and numpy

        return workbook(class_list(analysis.marks, analysis.agreement, queue), analysis.agreement, rows, boundaries)

    return await asyncio.to_thread(build)


async def class_file(exams: ExamStore, analyses: Analyses, scope: Scope, form: str, waiter: Waiter = PATIENT) -> str:
    """The class list as CSV in one of the forms wide, moodle and canvas. Raises as `Analyses`."""
    analysis, queue = await analyses.with_queue(exams, scope, waiter)

    def build() -> str:
        from app.reporting.class_files import Form, class_csv  # noqa: PLC0415 - imports numpy
        from app.reporting.class_list import class_list  # noqa: PLC0415 - the same

        return class_csv(class_list(analysis.marks, analysis.agreement, queue), Form(form))

    return await asyncio.to_thread(build)


async def feedback_page(exams: ExamStore, analyses: Analyses, scope: Scope, waiter: Waiter = PATIENT) -> str:
    """A sheet for each student in one HTML file. Raises as `Analyses`."""
    analysis, queue = await analyses.with_queue(exams, scope, waiter)
    asked = [question.question_id for question in analysis.marks.table.questions]
    answers = [(script, question_id) for script in analysis.marks.script_names for question_id in asked]
    notes = [
        row
        for start in range(0, len(answers), ANSWERS_AT_ONCE)
        for row in await exams.answer_notes(scope, answers[start : start + ANSWERS_AT_ONCE])
    ]

    def build() -> str:
        from app.reporting.class_list import class_list  # noqa: PLC0415 - imports numpy
        from app.reporting.feedback import feedback_sheets  # noqa: PLC0415 - the same

        found = class_list(analysis.marks, analysis.agreement, queue)
        return feedback_sheets(found, dict(zip(answers, notes, strict=True)))

    return await asyncio.to_thread(build)


async def _all_rows(exams: ExamStore, scope: Scope) -> list[Row]:
    rows: list[Row] = []
    page, last = await exams.export_rows(scope, after=0, limit=SCRIPTS_PER_PAGE)
    while page:
        rows.extend(page)
        page, last = await exams.export_rows(scope, after=last, limit=SCRIPTS_PER_PAGE)
    return rows


async def report_page(
    exams: ExamStore,
    analyses: Analyses,
    scope: Scope,
    *,
    now: datetime,
    base_url: str | None,
    waiter: Waiter = PATIENT,
    boundaries: Boundaries = (),
) -> str:
    """`boundaries`: of grades, in marks. `base_url`: where this server is known to be reachable, for links that outlive
    it. Raises as `Analyses`.
    """
    analysis, queue = await analyses.with_queue(exams, scope, waiter, boundaries)
    items = [(item.script, item.question_id) for item in queue.items[:REPORTED_ITEMS]]
    notes = await exams.answer_notes(scope, items)
    causes = await _causes(exams, scope, analysis.marks.mute())

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
                json_url=_agreement_url(scope, base_url),
                generated_at=now,
                causes=causes,
            )
        )

    return await asyncio.to_thread(build)


async def _causes(exams: ExamStore, scope: Scope, mute: Collection[str]) -> dict[str, list[Reason]]:
    """Why each of the `mute` markers has no mark, the most frequent reason first. Reads nothing where there is none."""
    if not mute:
        return {}
    found: dict[str, Counter[Reason]] = defaultdict(Counter)
    for row in await _all_rows(exams, scope):
        if row["model_name"] in mute and row["reason"] is not None:
            found[row["model_name"]][Reason(row["reason"])] += 1
    return {name: [reason for reason, _ in counted.most_common()] for name, counted in found.items()}


def _agreement_url(scope: Scope, base_url: str | None) -> str:
    path = f"/exams/{scope['exam_id']}" if "exam_id" in scope else f"/sessions/{scope['session_id']}"
    return f"{base_url or ''}{path}/agreement"
