"""A marker against itself over its tries, and several raters among each other. Pure numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement.figures import Figure, figures_json, judged_only
from app.agreement.leave_one_out import Estimate, LeaveOneOut
from app.agreement.moments import ROUNDING, ratio
from app.agreement.pairs import IDENTICAL, PERCENT, unit_of
from app.agreement.spread import figure_of
from app.agreement.table import EPSILON, Code, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

SPREAD_FIGURES = ("sd", "range", "unanimous", "modal_share")
COEFFICIENTS = ("icc_single", "icc_average", "alpha")
TOTALS_FIGURES = ("icc_totals_single", "icc_totals_average", "alpha_totals")
QUESTION_FIGURES = (*COEFFICIENTS, *SPREAD_FIGURES)
FIGURES = (*COEFFICIENTS, *TOTALS_FIGURES, *SPREAD_FIGURES)
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


@dataclass(frozen=True)
class Repeats:
    """The marks (answers, tries) of the chosen answers that were given twice or more, in marks."""

    values: Floats
    maxima: Floats
    scripts: LeaveOneOut
    counts: Figure
    unit: str

    @property
    def n_scripts(self) -> int:
        return len(self.scripts.scripts)


def repeats_of(table: MarkTable, marker: Marker, lines: Ints) -> Repeats:
    """In percent, questions worth 0 are left out."""
    unit = unit_of(table.maxima[lines])
    if unit == PERCENT:
        lines = lines[table.maxima[lines] > 0]
    codes = marker.codes[lines]
    kept = lines[(codes == Code.MARKED).sum(axis=1) >= TWO]
    n_missing, n_invalid = (int((codes == code).sum()) for code in (Code.MISSING, Code.INVALID))
    counts = Figure(0.0, n=len(kept), n_missing=n_missing, n_invalid=n_invalid)
    return Repeats(marker.marks[kept], table.maxima[kept], LeaveOneOut(table.script[kept]), counts, unit)


def once(table: MarkTable, lines: Ints, names: Sequence[str] = FIGURES) -> SelfConsistency:
    """Of a marker with one try nothing is known."""
    return SelfConsistency(unit_of(table.maxima[lines]), 0, dict.fromkeys(names, Figure(None, reason=ONE_TRY)))


def question_estimates(found: Repeats) -> dict[str, Estimate]:
    """ICC and alpha of the answers to one question."""
    single, average = icc_draws(found.values, found.scripts.script)
    alpha = alpha_draws(found.values, found.scripts)
    whole = found.scripts.script[np.isfinite(found.values).all(axis=1)]
    return {
        "icc_single": Estimate(single, np.unique(whole)),
        "icc_average": Estimate(average, np.unique(whole)),
        "alpha": Estimate(alpha, found.scripts.scripts),
    }


def totals_estimates(totals: Floats, script: Ints) -> dict[str, Estimate]:
    """ICC and alpha of script totals (scripts, tries)."""
    single, average = icc_draws(totals, script)
    whole = script[np.isfinite(totals).all(axis=1)]
    return {
        "icc_totals_single": Estimate(single, whole),
        "icc_totals_average": Estimate(average, whole),
        "alpha_totals": Estimate(alpha_draws(totals, LeaveOneOut(script)), script),
    }


def spread_estimates(found: Repeats) -> dict[str, Estimate]:
    """Mean over answers with ≥ 2 marks of: SD (ddof 1), range, unanimity, share of the most frequent mark.

    SD and range count by the maximum where they are percentages, as distances do.
    """
    x = found.values
    if len(x) == 0:
        return dict.fromkeys(SPREAD_FIGURES, Estimate(np.full(1, np.nan), found.scripts.scripts))
    spans = np.nanmax(x, axis=1) - np.nanmin(x, axis=1)
    alike = np.max([(np.abs(x - column[:, None]) < EPSILON).sum(axis=1) for column in x.T], axis=0)
    percent = found.unit == PERCENT
    weight, scale = (found.maxima, 100.0) if percent else (np.ones(len(x)), 1.0)
    deviations = np.nanstd(x, axis=1, ddof=1)
    per_answer = [np.ones(len(x)), weight, scale * deviations, scale * spans, spans < EPSILON]
    per_answer.append(alike / np.isfinite(x).sum(axis=1))
    n, weights, *sums = found.scripts.sums(np.stack(per_answer).astype(float))
    bottoms = (weights, weights, n, n)
    return {
        name: Estimate(ratio(top, bottom), found.scripts.scripts)
        for name, top, bottom in zip(SPREAD_FIGURES, sums, bottoms, strict=True)
    }


def consistency_figures(estimates: Mapping[str, Estimate], counts: Figure, *, one_question: bool) -> dict[str, Figure]:
    """`n` of each is that of `counts`, but of the ICC: complete rows only. The intervals of `one_question`'s
    coefficients are too wide to be shown of few scripts.
    """
    reason = "no answer was marked twice" if counts.n == 0 else IDENTICAL
    figures = {name: figure_of(name, found, counts, reason) for name, found in estimates.items()}
    for name in figures.keys() & {*TOTALS_FIGURES}:
        n = len(estimates[name].scripts)
        few = "fewer than 2 scripts were marked completely twice" if n < TWO else IDENTICAL
        figures[name] = replace(figure_of(name, estimates[name], counts, few), n=n)
    if one_question:
        for name in figures.keys() & {*COEFFICIENTS, *TOTALS_FIGURES}:
            figures[name] = judged_only(figures[name], len(estimates[name].scripts))
    return {name: figures[name] for name in FIGURES if name in figures}


def icc_draws(values: Floats, script: Ints) -> tuple[Floats, Floats]:
    """ICC(A,1) and ICC(A,k) of the complete rows of values (rows, k): two-way, absolute agreement (McGraw and Wong).

    With each script left out in turn, where each holds one row.
    """
    whole = np.isfinite(values).all(axis=1)
    values, scripts = values[whole], LeaveOneOut(script[whole])
    n_rows, k = values.shape
    if k < TWO or n_rows < TWO:
        blank = np.full(len(scripts.scripts) + 1, np.nan)
        return blank, blank
    x = values - values.min()
    row = x.sum(axis=1)
    columns = np.vstack([np.ones(n_rows), x.T, (x * x).sum(axis=1), row * row])
    n, *by_column, squares, row_squares = scripts.sums(columns)
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


def alpha_draws(values: Floats, scripts: LeaveOneOut) -> Floats:
    """Krippendorff's alpha, interval metric, of values (units, raters) with NaN for missing; units with ≥ 2 values."""
    found = np.isfinite(values)
    m = found.sum(axis=1).astype(float)
    low = float(values[found].min()) if found.any() else 0.0
    x = np.where(found, values - low, 0.0)
    total, squares = x.sum(axis=1), (x * x).sum(axis=1)
    # Sum over ordered pairs of a unit of (difference)² = 2 (m Σx² - (Σx)²).
    within = np.maximum(2 * (m * squares - total**2), 0.0) / np.maximum(m - 1, 1)
    n, sum_x, sum_xx, sum_within = scripts.sums(np.stack([m, total, squares, within]))
    floor = ROUNDING * float(np.max(x * x, initial=0.0))
    expected = ratio(2 * (n * sum_xx - sum_x**2), n * (n - 1))
    return 1 - ratio(ratio(sum_within, n), expected, floor)


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
