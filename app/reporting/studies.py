"""What an exam's marks say of reliability, fairness and corrections. numpy is imported when somebody asks."""

from typing import TYPE_CHECKING, Any

from app.reporting.analyses import Analyses
from app.reporting.jobs import Waiter
from app.store.exams import ExamStore, Scope

if TYPE_CHECKING:
    from app.agreement.correction import MarkerCorrection

Row = dict[str, Any]


async def generalizability(analyses: Analyses, exams: ExamStore, exam_id: str, waiter: Waiter) -> Row:
    """{together, markers: {name: ...}}: the study of all markers, and of each alone. Raises as `Analyses` does."""
    return await analyses.study(exams, waiter, [{"exam_id": exam_id}], _generalizability)


async def fairness_by_group(analyses: Analyses, exams: ExamStore, exam_id: str, waiter: Waiter) -> Row:
    """{limit, n_without_group, markers: {name: [...]}}. Raises as `Analyses` does."""
    return await analyses.study(exams, waiter, [{"exam_id": exam_id}], _fairness)


async def corrections(analyses: Analyses, exams: ExamStore, scope: Scope, waiter: Waiter) -> Row:
    """{markers: [...]}: what each correction would change, and which are offered. Raises as `Analyses` does."""
    return {"markers": [found.as_json() for found in await tried_corrections(analyses, exams, scope, waiter)]}


async def tried_corrections(
    analyses: Analyses, exams: ExamStore, scope: Scope, waiter: Waiter
) -> "tuple[MarkerCorrection, ...]":
    """Of each marker, in the order of the exam. Raises as `Analyses` does."""
    return await analyses.study(exams, waiter, [scope], _corrections)


def _generalizability(text: bytes) -> Row:
    from app.agreement.gstudy import g_study  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    table = read_exam_marks(text).table
    alone = {marker.name: g_study(table, [marker]).as_json() for marker in table.markers}
    return {"together": g_study(table).as_json() if len(table.markers) > 1 else None, "markers": alone}


def _fairness(text: bytes) -> Row:
    from app.agreement.fairness import SMD_LIMIT, fairness  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    table = marks.table
    found = {marker.name: [one.as_json() for one in fairness(table, marker, marks.groups)] for marker in table.markers}
    return {"limit": SMD_LIMIT, "n_without_group": len(table.scripts) - len(marks.groups), "markers": found}


def _corrections(text: bytes) -> "tuple[MarkerCorrection, ...]":
    from app.agreement.correction import correct  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    table = read_exam_marks(text).table
    return tuple(correct(table, marker) for marker in table.markers)
