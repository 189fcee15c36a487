"""Two markers of one exam, or of two exams of the same scripts, compared. numpy is imported when somebody asks."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.errors import UnprocessableError
from app.reporting.analyses import Analyses
from app.reporting.jobs import Waiter
from app.store.exams import ExamStore, Scope

if TYPE_CHECKING:
    from app.agreement.compare import MarkerComparison
    from app.agreement.table import Marker
    from app.reporting.exam_marks import ExamMarks


@dataclass(frozen=True, slots=True)
class ComparisonQuery:
    """`b` is a marker of `other_exam` where one is given: its scripts are found by their names."""

    a: str
    b: str
    other_exam: str | None = None


async def compared(
    analyses: Analyses, exams: ExamStore, exam_id: str, query: ComparisonQuery, waiter: Waiter
) -> "MarkerComparison":
    """The paired differences. Raises as `Analyses` does, and UnprocessableError naming `a`, `b` or `other_exam`."""
    compute, others = (_compare, []) if query.other_exam is None else (_compare_exams, [query.other_exam])
    scopes: list[Scope] = [{"exam_id": one} for one in (exam_id, *others)]
    return await analyses.study(exams, waiter, scopes, compute, query)


def _compare(text: bytes, query: ComparisonQuery) -> "MarkerComparison":
    from app.agreement.compare import compare  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    if query.a == query.b:
        raise UnprocessableError.field("b", f"{query.b!r} is compared with itself: name another marker.")
    return compare(marks.table, _marker("a", query.a, marks), _marker("b", query.b, marks))


def _compare_exams(text: bytes, other: bytes, query: ComparisonQuery) -> "MarkerComparison":
    from app.agreement.compare import compare  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks, elsewhere = read_exam_marks(text), read_exam_marks(other)
    b = _aligned(marks, elsewhere, _marker("b", query.b, elsewhere))
    return compare(marks.table, _marker("a", query.a, marks), b)


def _marker(field: str, name: str, marks: "ExamMarks") -> "Marker":
    found = next((marker for marker in marks.table.markers if marker.name == name), None)
    if found is None:
        names = ", ".join(sorted(marker.name for marker in marks.table.markers)[:20]) or "none"
        raise UnprocessableError.field(field, f"The exam has no marker {name!r}. Its markers: {names}.")
    return found


def _aligned(marks: "ExamMarks", elsewhere: "ExamMarks", marker: "Marker") -> "Marker":
    """A marker of another exam on the lines of this one, by script name and question."""
    import numpy as np  # noqa: PLC0415 - only where two exams are compared

    places = {
        (elsewhere.script_names[script], question): line for line, (script, question) in enumerate(elsewhere.answers())
    }
    if len(places) < len(elsewhere.table.script):
        raise UnprocessableError.field("other_exam", "Two scripts of that exam have one name: rename one of them.")
    lines = np.array([places.get((marks.script_names[script], q), -1) for script, q in marks.answers()], np.intp)
    if not (lines >= 0).any():
        raise UnprocessableError.field(
            "other_exam", "The exams have no script and question with the same names. Name an exam of the same scripts."
        )
    _same_maxima(marks, elsewhere)
    found = lines >= 0
    given, codes = marker.marks[lines], marker.codes[lines].copy()
    codes[~found] = 0
    return replace(marker, marks=np.where(found[:, None], given, np.nan), codes=codes)


def _same_maxima(marks: "ExamMarks", elsewhere: "ExamMarks") -> None:
    maxima = {q.question_id: q.max_marks for q in elsewhere.table.questions}
    for question in marks.table.questions:
        other = maxima.get(question.question_id, question.max_marks)
        if other != question.max_marks:
            raise UnprocessableError.field(
                "other_exam",
                f"Question {question.question_id!r} has maximum {question.max_marks:g} here and {other:g} there.",
            )
