"""Whole scripts: agreement of totals, and Bland–Altman, in marks. Pure numpy.

Totals are compared of scripts with the same total maximum that hold several questions (or the exam's only one).
Where each script holds another question, differences between questions would pass for agreement.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.agreement.figures import Figure, figures_json
from app.agreement.leave_one_out import Estimate, LeaveOneOut, over_tries
from app.agreement.moments import ROUNDING, enough, ratio, sample_variance, variance
from app.agreement.pairs import MARKS, Agreement, Pairs, close_estimates, moment_estimates
from app.agreement.spread import figure_of
from app.agreement.table import Bools, Code, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

# Limits of agreement are mean ± 1.96 SD by their definition (Bland and Altman 1986).
LIMITS = 1.96
LEAST_SCRIPTS = 3
# Of totals a mark more or less says little, and no two need be the same.
FIGURES = ("mae", "rmse", "bias", "smd", "pearson", "qwk", "r2")

NO_TOTALS = "no script was marked completely by both"
NOT_COMPARABLE = "scripts do not hold the same questions"


@dataclass(frozen=True)
class Totals:
    """`human` (scripts,) and `marker` (scripts, tries): NaN where human or marker left an answer of it unmarked.

    `tried`: whether the marker was asked for this try of the script; `invalid`: whether a mark of it was refused.
    `comparable`: scripts whose totals mean the same.
    """

    human: Floats
    marker: Floats
    tried: Bools
    invalid: Bools
    comparable: Bools
    maximum: float

    @property
    def complete(self) -> int:
        return int(np.isfinite(self.marker).any(axis=1).sum())

    @property
    def incomplete_tries(self) -> int:
        """Of scripts that are complete in another try."""
        kept = np.isfinite(self.marker)
        return int((np.any(kept, axis=1, keepdims=True) & self.tried & ~kept).sum())

    @property
    def reason(self) -> str:
        return NO_TOTALS if self.comparable.any() else NOT_COMPARABLE

    def points(self) -> tuple[Floats, Floats]:
        """((h + m)/2, m - h) of each complete script, averaged over its tries."""
        kept = np.isfinite(self.marker).any(axis=1)
        human, marker = self.human[kept], np.nanmean(self.marker[kept], axis=1)
        return (human + marker) / 2, marker - human

    def pairs(self) -> Pairs:
        """The totals as answers to one question worth the total maximum."""
        kept = np.flatnonzero(np.isfinite(self.marker).any(axis=1))
        left_out = self.tried & self.comparable[:, None] & ~np.isfinite(self.marker)
        n_invalid = int((left_out & self.invalid).sum())
        return Pairs(
            human=self.human[kept],
            marks=self.marker[kept],
            maxima=np.full(len(kept), self.maximum),
            tolerances=np.zeros(len(kept)),
            script=kept,
            lines=kept,
            counts=Figure(0.0, n=len(kept), n_missing=int(left_out.sum()) - n_invalid, n_invalid=n_invalid),
            unit=MARKS,
        )


@dataclass(frozen=True)
class BlandAltman:
    """`n` of the figures counts scripts that are complete in some try; `n_incomplete` the others.

    `n_incomplete_tries` are the tries of the counted scripts that were left out.
    """

    figures: dict[str, Figure]
    n_incomplete: int
    n_incomplete_tries: int

    def as_json(self) -> dict[str, Json]:
        left_out = {"n_incomplete": self.n_incomplete, "n_incomplete_tries": self.n_incomplete_tries}
        return {"unit": "marks", **left_out, **figures_json(self.figures)}


def totals_of(table: MarkTable, marker: Marker, chosen: Bools | None = None) -> Totals:
    """Totals over the answers to the chosen questions, (questions,), all of them by default."""
    lines = np.arange(len(table.script)) if chosen is None else np.flatnonzero(chosen[table.question])
    n_scripts = len(table.scripts)
    scripts, maxima = LeaveOneOut(table.script[lines]), table.maxima[lines]
    human, codes = table.human.marks[lines, 0], marker.codes[lines]
    both = (codes == Code.MARKED) & (table.human.codes[lines] == Code.MARKED)
    marks = np.where(both, marker.marks[lines], 0.0)
    comparable, maximum = _comparable(table, scripts, maxima, n_scripts)
    complete = np.zeros((n_scripts, both.shape[1]), bool)
    totals = np.full(complete.shape, np.nan)
    tried, invalid = np.zeros(complete.shape, bool), np.zeros(complete.shape, bool)
    refused = (codes == Code.INVALID) | (table.human.codes[lines] == Code.INVALID)
    human_totals = np.full(n_scripts, np.nan)
    if len(lines):
        at = scripts.scripts
        complete[at] = np.logical_and.reduceat(both, scripts.starts, axis=0)
        tried[at] = np.logical_or.reduceat(codes != Code.NOT_ASKED, scripts.starts, axis=0)
        invalid[at] = np.logical_or.reduceat(refused, scripts.starts, axis=0)
        totals[at] = np.add.reduceat(marks, scripts.starts, axis=0)
        human_totals[at] = np.add.reduceat(human, scripts.starts)
    complete &= comparable[:, None]
    return Totals(
        np.where(complete.any(axis=1), human_totals, np.nan),
        np.where(complete, totals, np.nan),
        tried,
        invalid,
        comparable,
        maximum,
    )


def _comparable(table: MarkTable, scripts: LeaveOneOut, maxima: Floats, n_scripts: int) -> tuple[Bools, float]:
    """Scripts with the most frequent total maximum and more than one question, unless the exam has only one."""
    found = np.zeros(n_scripts, bool)
    if len(maxima) == 0:
        return found, 0.0
    whole = np.round(np.add.reduceat(maxima, scripts.starts), 6)
    held = np.diff(np.r_[scripts.starts, len(maxima)])
    able = held > 1 if len(table.questions) > 1 and held.max() <= 1 else np.ones(len(held), bool)
    if not able.any():
        return found, 0.0
    values, counts = np.unique(whole[able], return_counts=True)
    maximum = float(values[::-1][np.argmax(counts[::-1])])
    found[scripts.scripts[able & (whole == maximum)]] = True
    return found, maximum


def totals_agreement(totals: Totals) -> tuple[Agreement, dict[str, Estimate]]:
    """Every figure of `FIGURES` of script totals, and their estimates."""
    pairs = totals.pairs()
    estimates = close_estimates(pairs) | moment_estimates(pairs)
    reason = totals.reason if pairs.counts.n == 0 else "the totals do not vary, or there are too few"
    figures = {name: figure_of(name, estimates[name], pairs.counts, reason) for name in FIGURES}
    return Agreement(MARKS, pairs.n_scripts, figures), estimates


def bland_altman(totals: Totals, counts: Figure) -> BlandAltman:
    """bias, lower and upper limit of agreement (bias ± 1.96 s_d, ddof 1), slope of d on (h + m)/2.

    `counts` gives the missing and invalid marks.
    """
    pairs = totals.pairs()
    n = totals.complete
    scripts = replace(counts, n=n)
    reason = "all totals are identical"
    if n < LEAST_SCRIPTS:
        reason = "fewer than 3 completely marked scripts" if totals.comparable.any() else NOT_COMPARABLE
    covered = pairs.scripts.sums(pairs.paired.T.astype(float))
    figures = {
        name: figure_of(f"total_{name}", Estimate(over_tries(draws, covered), pairs.scripts.scripts), scripts, reason)
        for name, draws in _draws(pairs).items()
    }
    return BlandAltman(figures, len(totals.comparable) - n, totals.incomplete_tries)


def _draws(pairs: Pairs) -> dict[str, Floats]:
    kept, h = pairs.paired, pairs.human[:, None]
    d = np.where(kept, pairs.marks - h, 0.0)
    middle = np.where(kept, (pairs.marks + h) / 2, 0.0)
    # Centred on a total that occurs, so that identical ones leave exact zeros.
    centre = np.max(np.where(kept, middle, -np.inf), axis=0, initial=-np.inf)
    middle = np.where(kept, middle - np.where(np.isfinite(centre), centre, 0.0), 0.0)
    columns = np.stack([kept.astype(float), d, d * d, middle, middle * middle, middle * d])
    n, sum_d, sum_dd, sum_x, sum_xx, sum_xd = pairs.scripts.sums(columns.transpose(0, 2, 1))
    bias = ratio(sum_d, n)
    var_d = variance(n, sum_d, sum_dd, ROUNDING * float(np.max(d * d, initial=0.0)))
    var_x = variance(n, sum_x, sum_xx, ROUNDING * float(np.max(middle * middle, initial=0.0)))
    half = LIMITS * np.sqrt(sample_variance(var_d, n))
    slope = ratio(ratio(sum_xd, n) - bias * ratio(sum_x, n), var_x)
    found = {"bias": bias, "lower": bias - half, "upper": bias + half, "slope": slope}
    return {name: enough(draws, n, LEAST_SCRIPTS) for name, draws in found.items()}


def repeated_totals(table: MarkTable, marker: Marker) -> tuple[Floats, Ints]:
    """Totals (scripts, tries), NaN where a try is incomplete, of scripts with two complete tries; which these are."""
    scripts = LeaveOneOut(table.script)
    comparable, _ = _comparable(table, scripts, table.maxima, len(table.scripts))
    if len(table.script) == 0:
        return np.zeros((0, len(marker.tries))), np.zeros(0, np.intp)
    found = marker.codes == Code.MARKED
    whole = np.logical_and.reduceat(found, scripts.starts, axis=0) & comparable[scripts.scripts][:, None]
    totals = np.add.reduceat(np.where(found, marker.marks, 0.0), scripts.starts, axis=0)
    kept = whole.sum(axis=1) >= 2  # noqa: PLR2004 - one total repeats nothing
    return np.where(whole, totals, np.nan)[kept], scripts.scripts[kept]
