"""The report and the workbook of an exam or a session, put together from the store and the analyses."""

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import UnprocessableError
from app.marks.reasons import Reason
from app.reporting.analyses import Analyses, Analysis, Boundaries
from app.reporting.boundaries import Boundary
from app.reporting.export_csv import long_pages
from app.reporting.jobs import PATIENT, Waiter
from app.reporting.plot_names import PlotFormat, PlotName
from app.reporting.studies import tried_corrections
from app.store.exams import ExamStore, Scope

if TYPE_CHECKING:
    # xlsxwriter and numpy stay out of the process until somebody asks for a workbook.
    from app.agreement.review import ReviewQueue
    from app.reporting.export_xlsx import MarksWorkbook

# A sheet holds 1,048,576 rows.
MOST_ROWS = 1_000_000
SCRIPTS_PER_PAGE = 100
ANSWERS_AT_ONCE = 500


async def xlsx_file(
    exams: ExamStore,
    analyses: Analyses,
    scope: Scope,
    waiter: Waiter = PATIENT,
    boundaries: tuple[Boundary, ...] = (),
    *,
    corrections: bool = False,
) -> Path:
    """A temporary file, which the caller removes with its folder.

    `corrections`: the sheets Summary and Questions also hold the figures of corrected markers. The class list keeps the
    marks as they were given.

    Raises UnprocessableError where a sheet does not hold so many rows; else as `Analyses`.
    """
    analysis, queue = await analyses.with_queue(exams, scope, waiter)
    if (n_rows := _n_tries(analysis)) > MOST_ROWS:
        raise UnprocessableError(
            f"The workbook would have a row for each of {n_rows:,} marks, and a sheet holds {MOST_ROWS:,}. "
            "Take export.csv: it has the same rows."
        )
    shown = await analyses.of(exams, scope, waiter, corrections=True) if corrections else analysis
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="secondmark-"))

    def begin() -> "MarksWorkbook":
        from app.reporting.class_list import class_list  # noqa: PLC0415 - imports numpy
        from app.reporting.export_xlsx import MarksWorkbook  # noqa: PLC0415 - imports xlsxwriter and numpy

        found = class_list(analysis.marks, analysis.agreement, queue)
        return MarksWorkbook(folder / "marks.xlsx", found, shown.agreement, boundaries)

    book = None
    try:
        book = await asyncio.to_thread(begin)
        async for rows in long_pages(exams, scope, SCRIPTS_PER_PAGE):
            await asyncio.to_thread(book.add_tries, rows)
        await asyncio.to_thread(book.close)
    except BaseException:
        if book is not None:
            book.discard()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / "marks.xlsx"


def _n_tries(analysis: Analysis) -> int:
    """The most rows that the sheet Tries may have: the marks that markers were asked for, and those of humans."""
    table = analysis.marks.table
    return len(table.script) + sum(int((marker.codes != 0).sum()) for marker in table.markers)


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


async def report_page(
    exams: ExamStore,
    analyses: Analyses,
    scope: Scope,
    *,
    now: datetime,
    base_url: str | None,
    server: str | None = None,
    waiter: Waiter = PATIENT,
    boundaries: Boundaries = (),
    corrections: bool = False,
    bill: Mapping[str, Any] | None = None,
) -> str:
    """`boundaries`: of grades, in marks. `bill`: of an exam, with its estimate. `corrections`: with a section on them.
    `base_url`: where this server is known to be reachable, for links that outlive it; `server`: where the reader asked.
    Raises as `Analyses`.
    """
    analysis, queue = await analyses.with_queue(exams, scope, waiter, boundaries)
    shown = await asyncio.to_thread(_shown_answers, analysis, queue)
    notes = await exams.answer_notes(scope, shown, keeps_blind=True)
    tried = await tried_corrections(analyses, exams, scope, waiter) if corrections else None
    causes = await _causes(exams, scope, analysis.marks.mute())
    limit = (await exams.exam(scope["exam_id"]))["seed_limit"] if "exam_id" in scope and analysis.marks.seeds else None

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
                corrections=tried,
                server=server,
                seed_limit=limit,
                bill=bill,
            )
        )

    return await asyncio.to_thread(build)


async def plot_download(
    exams: ExamStore,
    analyses: Analyses,
    scope: Scope,
    plot: tuple[PlotName, PlotFormat],
    *,
    now: datetime,
    waiter: Waiter = PATIENT,
    boundaries: Boundaries = (),
) -> bytes:
    """One plot of the report as a file. Raises UnprocessableError where the exam has nothing to draw; as `Analyses`."""
    analysis, queue = await analyses.with_queue(exams, scope, waiter, boundaries)

    def build() -> bytes:
        from app.reporting.plot_files import plot_file  # noqa: PLC0415 - imports numpy
        from app.reporting.view import ReportInput  # noqa: PLC0415 - the same

        title, marks = analysis.marks.name or "Untitled", analysis.marks
        return plot_file(ReportInput(title, "exam", marks, analysis.agreement, queue, (), "", now), *plot)

    return await asyncio.to_thread(build)


def _shown_answers(analysis: Analysis, queue: "ReviewQueue") -> list[tuple[str, str]]:
    """The answers whose marks the report shows one by one."""
    from app.reporting.sections.questions import MOST_ANSWERS  # noqa: PLC0415 - imports numpy
    from app.reporting.sections.review import shown_items  # noqa: PLC0415 - the same

    shown = [(item.script, item.question_id) for item in shown_items(queue.items)]
    every = analysis.marks.answers()
    return list(dict.fromkeys([*shown, *every])) if len(every) <= MOST_ANSWERS else shown


async def _causes(exams: ExamStore, scope: Scope, mute: Collection[str]) -> dict[str, list[Reason]]:
    """Why each of the `mute` markers has no mark, the most frequent reason first. Reads nothing where there is none."""
    if not mute:
        return {}
    found: dict[str, Counter[Reason]] = defaultdict(Counter)
    async for rows in long_pages(exams, scope, SCRIPTS_PER_PAGE):
        for row in rows:
            if row["model_name"] in mute and row["reason"] is not None:
                found[row["model_name"]][Reason(row["reason"])] += 1
    return {name: [reason for reason, _ in counted.most_common()] for name, counted in found.items()}


def _agreement_url(scope: Scope, base_url: str | None) -> str:
    path = f"/exams/{scope['exam_id']}" if "exam_id" in scope else f"/sessions/{scope['session_id']}"
    return f"{base_url or ''}{path}/agreement"
