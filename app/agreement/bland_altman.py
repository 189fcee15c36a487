"""Bland–Altman on script totals, in marks. Pure numpy."""

from dataclasses import dataclass, replace

import numpy as np

from app.agreement.figures import Figure, figures_json
from app.agreement.moments import ROUNDING, enough, ratio, sample_variance, variance
from app.agreement.resampling import Resampler, figure_of, over_tries, per_script
from app.agreement.table import Bools, Code, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

# Limits of agreement are mean ± 1.96 SD by their definition (Bland and Altman 1986).
LIMITS = 1.96
LEAST_SCRIPTS = 3


@dataclass(frozen=True)
class Totals:
    """Of human (scripts, tries) and marker alike: NaN where human or marker left an answer of the script unmarked.

    `tried`: whether the marker was asked for this try of the script.
    """

    human: Floats
    marker: Floats
    tried: Bools

    @property
    def complete(self) -> int:
        return int(np.isfinite(self.marker).any(axis=1).sum())

    @property
    def incomplete_tries(self) -> int:
        """Of scripts that are complete in another try."""
        kept = np.isfinite(self.marker)
        return int((np.any(kept, axis=1, keepdims=True) & self.tried & ~kept).sum())

    def points(self) -> tuple[Floats, Floats]:
        """((h + m)/2, m - h) of each complete script, averaged over its tries."""
        kept = np.isfinite(self.marker).any(axis=1)
        middle, d = (self.human + self.marker) / 2, self.marker - self.human
        return np.nanmean(middle[kept], axis=1), np.nanmean(d[kept], axis=1)


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


def totals_of(table: MarkTable, marker: Marker, chosen: Ints | None = None) -> Totals:
    """Totals over the chosen answers (all of them by default); a script without any has none."""
    lines = np.arange(len(table.script)) if chosen is None else chosen
    n_scripts = len(table.scripts)
    both = (marker.codes[lines] == Code.MARKED) & (table.human.codes[lines] == Code.MARKED)
    tried = marker.codes[lines] != Code.NOT_ASKED
    script = table.script[lines]
    human = np.where(both, table.human.marks[lines], 0.0)
    marks = np.where(both, marker.marks[lines], 0.0)
    sums = per_script(
        np.stack([both, np.ones_like(both), human, marks, tried]).astype(float).transpose(0, 2, 1), script, n_scripts
    )
    found, asked, h, m, n_tried = sums.transpose(0, 2, 1)
    complete = (found == asked) & (asked > 0)
    return Totals(np.where(complete, h, np.nan), np.where(complete, m, np.nan), n_tried > 0)


def bland_altman(totals: Totals, counts: Figure, resampler: Resampler, n_scripts: int) -> BlandAltman:
    """bias, lower and upper limit of agreement (bias ± 1.96 s_d, ddof 1), slope of d on (h + m)/2.

    `n_scripts` of the exam; `counts` gives the missing and invalid marks.
    """
    n = totals.complete
    scripts = replace(counts, n=n)
    reason = "fewer than 3 completely marked scripts"
    tries = np.isfinite(totals.marker).T.astype(float)
    covered = resampler.totals(tries)
    figures = {
        name: figure_of(
            over_tries(draws, covered), scripts, n, "all totals are identical" if n >= LEAST_SCRIPTS else reason
        )
        for name, draws in _draws(totals, resampler).items()
    }
    return BlandAltman(figures, n_scripts - n, totals.incomplete_tries)


def _draws(totals: Totals, resampler: Resampler) -> dict[str, Floats]:
    kept = np.isfinite(totals.marker)
    d = np.where(kept, totals.marker - totals.human, 0.0)
    middle = np.where(kept, (totals.marker + totals.human) / 2, 0.0)
    # Centred on a total that occurs, so that identical ones leave exact zeros.
    centre = np.where(kept.any(axis=0), np.max(np.where(kept, middle, -np.inf), axis=0, initial=-np.inf), 0.0)
    middle = np.where(kept, middle - np.where(np.isfinite(centre), centre, 0.0), 0.0)
    n, sum_d, sum_dd, sum_x, sum_xx, sum_xd = resampler.totals(
        np.stack([kept.astype(float), d, d * d, middle, middle * middle, middle * d]).transpose(0, 2, 1)
    )
    bias = ratio(sum_d, n)
    var_d = variance(n, sum_d, sum_dd, ROUNDING * float(np.max(d * d, initial=0.0)))
    var_x = variance(n, sum_x, sum_xx, ROUNDING * float(np.max(middle * middle, initial=0.0)))
    half = LIMITS * np.sqrt(sample_variance(var_d, n))
    slope = ratio(ratio(sum_xd, n) - bias * ratio(sum_x, n), var_x)
    found = {"bias": bias, "lower": bias - half, "upper": bias + half, "slope": slope}
    # Resamples draw a script several times: what is required of the table is required of it once.
    least = np.where(n[:, :1] >= LEAST_SCRIPTS, n, 0)
    return {name: enough(draws, least, 1) for name, draws in found.items()}
