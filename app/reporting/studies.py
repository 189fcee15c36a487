"""What an exam's marks say of reliability, fairness and corrections. numpy is imported when somebody asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.marks.model import Json
from app.reporting.analyses import Analyses
from app.reporting.jobs import Waiter
from app.store.exams import ExamStore, Scope

if TYPE_CHECKING:
    from app.agreement.correction import MarkerCorrection
    from app.agreement.fairness import GroupFairness
    from app.agreement.gstudy import GStudy


@dataclass(frozen=True, slots=True)
class Generalizability:
    """The study of all markers `together`, None for one marker, and of each alone by its name."""

    together: "GStudy | None"
    markers: "Mapping[str, GStudy]"

    def as_json(self) -> dict[str, Json]:
        together = None if self.together is None else self.together.as_json()
        return {"together": together, "markers": {name: study.as_json() for name, study in self.markers.items()}}


@dataclass(frozen=True, slots=True)
class Fairness:
    """Of each marker, by its name, the difference for each group of students; beyond `limit` it is notable.

    `n_without_group` scripts are in no group.
    """

    limit: float
    n_without_group: int
    markers: "Mapping[str, Sequence[GroupFairness]]"

    def as_json(self) -> dict[str, Json]:
        markers = {name: [group.as_json() for group in groups] for name, groups in self.markers.items()}
        return {"limit": self.limit, "n_without_group": self.n_without_group, "markers": markers}


async def generalizability(analyses: Analyses, exams: ExamStore, exam_id: str, waiter: Waiter) -> Generalizability:
    """The study of an exam's markers. Raises as `Analyses` does."""
    return await analyses.study(exams, waiter, [{"exam_id": exam_id}], _generalizability)


async def fairness_by_group(analyses: Analyses, exams: ExamStore, exam_id: str, waiter: Waiter) -> Fairness:
    """How fair an exam's markers are to its groups of students. Raises as `Analyses` does."""
    return await analyses.study(exams, waiter, [{"exam_id": exam_id}], _fairness)


async def tried_corrections(
    analyses: Analyses, exams: ExamStore, scope: Scope, waiter: Waiter
) -> "tuple[MarkerCorrection, ...]":
    """Of each marker, in the order of the exam: what each correction would change, and which are offered.

    Raises as `Analyses` does.
    """
    return await analyses.study(exams, waiter, [scope], _corrections)


def _generalizability(text: bytes) -> Generalizability:
    from app.agreement.gstudy import g_study  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    table = read_exam_marks(text).table
    alone = {marker.name: g_study(table, [marker]) for marker in table.markers}
    return Generalizability(g_study(table) if len(table.markers) > 1 else None, alone)


def _fairness(text: bytes) -> Fairness:
    from app.agreement.fairness import SMD_LIMIT, fairness  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    table = marks.table
    found = {marker.name: fairness(table, marker, marks.groups) for marker in table.markers}
    return Fairness(SMD_LIMIT, len(table.scripts) - len(marks.groups), found)


def _corrections(text: bytes) -> "tuple[MarkerCorrection, ...]":
    from app.agreement.correction import correct  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    table = read_exam_marks(text).table
    return tuple(correct(table, marker) for marker in table.markers)
