"""Corrections of a marker's marks, learned from human marks and judged on scripts that they were not learned from.

Of each question, two forms are tried: a straight line, and an increasing curve (isotonic regression). Pure numpy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from app.agreement.calibration import isotonic
from app.agreement.compare import Compared, compare
from app.agreement.figures import JUDGED_FROM
from app.agreement.pairs import moment_estimates, pairs_of
from app.agreement.ranking import ALPHA
from app.agreement.spread import figure_of
from app.agreement.table import EPSILON, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

FOLDS = 10
NAME = "{} (corrected)"
# Marks stand on the widest of these grids that holds all of the human's marks for a question.
STEPS = (1.0, 0.5, 0.25, 0.01)
SHOWN = ("rmse", "mae", "exact", "qwk")
TOO_FEW = f"fewer than {JUDGED_FROM} scripts were marked by the human and the marker"
NO_HELP = "no correction is nearer to the human beyond chance"
NO_SIGNAL = "the marks do not rise with the human's: there is nothing to correct by"
FEWER_SAME = "the marks come nearer to the human on average, but fewer are the same as the human's"
LOWERS_QWK = "the marks come nearer to the human, but QWK falls: the correction pulls all marks towards the middle"

Curve = Callable[[Floats], Floats]


class Form(StrEnum):
    LINEAR = "linear"
    ISOTONIC = "isotonic"


@dataclass(frozen=True)
class Tried:
    """One form on one question: figures of the corrected marks (a) against the raw ones (b), out of fold.

    `points` are (mark given, corrected mark) of the curve learned from all scripts. `p` is of the smaller RMSE,
    adjusted for the questions and for both forms.
    """

    form: Form
    points: tuple[tuple[float, float], ...]
    compared: Compared
    p: float | None
    helps: bool

    def as_json(self) -> dict[str, Json]:
        figures = {name: self.compared.figures[name].as_json() for name in SHOWN}
        return {"form": self.form.value, "points": [list(one) for one in self.points], "p": self.p, **figures}


@dataclass(frozen=True)
class QuestionCorrection:
    """`k` scripts are learned from. `offered` is the form that helps most; None with a `reason`."""

    question_id: str
    k: int
    tried: tuple[Tried, ...]
    offered: Form | None
    reason: str | None

    def as_json(self) -> dict[str, Json]:
        return {
            "k": self.k,
            "offered": None if self.offered is None else self.offered.value,
            "reason": self.reason,
            "tried": [one.as_json() for one in self.tried],
        }


@dataclass(frozen=True)
class MarkerCorrection:
    """`corrected`: offered questions corrected, the others as given; None where nothing is offered.

    A script that the human marked is corrected by what the other scripts say: else its figures would flatter.
    """

    marker: str
    questions: Mapping[str, QuestionCorrection]
    corrected: Marker | None

    def as_json(self) -> dict[str, Json]:
        return {
            "marker": self.marker,
            "corrected": None if self.corrected is None else self.corrected.name,
            "questions": {name: found.as_json() for name, found in self.questions.items()},
        }


def correct(table: MarkTable, marker: Marker) -> MarkerCorrection:
    """Try both forms on every question, and offer what helps."""
    lines_of = _lines(table)
    made = {form: corrected_by(table, marker, form) for form in Form}
    compared = {form: compare(table, found, marker).per_question for form, found in made.items()}
    questions = {
        name: _judged(name, table, marker, lines, {form: found.get(name) for form, found in compared.items()})
        for name, lines in lines_of.items()
    }
    offered = {name: found.offered for name, found in questions.items() if found.offered is not None}
    if not offered:
        return MarkerCorrection(marker.name, questions, None)
    marks = marker.marks.copy()
    for name, form in offered.items():
        marks[lines_of[name]] = made[form].marks[lines_of[name]]
    return MarkerCorrection(
        marker.name, questions, replace(marker, name=NAME.format(marker.name), marks=marks, corrects=marker.name)
    )


def _lines(table: MarkTable) -> dict[str, Ints]:
    return {q.question_id: np.flatnonzero(table.question == i) for i, q in enumerate(table.questions)}


def with_corrections(table: MarkTable) -> MarkTable:
    """The table with one more marker for each that a correction helps."""
    found = (correct(table, marker).corrected for marker in table.markers)
    return replace(table, markers=(*table.markers, *(one for one in found if one is not None)))


def corrected_by(table: MarkTable, marker: Marker, form: Form) -> Marker:
    """Every question corrected, each script by a curve that was not learned from it."""
    marks = marker.marks.copy()
    for lines in _lines(table).values():
        known = lines[_known(table, marker, lines)]
        fold = table.script[known] % FOLDS
        marks[lines] = _learned(table, marker, known, form)(marker.marks[lines])
        for index in np.unique(fold):
            held_out = known[fold == index]
            marks[held_out] = _learned(table, marker, known[fold != index], form)(marker.marks[held_out])
    return replace(marker, name=NAME.format(marker.name), marks=marks, corrects=marker.name)


def _known(table: MarkTable, marker: Marker, lines: Ints) -> Ints:
    human = np.isfinite(table.human.marks[lines, 0])
    return np.flatnonzero(human & np.isfinite(marker.marks[lines]).any(axis=1))


def _learned(table: MarkTable, marker: Marker, lines: Ints, form: Form) -> Curve:
    """The curve of these answers of one question; all tries count alike. Without answers, marks stay as they are."""
    marks = marker.marks[lines]
    given = np.isfinite(marks)
    if not given.any():
        return lambda found: found
    human = np.broadcast_to(table.human.marks[lines], marks.shape)[given]
    curve = _line(marks[given], human) if form is Form.LINEAR else _steps(marks[given], human)
    maximum, step = float(table.maxima[lines[0]]), _step(human)
    return lambda found: np.clip(np.floor(curve(found) / step + 0.5) * step, 0.0, maximum)


def _line(marks: Floats, human: Floats) -> Curve:
    """Least squares; never falling."""
    spread = float(((marks - marks.mean()) ** 2).sum())
    slope = max(0.0, float(((marks - marks.mean()) * (human - human.mean())).sum()) / spread) if spread > 0 else 0.0
    return lambda found: human.mean() + slope * (found - marks.mean())


def _steps(marks: Floats, human: Floats) -> Curve:
    at, where, counts = np.unique(marks, return_inverse=True, return_counts=True)
    heights = isotonic(np.bincount(where, weights=human) / counts, counts.astype(float))
    return lambda found: np.where(np.isfinite(found), np.interp(np.nan_to_num(found), at, heights), np.nan)


def _step(human: Floats) -> float:
    return next(s for s in STEPS if s == STEPS[-1] or bool((np.abs(human / s - np.round(human / s)) < EPSILON).all()))


def _judged(
    name: str, table: MarkTable, marker: Marker, lines: Ints, compared: Mapping[Form, Compared | None]
) -> QuestionCorrection:
    known = lines[_known(table, marker, lines)]
    k = len(np.unique(table.script[known]))
    if k < JUDGED_FROM:
        return QuestionCorrection(name, k, (), None, TOO_FEW)
    if not _looks(table, marker, known):
        return QuestionCorrection(name, k, (), None, NO_SIGNAL)
    at = np.unique(marker.marks[known][np.isfinite(marker.marks[known])])
    tried = [
        _tried(form, tuple(zip(at.tolist(), _learned(table, marker, known, form)(at).tolist(), strict=True)), found)
        for form, found in compared.items()
        if found is not None
    ]
    helping = sorted((one for one in tried if one.helps), key=lambda one: one.compared.figures["rmse"].a or 0.0)
    ordered = [one for one in helping if one.compared.figures["qwk"].better != "b"]
    keeping = [one for one in ordered if one.compared.figures["exact"].better != "b"]
    reason = None if keeping else FEWER_SAME if ordered else LOWERS_QWK if helping else NO_HELP
    return QuestionCorrection(name, k, tuple(tried), keeping[0].form if keeping else None, reason)


def _looks(table: MarkTable, marker: Marker, lines: Ints) -> bool:
    """Whether higher marks go with higher marks of the human, beyond chance: else the human's mean would be offered as
    a correction of marks that were given without looking.
    """
    pairs = pairs_of(table, marker, lines)
    found = figure_of("pearson", moment_estimates(pairs)["pearson"], pairs.counts, NO_SIGNAL)
    return found.interval is not None and found.interval[0] > 0


def _tried(form: Form, points: Sequence[tuple[float, float]], compared: Compared) -> Tried:
    rmse = compared.figures["rmse"]
    p = None if rmse.p_adjusted is None else min(1.0, len(Form) * rmse.p_adjusted)
    return Tried(form, tuple(points), compared, p, helps=rmse.better == "a" and p is not None and p < ALPHA)
