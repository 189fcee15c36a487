"""A marker against itself over its tries, and several raters among each other. Pure numpy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.agreement.figures import Figure, figures_json
from app.agreement.moments import ROUNDING, ratio
from app.agreement.pairs import MARKS, PERCENT, unit_of
from app.agreement.resampling import Resampler, figure_of, per_script
from app.agreement.table import EPSILON, Bools, Code, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

FIGURES = (
    *("icc_single", "icc_average", "icc_totals_single", "icc_totals_average"),
    *("alpha", "sd", "range", "unanimous", "modal_share"),
)
ONE_TRY = "fewer than two tries"
TWO = 2


@dataclass(frozen=True)
class SelfConsistency:
    """`unit` is that of `sd` and `range`; totals are in marks."""

    unit: str
    n_scripts: int
    figures: Mapping[str, Figure]

    def as_json(self) -> dict[str, Json]:
        return {"unit": self.unit, "n_scripts": self.n_scripts, **figures_json(self.figures)}


def self_consistency(table: MarkTable, marker: Marker, chosen: Bools, resampler: Resampler) -> SelfConsistency:
    """ICC of answers and of totals, alpha and spread over the tries; needs no human mark. Resamples all scripts."""
    unit = unit_of(table, chosen)
    if len(marker.tries) < TWO:
        return SelfConsistency(unit, 0, dict.fromkeys(FIGURES, Figure(None, reason=ONE_TRY)))
    lines = chosen & (table.maxima > 0) if unit == PERCENT else chosen
    scale = np.ones(int(lines.sum())) if unit == MARKS else 100 / table.maxima[lines]
    values, script = marker.marks[lines] * scale[:, None], table.script[lines]
    repeated = np.isfinite(values).sum(axis=1) >= TWO
    counts = _counts(marker, lines, int(repeated.sum()))
    n_scripts = len(np.unique(script[repeated]))
    draws = alpha_draws(values, script, resampler) | spread_draws(values, script, resampler)
    figures = {name: figure_of(d, counts, n_scripts, _reason(values, counts.n)) for name, d in draws.items()}
    figures |= _icc_figures("icc", values, script, counts, resampler)
    totals, whole = _totals(table, marker, lines)
    figures |= _icc_figures("icc_totals", totals, whole, counts, resampler)
    return SelfConsistency(unit, n_scripts, figures)


def _counts(marker: Marker, lines: Bools, n: int) -> Figure:
    codes = marker.codes[lines]
    return Figure(0.0, n=n, n_missing=int((codes == Code.MISSING).sum()), n_invalid=int((codes == Code.INVALID).sum()))


def _reason(values: Floats, n: int) -> str:
    if values.shape[1] < TWO:
        return ONE_TRY
    return "no answer was marked twice" if n == 0 else "all marks are identical"


def _totals(table: MarkTable, marker: Marker, lines: Bools) -> tuple[Floats, Ints]:
    """Totals (scripts, tries) in marks of scripts that are completely marked in every try, and which they are."""
    found = marker.codes[lines] == Code.MARKED
    marks = np.where(found, marker.marks[lines], 0.0)
    stacked = np.stack([found, np.ones_like(found), marks]).astype(float).transpose(0, 2, 1)
    n, asked, total = per_script(stacked, table.script[lines], len(table.scripts)).transpose(0, 2, 1)
    whole = np.flatnonzero(((n == asked) & (asked > 0)).all(axis=1))
    return total[whole], whole


def _icc_figures(name: str, values: Floats, script: Ints, counts: Figure, resampler: Resampler) -> dict[str, Figure]:
    kept = np.isfinite(values).all(axis=1)
    n = int(kept.sum())
    reason = "fewer than 2 complete rows" if n < TWO else "all marks are identical"
    if values.shape[1] < TWO:
        reason = ONE_TRY
    counted = Figure(0.0, n=n, n_missing=counts.n_missing, n_invalid=counts.n_invalid)
    single, average = icc_draws(values[kept], script[kept], resampler)
    n_scripts = len(np.unique(script[kept]))
    return {
        f"{name}_single": figure_of(single, counted, n_scripts, reason),
        f"{name}_average": figure_of(average, counted, n_scripts, reason),
    }


def icc_draws(values: Floats, script: Ints, resampler: Resampler) -> tuple[Floats, Floats]:
    """ICC(A,1) and ICC(A,k) of values (rows, k) without NaN: two-way, absolute agreement (McGraw and Wong 1996)."""
    n_rows, k = values.shape
    if k < TWO or n_rows < TWO:
        blank = np.full(resampler.replicates + 1, np.nan)
        return blank, blank
    x = values - values.min()
    row = x.sum(axis=1)
    columns = np.vstack([np.ones(n_rows), x.T, (x * x).sum(axis=1), row * row])
    n, *by_column, squares, row_squares = resampler.sums(columns, script)
    total = np.sum(by_column, axis=0)
    mean_square = ratio(total * total, n * k)
    between_rows = row_squares / k - mean_square
    between_columns = ratio(np.sum(np.square(by_column), axis=0), n) - mean_square
    # What rounding leaves counts as zero, or identical marks would have an arbitrary ICC.
    floor = ROUNDING * float(np.max(x * x)) * n_rows
    within = squares - mean_square - between_rows - between_columns
    between_rows, between_columns, within = (
        np.where(part <= floor, 0.0, part) for part in (between_rows, between_columns, within)
    )
    msr, msc = ratio(between_rows, n - 1), between_columns / (k - 1)
    mse = ratio(within, (n - 1) * (k - 1))
    bias = ratio(msc - mse, n)
    return _signed_ratio(msr - mse, msr + (k - 1) * mse + k * bias), _signed_ratio(msr - mse, msr + bias)


def _signed_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Also by a negative denominator; NaN by zero."""
    return ratio(numerator * np.sign(denominator), np.abs(denominator))


def alpha_draws(values: Floats, script: Ints, resampler: Resampler) -> dict[str, Floats]:
    """Krippendorff's alpha, interval metric, of values (units, raters) with NaN for missing; units with ≥ 2 values."""
    kept = np.isfinite(values).sum(axis=1) >= TWO
    x, script = values[kept], script[kept]
    found = np.isfinite(x)
    m = found.sum(axis=1).astype(float)
    low = float(x[found].min()) if found.any() else 0.0
    x = np.where(found, x - low, 0.0)
    total, squares = x.sum(axis=1), (x * x).sum(axis=1)
    # Sum over ordered pairs of a unit of (difference)² = 2 (m Σx² - (Σx)²).
    within = np.maximum(2 * (m * squares - total**2), 0.0) / np.maximum(m - 1, 1)
    n, sum_x, sum_xx, sum_within = resampler.sums(np.stack([m, total, squares, within]), script)
    floor = ROUNDING * float(np.max(x * x, initial=0.0))
    expected = ratio(2 * (n * sum_xx - sum_x**2), n * (n - 1))
    return {"alpha": 1 - ratio(ratio(sum_within, n), expected, floor)}


def spread_draws(values: Floats, script: Ints, resampler: Resampler) -> dict[str, Floats]:
    """Mean over answers with ≥ 2 marks of: SD (ddof 1), range, unanimity, share of the most frequent mark."""
    kept = np.isfinite(values).sum(axis=1) >= TWO
    x = values[kept]
    if len(x) == 0:
        return dict.fromkeys(("sd", "range", "unanimous", "modal_share"), np.full(resampler.replicates + 1, np.nan))
    spans = np.nanmax(x, axis=1) - np.nanmin(x, axis=1)
    alike = (np.abs(x[:, :, None] - x[:, None, :]) < EPSILON).sum(axis=2).max(axis=1)
    per_answer = np.stack(
        [
            np.ones(len(x)),
            np.nanstd(x, axis=1, ddof=1),
            spans,
            spans < EPSILON,
            alike / np.isfinite(x).sum(axis=1),
        ]
    )
    n, *sums = resampler.sums(per_answer, script[kept])
    return {
        name: ratio(found, n) for name, found in zip(("sd", "range", "unanimous", "modal_share"), sums, strict=True)
    }


def fleiss_kappa(marks: Floats) -> Figure:
    """Of marks (answers, raters), rows with every rater; no interval."""
    x = np.round(marks[np.isfinite(marks).all(axis=1)], 9)
    n, raters = x.shape
    if n == 0 or raters < TWO:
        return Figure(None, n=n, reason="no answer with two raters")
    counts = np.stack([(x == value).sum(axis=1) for value in np.unique(x)], axis=1)
    if counts.shape[1] == 1:
        return Figure(None, n=n, reason="all marks are identical")
    observed = ((counts**2).sum(axis=1) - raters).mean() / (raters * (raters - 1))
    expected = float(((counts.sum(axis=0) / (n * raters)) ** 2).sum())
    return Figure(float((observed - expected) / (1 - expected)), n=n)
