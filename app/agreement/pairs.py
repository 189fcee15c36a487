"""A marker against the human, on one set of answers: every figure that needs no second human. Pure numpy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from app.agreement.categories import NAMES as CATEGORY_FIGURES
from app.agreement.categories import category_draws, on_one_scale
from app.agreement.figures import Evidence, Figure, evidence, figures_json
from app.agreement.leave_one_out import Estimate, LeaveOneOut, over_tries
from app.agreement.moments import (
    Closeness,
    Moments,
    closeness,
    moments,
    pearson,
    quadratic_weighted_kappa,
    r_squared,
    ratio,
    standardised_mean_difference,
)
from app.agreement.spread import figure_of
from app.agreement.table import Bools, Code, Codes, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

MARKS = "marks"
PERCENT = "percent of the maximum"

# May be pooled over questions.
CLOSE_FIGURES = ("exact", "within_tolerance", "adjacent", "mae", "rmse", "bias")
# Of one question only: differences between questions would pass for agreement.
MOMENT_FIGURES = ("smd", "pearson", "qwk", "r2")
FIGURES = (*CLOSE_FIGURES, "smd", "pearson", "spearman", "kappa", "ac2", "qwk", "r2")

NO_PAIRS = "no answer was marked by both"
IDENTICAL = "all marks are identical"
DECIMALS = "most of the marker's marks are decimals between the human's marks"


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

    @cached_property
    def scripts(self) -> LeaveOneOut:
        return LeaveOneOut(self.script)

    @cached_property
    def paired(self) -> Bools:
        return np.isfinite(self.marks)

    @property
    def n_scripts(self) -> int:
        return len(self.scripts.scripts)


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


def unit_of(maxima: Floats) -> str:
    """Marks where all answers have the same maximum, else percent of it."""
    return MARKS if len(maxima) == 0 or bool((maxima == maxima[0]).all()) else PERCENT


def pairs_of(table: MarkTable, marker: Marker, lines: Ints, against: Marker | None = None) -> Pairs:
    """Those of the lines of the table that `against` (the human unless named) and some try of the marker marked.

    In percent, questions worth 0 are left out.
    """
    other = against or table.human
    unit = unit_of(table.maxima[lines])
    if unit == PERCENT:
        lines = lines[table.maxima[lines] > 0]
    codes, other_codes = marker.codes[lines], other.codes[lines, 0]
    given = other_codes == Code.MARKED
    kept = lines[given & (codes == Code.MARKED).any(axis=1)]
    return Pairs(
        human=other.marks[kept, 0],
        marks=marker.marks[kept],
        maxima=table.maxima[kept],
        tolerances=table.tolerances[kept],
        script=table.script[kept],
        lines=kept,
        counts=_counts(codes, other_codes, len(kept)),
        unit=unit,
    )


def _counts(codes: Codes, against: Codes, n: int) -> Figure:
    """Every (answer, try) that was asked is a pair, invalid on either side, or missing on either side."""
    asked = codes != Code.NOT_ASKED
    invalid = asked & ((codes == Code.INVALID) | (against == Code.INVALID)[:, None])
    paired = (codes == Code.MARKED) & (against == Code.MARKED)[:, None]
    n_invalid = int(invalid.sum())
    return Figure(0.0, n=n, n_missing=int(asked.sum()) - int(paired.sum()) - n_invalid, n_invalid=n_invalid)


def close_estimates(pairs: Pairs) -> dict[str, Estimate]:
    """Each of `CLOSE_FIGURES`."""
    c = closeness(
        pairs.human,
        pairs.marks,
        pairs.scripts,
        tolerances=pairs.tolerances,
        maxima=pairs.maxima,
        percent=pairs.unit == PERCENT,
    )
    return _estimates(_close_draws(c), c.n, pairs)


def _close_draws(c: Closeness) -> dict[str, Floats]:
    return {
        "exact": ratio(c.exact, c.n),
        "within_tolerance": ratio(c.within, c.n),
        "adjacent": ratio(c.near, c.n_near),
        "mae": ratio(c.abs_d, c.weight),
        "rmse": np.sqrt(ratio(c.dd, c.weight)),
        "bias": ratio(c.d, c.weight),
    }


def moment_estimates(pairs: Pairs) -> dict[str, Estimate]:
    """Each of `MOMENT_FIGURES`; the answers are those of one question, or totals."""
    m = moments(pairs.human, pairs.marks, pairs.scripts)
    return _estimates(moment_draws(m), m.n, pairs)


def moment_draws(m: Moments) -> dict[str, Floats]:
    return {
        "smd": standardised_mean_difference(m),
        "pearson": pearson(m),
        "qwk": quadratic_weighted_kappa(m),
        "r2": r_squared(m),
    }


def _estimates(draws: Mapping[str, Floats], n: Floats, pairs: Pairs) -> dict[str, Estimate]:
    return {name: Estimate(over_tries(drawn, n), pairs.scripts.scripts) for name, drawn in draws.items()}


def category_estimates(pairs: Pairs) -> dict[str, Estimate]:
    """kappa, AC2 and Spearman; the answers are those of one question, one a script."""
    maximum = float(pairs.maxima[0]) if len(pairs.maxima) else 0.0
    tries = []
    for paired, marks in zip(pairs.paired.T, pairs.marks.T, strict=True):
        found = category_draws(pairs.human[paired], marks[paired], maximum)
        # Without a script that this try did not mark it is what it is.
        places = np.r_[0, np.where(paired, np.cumsum(paired), 0)]
        tries.append({name: draws[places] for name, draws in found.items()})
    n = pairs.paired.sum(axis=0, dtype=float)[:, None]
    stacked = {name: np.stack([drawn[name] for drawn in tries]) for name in CATEGORY_FIGURES}
    return _estimates(stacked, n, pairs)


def question_agreement(pairs: Pairs) -> tuple[Agreement, dict[str, Estimate]]:
    """Every figure of one question, and the estimates that those of the exam are made from."""
    estimates = close_estimates(pairs) | moment_estimates(pairs) | category_estimates(pairs)
    return agreement_from(pairs, {name: estimates[name] for name in FIGURES}), estimates


def agreement_from(pairs: Pairs, estimates: Mapping[str, Estimate]) -> Agreement:
    figures = {name: figure_of(name, found, pairs.counts, _reason(name, pairs)) for name, found in estimates.items()}
    if "adjacent" in figures:
        n = int((pairs.maxima > 1).sum())
        figures["adjacent"] = replace(figures["adjacent"], n=n)
    return Agreement(pairs.unit, pairs.n_scripts, figures)


def _reason(name: str, pairs: Pairs) -> str:
    """Why the figure is undefined, if it is."""
    n = int(pairs.paired.sum(axis=0).max(initial=0))
    least = {"qwk": 2, "smd": 2, "pearson": 3, "spearman": 3}.get(name, 1)
    if n == 0:
        return NO_PAIRS
    if n < least:
        return f"fewer than {least} answers"
    if name == "kappa" and not on_one_scale(pairs.human, pairs.marks[pairs.paired]):
        return DECIMALS
    reasons = {
        "ac2": "the marks are decimals, or the maximum is 0",
        "adjacent": "the maximum is 1 or less",
        "smd": "the human's marks do not vary",
        "r2": "the human's marks do not vary",
        "pearson": "the marks of one side do not vary",
        "spearman": "the marks of one side do not vary",
    }
    return reasons.get(name, IDENTICAL)
