"""A marker against the human, on one set of answers: every figure that needs no second human. Pure numpy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement import intervals
from app.agreement.categories import kappa_and_spearman
from app.agreement.figures import Evidence, Figure, evidence, figures_json, undefined
from app.agreement.moments import (
    Moments,
    moments,
    pearson,
    quadratic_weighted_kappa,
    r_squared,
    ratio,
    standardised_mean_difference,
)
from app.agreement.resampling import FEWEST, Resampler, figure_of, over_tries
from app.agreement.table import Bools, Code, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

MARKS = "marks"
PERCENT = "percent of the maximum"

FIGURES = (
    *("exact", "within_tolerance", "adjacent", "mae", "rmse", "bias"),
    *("smd", "pearson", "spearman", "kappa", "qwk", "r2"),
)
CATEGORY_FIGURES = {"kappa", "spearman"}

NO_PAIRS = "no answer was marked by both"
IDENTICAL = "all marks are identical"


@dataclass(frozen=True)
class Pairs:
    """What human and marker say of the same answers, in marks; `script` ascending; `counts` holds the figures' n."""

    human: Floats
    marks: Floats
    maxima: Floats
    tolerances: Floats
    script: Ints
    lines: Ints  # of the table
    counts: Figure
    unit: str

    @property
    def scale(self) -> Floats:
        return np.ones(len(self.human)) if self.unit == MARKS else 100 / self.maxima

    @property
    def paired(self) -> Bools:
        return np.isfinite(self.marks)

    @property
    def n_scripts(self) -> int:
        return len(np.unique(self.script[self.paired.any(axis=1)]))

    @property
    def several_per_script(self) -> bool:
        return self.n_scripts < self.counts.n

    def averaged(self) -> Floats:
        """D of each answer, averaged over its tries, in the figure's unit."""
        found = self.paired.any(axis=1)
        d = (self.marks - self.human[:, None])[found] * self.scale[found, None]
        return np.asarray(np.nanmean(d, axis=1))


@dataclass(frozen=True)
class Agreement:
    """Figures of one set of answers. `n_scripts` decides what they allow one to say; `unit`: MAE, RMSE, bias."""

    unit: str
    n_scripts: int
    figures: Mapping[str, Figure]

    @property
    def evidence(self) -> Evidence:
        return evidence(self.n_scripts)

    def as_json(self) -> dict[str, Json]:
        about = {"unit": self.unit, "n_scripts": self.n_scripts, "evidence": self.evidence.value}
        return about | figures_json(self.figures)


@dataclass(frozen=True)
class Draws:
    """The resamples (1 + replicates,) behind some figures, for what is computed of several; `n` as there."""

    n: Floats
    qwk: Floats
    pearson: Floats


def unit_of(table: MarkTable, chosen: Bools) -> str:
    """Marks where all chosen answers have the same maximum, else percent of it."""
    return MARKS if len(np.unique(table.maxima[chosen])) <= 1 else PERCENT


def pairs_of(
    table: MarkTable, marker: Marker, chosen: Bools, against: Marker | None = None, unit: str | None = None
) -> Pairs:
    """The chosen answers that `against` (the human unless named) marked. In percent, questions worth 0 are left out."""
    other = against or table.human
    unit = unit or unit_of(table, chosen)
    lines = chosen & (table.maxima > 0) if unit == PERCENT else chosen
    given = other.codes[:, 0] == Code.MARKED
    kept = lines & given
    marks = marker.marks[kept]
    return Pairs(
        human=other.marks[kept, 0],
        marks=marks,
        maxima=table.maxima[kept],
        tolerances=table.tolerances[kept],
        script=table.script[kept],
        lines=np.flatnonzero(kept),
        counts=_counts(marker, other, lines, int(np.isfinite(marks).any(axis=1).sum())),
        unit=unit,
    )


def _counts(marker: Marker, other: Marker, lines: Bools, n: int) -> Figure:
    """Every (answer, try) that was asked is a pair, invalid on either side, or missing on either side."""
    codes, against = marker.codes[lines], other.codes[lines, :1]
    asked = codes != Code.NOT_ASKED
    paired = (codes == Code.MARKED) & (against == Code.MARKED)
    invalid = asked & ((codes == Code.INVALID) | (against == Code.INVALID))
    missing = asked & ~paired & ~invalid
    return Figure(0.0, n=n, n_missing=int(missing.sum()), n_invalid=int(invalid.sum()))


def agreement_of(pairs: Pairs, resampler: Resampler, names: Sequence[str] = FIGURES) -> tuple[Agreement, Draws]:
    """The named figures of `pairs`, and the resamples that others are made from.

    `pairs.script` numbers the resampler's scripts.
    """
    m = pair_moments(pairs, pairs.marks, resampler)
    draws = _moment_draws(m)
    if CATEGORY_FIGURES.intersection(names):
        draws |= _category_draws(pairs, m.n, resampler)
    n_scripts = pairs.n_scripts
    figures = {name: figure_of(draws[name], pairs.counts, n_scripts, _reason(name, pairs)) for name in names}
    for name in SPECIAL.keys() & figures.keys():
        figures[name] = SPECIAL[name](figures[name], pairs)
    n = resampler.sums(np.any(pairs.paired, axis=1, keepdims=True).T.astype(float), pairs.script)[0]
    return Agreement(pairs.unit, n_scripts, figures), Draws(n, draws["qwk"], draws["pearson"])


def pair_moments(pairs: Pairs, marks: Floats, resampler: Resampler) -> Moments:
    """Of `marks` (answers, tries) against the human; within 1 mark says nothing of a maximum of 1."""
    return moments(
        pairs.human,
        marks,
        tolerances=pairs.tolerances,
        scale=pairs.scale,
        near=(pairs.maxima > 1).astype(float),
        script=pairs.script,
        resampler=resampler,
    )


def _moment_draws(m: Moments) -> dict[str, Floats]:
    by_try = {
        "exact": ratio(m.exact, m.n),
        "within_tolerance": ratio(m.within, m.n),
        "adjacent": ratio(m.near, m.n_near),
        "mae": ratio(m.abs_d, m.n),
        "rmse": np.sqrt(ratio(m.dd, m.n)),
        "bias": ratio(m.d, m.n),
        "smd": standardised_mean_difference(m),
        "pearson": pearson(m),
        "qwk": quadratic_weighted_kappa(m),
        "r2": r_squared(m),
    }
    return {name: over_tries(draws, m.n) for name, draws in by_try.items()}


def _category_draws(pairs: Pairs, n: Floats, resampler: Resampler) -> dict[str, Floats]:
    kappas, spearmans = [], []
    scale = pairs.scale
    for column in range(pairs.marks.shape[1]):
        kept = pairs.paired[:, column]
        h, m = pairs.human * scale, pairs.marks[:, column] * scale
        kappa, spearman = kappa_and_spearman(h[kept], m[kept], pairs.script[kept], resampler)
        kappas.append(kappa)
        spearmans.append(spearman)
    return {"kappa": over_tries(np.stack(kappas), n), "spearman": over_tries(np.stack(spearmans), n)}


def _reason(name: str, pairs: Pairs) -> str:
    """Why the figure is undefined, if it is."""
    n = int(pairs.paired.sum(axis=0).max(initial=0))
    least = {"qwk": 2, "smd": 2, "pearson": 3, "spearman": 3}.get(name, 1)
    if n == 0:
        return NO_PAIRS
    if n < least:
        return f"fewer than {least} answers"
    reasons = {
        "adjacent": "the maximum is 1 or less",
        "smd": "the human's marks do not vary",
        "r2": "the human's marks do not vary",
        "pearson": "the marks of one side do not vary",
        "spearman": "the marks of one side do not vary",
    }
    return reasons.get(name, IDENTICAL)


def _exact(figure: Figure, pairs: Pairs) -> Figure:  # noqa: ARG001 - one signature for all
    if figure.value is None:
        return figure
    return replace(figure, interval=intervals.wilson(figure.value, figure.n), reason=None, n_dropped=0)


def _adjacent(figure: Figure, pairs: Pairs) -> Figure:
    """Counted among questions worth more than 1 mark."""
    n = int((pairs.paired.any(axis=1) & (pairs.maxima > 1)).sum())
    return replace(figure, n=n)


def _bias(figure: Figure, pairs: Pairs) -> Figure:
    """T where each script holds one answer; else the bootstrap stands."""
    if figure.value is None or pairs.several_per_script:
        return figure
    if figure.n < FEWEST:
        return replace(figure, interval=None, reason="fewer than 2 answers: no interval", n_dropped=0)
    sd = float(np.std(pairs.averaged(), ddof=1))
    interval = intervals.t_interval(figure.value, sd, figure.n)
    return replace(figure, interval=interval, reason=None, n_dropped=0)


SPECIAL: dict[str, Callable[[Figure, Pairs], Figure]] = {"exact": _exact, "adjacent": _adjacent, "bias": _bias}


def mean_over_questions(parts: list[tuple[Agreement, Draws]], overall: Agreement) -> dict[str, Figure]:
    """QWK and Pearson per question, averaged with the questions' n as weights: nothing is pooled."""
    found: dict[str, Figure] = {}
    for name in ("qwk", "pearson"):
        defined = [draws for part, draws in parts if part.figures[name].value is not None]
        whole = f"{name}_mean_of_questions"
        if not defined:
            found[whole] = undefined("undefined for every question", overall.figures[name])
            continue
        values = np.stack([getattr(draws, name) for draws in defined])
        n = np.stack([draws.n for draws in defined])
        # A question that a resample leaves undefined has no weight in it.
        weights = np.where(np.isfinite(values), n, 0.0)
        draws = ratio(np.nansum(values * weights, axis=0), weights.sum(axis=0))
        found[whole] = figure_of(draws, overall.figures[name], overall.n_scripts, "undefined for every question")
    return found
