"""What may differ from the human among the answers that nobody is asked to look at. Pure numpy."""

import math
from dataclasses import dataclass

import numpy as np

from app.agreement.doubt import Doubts
from app.agreement.figures import Figure, judged_only
from app.agreement.intervals import LEVEL, Z95, clopper_pearson, t_quantile
from app.agreement.leave_one_out import LeaveOneOut
from app.agreement.spread import FEWEST, standard_error
from app.agreement.table import EPSILON, Bools, Floats, Ints, MarkTable
from app.marks.model import Json

# Nothing is certified while even a faultless check leaves room for more than one differing answer in twenty.
TARGET_ERROR = 0.05
# With marks for so many of the unflagged, those marks say more than a sample of the unflagged does.
NEARLY_ALL = 0.9

ALL_MARKS = "all human marks outside the list"
SAMPLE = "the human marks of the answers drawn at random"
NOT_DRAWN = "human marks outside the list, of answers that were not drawn at random"


@dataclass(frozen=True, slots=True)
class Residual:
    """Answers, among those that nobody is asked to look at, that differ from the human by more than the tolerance,
    measured on `error.n` of them. `least`: the bound if not one of these differed.
    """

    n_unflagged: int
    error: Figure
    basis: str
    sentence: str
    least: float

    def as_json(self) -> dict[str, Json]:
        about = {"n_unflagged": self.n_unflagged, "basis": self.basis, "sentence": self.sentence}
        return {**about, "error": self.error.as_json()}


def residual(table: MarkTable, found: Doubts, flagged: Bools, sampled: Bools, final: Floats) -> Residual:
    """On the unflagged answers that a human marked, where these are nearly all; else on the marked part of the sample.

    What a human said on review stands before what a human said at first. Marks of some unflagged answers are no sample
    of all: they count only where nothing of the sample was marked, and the basis says so.
    """
    differs, known = differing(table, found, final)
    marked = ~flagged & known
    drawn = sampled & marked
    if marked.sum() >= NEARLY_ALL * (~flagged).sum():
        checked, basis = marked, ALL_MARKS
    elif drawn.any():
        checked, basis = drawn, SAMPLE
    else:
        checked, basis = marked, NOT_DRAWN
    n, n_different = int(checked.sum()), int(differs[checked].sum())
    if n == 0:
        error = Figure(None, reason="no unflagged answer has been marked by a human")
        return Residual(int((~flagged).sum()), error, basis, certificate(0, 0, 1.0, 1.0), 1.0)
    effect = design_effect(differs[known], table.script[known])
    interval = clustered_interval(differs[checked], table.script[checked], effect)
    n_scripts = len(np.unique(table.script[checked]))
    error = Figure(n_different / n, interval, n=n)
    # Where scripts hold one answer each the bound is as wide as it says.
    error = judged_only(error, n_scripts) if n_scripts < n else error
    least = clustered_interval(np.zeros(n, bool), table.script[checked], effect)[1]
    return Residual(int((~flagged).sum()), error, basis, certificate(n_different, n, interval[1], least), least)


def differing(table: MarkTable, found: Doubts, final: Floats) -> tuple[Bools, Bools]:
    """Which answers' consensus differs from the human by more than the tolerance, and of which that is known.

    An answer without any mark is no answer that agrees, at whatever threshold it went unflagged.
    """
    truth = np.where(np.isfinite(final), final, table.human.marks[:, 0])
    known = np.isfinite(truth)
    return known & ~(np.abs(found.consensus - truth) <= table.tolerances + EPSILON), known


def clustered_interval(differs: Bools, script: Ints, effect: float | None = None) -> tuple[float, float]:
    """Clopper–Pearson of as many answers as the scripts' variance leaves (Korn and Graubard 1998); plain where each
    script holds one. Where none differs `effect` says how many answers count as one.
    """
    n, hits = len(differs), int(differs.sum())
    n_scripts = len(np.unique(script))
    if n_scripts == n:
        return clopper_pearson(hits, n)
    if hits in {0, n} or n_scripts < FEWEST:
        fewer = max(float(n_scripts), n / (effect or n))
        return clopper_pearson(0.0 if hits == 0 else fewer, fewer)
    fewer = n / design_effect(differs, script) * (Z95 / t_quantile((1 + LEVEL) / 2, n_scripts - 1)) ** 2
    return clopper_pearson(hits / n * fewer, fewer)


def design_effect(differs: Bools, script: Ints) -> float:
    """How many answers of the same scripts count as one, at least 1; as many as a script holds where none differs."""
    n, share = len(differs), float(differs.mean())
    scripts = LeaveOneOut(script)
    if share in {0.0, 1.0} or len(scripts.scripts) < FEWEST:
        return n / max(len(scripts.scripts), 1)
    wrong, count = scripts.sums(np.stack([differs, np.ones(n)]).astype(float))
    draws = wrong / count
    return max(1.0, standard_error(share, draws[1:]) ** 2 * n / (share * (1 - share)))


def certificate(n_different: int, n: int, high: float, least: float) -> str:
    """What `n_different` of `n` checked answers say of the unflagged, in one plain sentence.

    `high` is their bound, `least` what it would be if none differed.
    """
    if n == 0:
        return "No answer outside the list has a human mark, so nothing can be said about what is left."
    answers = "answer" if n == 1 else "answers"
    differ = "differs" if n_different == 1 else "differ"
    said = f"Outside the list {n_different:,} of {n:,} {answers} with a human mark {differ} from it by more than the"
    # Rounded up: a bound is not made tighter by printing it.
    bound = f"{math.ceil(1000 * high) / 10:g} %"
    if least > TARGET_ERROR:
        few = f"{n} {'is' if n == 1 else 'are'} too few to promise anything"
        return f"{said} tolerance; {few}: up to {bound} of all answers outside the list may."
    return f"{said} tolerance: with 95 % confidence at most {bound} of all answers outside the list do."
