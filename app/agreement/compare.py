"""Two markers on the answers that both marked: the paired difference of each figure. Pure numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement.consensus import over_tries
from app.agreement.figures import INDICATIVE_FROM, Figure, figures_json
from app.agreement.intervals import exact_mcnemar
from app.agreement.leave_one_out import Estimate, weighted_mean
from app.agreement.pairs import MARKS, Pairs, close_estimates, moment_estimates, pairs_of, unit_of
from app.agreement.ranking import ALPHA, MCNEMAR, PAIRED_T, holm, paired_t
from app.agreement.spread import figure_of
from app.agreement.table import EPSILON, Bools, Ints, Marker, MarkTable
from app.agreement.totals import totals_agreement, totals_of
from app.marks.model import Json

POOLED = ("exact", "within_tolerance", "mae", "rmse", "bias")
MEANS = ("qwk", "pearson", "smd")
OF_TOTALS = ("mae", "rmse", "bias", "qwk", "pearson")
# The larger value of these is the better one; of MAE and RMSE the smaller. Bias and SMD have a sign and no better side.
_BETTER = {"exact": 1, "within_tolerance": 1, "qwk": 1, "pearson": 1, "mae": -1, "rmse": -1}
NOTHING_SHARED = "the human and both markers share no answer"
UNDEFINED = "undefined for one of the two"
TOO_FEW = f"fewer than {INDICATIVE_FROM} shared scripts: not tested"


@dataclass(frozen=True)
class Difference:
    """`a` and `b` are the figures on the shared answers, `difference` is a - b; `p` is two-sided.

    `p_adjusted`: of one figure over all questions (Holm); None where the test is not one of several.
    """

    a: float | None
    b: float | None
    difference: Figure
    p: float | None
    test: str | None
    better: str | None = None
    p_adjusted: float | None = None

    def as_json(self) -> dict[str, Json]:
        found = {"a": self.a, "b": self.b, "difference": self.difference.as_json(), "p": self.p}
        return found | {"p_adjusted": self.p_adjusted, "test": self.test, "better": self.better}


@dataclass(frozen=True)
class Compared:
    """Figures of one set of answers."""

    unit: str
    n_scripts: int
    figures: Mapping[str, Difference]

    def as_json(self) -> dict[str, Json]:
        about: dict[str, Json] = {"unit": self.unit, "n_scripts": self.n_scripts}
        return about | {name: found.as_json() for name, found in self.figures.items()}


@dataclass(frozen=True)
class MarkerComparison:
    """`between` needs no human: `bias` there is the mean mark of a less that of b."""

    a: str
    b: str
    overall: Compared
    totals: Compared
    per_question: Mapping[str, Compared]
    between: Mapping[str, Figure]

    def as_json(self) -> dict[str, Json]:
        return {
            "a": self.a,
            "b": self.b,
            "overall": self.overall.as_json() | {"totals": self.totals.as_json()},
            "per_question": {name: found.as_json() for name, found in self.per_question.items()},
            "between": figures_json(self.between),
        }


def compare(table: MarkTable, a: Marker, b: Marker) -> MarkerComparison:
    """Figures are averaged over each marker's tries; only answers that the human and some try of both marked count."""
    shared = np.flatnonzero(
        np.isfinite(table.human.marks[:, 0]) & np.isfinite(a.marks).any(axis=1) & np.isfinite(b.marks).any(axis=1)
    )
    of_question = {q.question_id: shared[table.question[shared] == i] for i, q in enumerate(table.questions)}
    per_question = {name: _on(table, a, b, lines) for name, lines in of_question.items() if len(lines)}
    return MarkerComparison(
        a.name,
        b.name,
        _overall(table, a, b, shared, of_question),
        _totals(table, a, b),
        _adjusted(per_question),
        _between(table, a, b),
    )


def _on(table: MarkTable, a: Marker, b: Marker, lines: Ints) -> Compared:
    """One question."""
    of_a, of_b = pairs_of(table, a, lines), pairs_of(table, b, lines)
    first = close_estimates(of_a) | moment_estimates(of_a)
    second = close_estimates(of_b) | moment_estimates(of_b)
    counts = Figure(0.0, n=len(lines))
    figures = {name: difference(name, first[name], second[name], counts) for name in (*POOLED, *MEANS)}
    figures["exact"] = _by_mcnemar(figures["exact"], of_a, of_b)
    return Compared(of_a.unit, of_a.n_scripts, figures)


def _overall(table: MarkTable, a: Marker, b: Marker, shared: Ints, of_question: Mapping[str, Ints]) -> Compared:
    of_a, of_b = pairs_of(table, a, shared), pairs_of(table, b, shared)
    first, second = close_estimates(of_a), close_estimates(of_b)
    for name in MEANS:
        first[name], second[name] = (_mean(table, marker, name, of_question) for marker in (a, b))
    counts = Figure(0.0, n=of_a.counts.n)
    figures = {name: difference(name, first[name], second[name], counts) for name in (*POOLED, *MEANS)}
    if of_a.n_scripts == of_a.counts.n:
        figures["exact"] = _by_mcnemar(figures["exact"], of_a, of_b)
    return Compared(unit_of(table.maxima[shared]), of_a.n_scripts, figures)


def _mean(table: MarkTable, marker: Marker, name: str, of_question: Mapping[str, Ints]) -> Estimate:
    """Over questions, weighted by maxima: differences between questions would pass for agreement."""
    weights = {q.question_id: q.max_marks for q in table.questions}
    parts = [(weights[q], moment_estimates(pairs_of(table, marker, lines))[name]) for q, lines in of_question.items()]
    return weighted_mean(parts, len(table.scripts))


def _totals(table: MarkTable, a: Marker, b: Marker) -> Compared:
    """Of scripts that the human and both markers marked completely."""
    both = _complete(table, a) & _complete(table, b)
    kept = both[table.script]
    estimates = []
    for marker in (a, b):
        marks = np.where(kept[:, None], marker.marks, np.nan)
        codes = np.where(kept[:, None], marker.codes, np.uint8(0)).astype(np.uint8)
        estimates.append(totals_agreement(totals_of(table, replace(marker, marks=marks, codes=codes)))[1])
    counts = Figure(0.0, n=int(both.sum()))
    figures = {name: difference(name, estimates[0][name], estimates[1][name], counts) for name in OF_TOTALS}
    return Compared(MARKS, counts.n, figures)


def _complete(table: MarkTable, marker: Marker) -> Bools:
    return np.asarray(np.isfinite(totals_of(table, marker).marker).any(axis=1))


def _between(table: MarkTable, a: Marker, b: Marker) -> dict[str, Figure]:
    """The marks of a against those of b, each the middle of its tries."""
    pairs = pairs_of(table, over_tries(a), np.arange(len(table.script)), against=over_tries(b))
    found = close_estimates(pairs)
    return {name: figure_of(name, found[name], pairs.counts, "no answer was marked by both") for name in POOLED}


def difference(name: str, first: Estimate, second: Estimate, counts: Figure) -> Difference:
    """The paired difference of one figure: the jackknife over scripts of the difference itself, with Student's t."""
    a, b = (None if not np.isfinite(found.value) else found.value for found in (first, second))
    same = np.array_equal(first.scripts, second.scripts)
    draws = first.draws - second.draws if same else np.full(1, np.nan)
    estimate = Estimate(draws, first.scripts if same else np.zeros(0, np.intp))
    reason = NOTHING_SHARED if counts.n == 0 else UNDEFINED
    figure = figure_of("difference", estimate, counts, reason)
    if figure.interval is None:
        return Difference(a, b, figure, None, None)
    if len(estimate.scripts) < INDICATIVE_FROM:
        return Difference(a, b, replace(figure, reason=TOO_FEW), None, None)
    return decided(name, Difference(a, b, figure, paired_t(estimate), PAIRED_T))


def _by_mcnemar(found: Difference, of_a: Pairs, of_b: Pairs) -> Difference:
    """The exact test, where each marker has one try and each script one answer."""
    if found.p is None or of_a.marks.shape[1] > 1 or of_b.marks.shape[1] > 1:
        return found
    hits = [np.abs(pairs.marks[:, 0] - pairs.human) < EPSILON for pairs in (of_a, of_b)]
    p = exact_mcnemar(int((hits[0] & ~hits[1]).sum()), int((hits[1] & ~hits[0]).sum()))
    return decided("exact", replace(found, p=p, test=MCNEMAR))


def decided(name: str, found: Difference) -> Difference:
    """`better` is "a" or "b" where the adjusted p, or else p, is below .05 and the figure has a better side."""
    p = found.p if found.p_adjusted is None else found.p_adjusted
    value, side = found.difference.value, _BETTER.get(name)
    if p is None or p >= ALPHA or not value or side is None:
        return replace(found, better=None)
    return replace(found, better="a" if value * side > 0 else "b")


def _adjusted(per_question: Mapping[str, Compared]) -> dict[str, Compared]:
    """Of each figure, Holm over the questions."""
    figures = {question: dict(found.figures) for question, found in per_question.items()}
    for name in (*POOLED, *MEANS):
        tested: Sequence[str] = [q for q, found in figures.items() if found[name].p is not None]
        adjusted = holm([p for q in tested if (p := figures[q][name].p) is not None])
        for question, p in zip(tested, adjusted, strict=True):
            figures[question][name] = decided(name, replace(figures[question][name], p_adjusted=p))
    return {question: replace(found, figures=figures[question]) for question, found in per_question.items()}
