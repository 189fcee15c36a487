"""Agreement as a function of sums over answers: each function works on one table or on all its resamples at once.

Arrays are (tries, 1 + replicates); NaN is "undefined" between these functions and never leaves them. Definitions:
h, m the human's and the marker's mark of one answer, d = m - h.
"""

from dataclasses import dataclass

import numpy as np

from app.agreement.resampling import Resampler
from app.agreement.table import EPSILON, Floats, Ints

# Rounding leaves variances of identical marks at some 1e-16 of the largest square: this much counts as zero.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Moments:
    """Sums over answers. a = h - c and b = m - c for a constant c, so that squares stay small."""

    n: Floats
    a: Floats
    b: Floats
    aa: Floats
    bb: Floats
    ab: Floats
    d: Floats
    dd: Floats
    abs_d: Floats
    exact: Floats
    within: Floats
    near: Floats
    n_near: Floats
    floor: float

    @property
    def var_h(self) -> Floats:
        return variance(self.n, self.a, self.aa, self.floor)

    @property
    def var_m(self) -> Floats:
        return variance(self.n, self.b, self.bb, self.floor)

    @property
    def covariance(self) -> Floats:
        return ratio(self.ab, self.n) - ratio(self.a, self.n) * ratio(self.b, self.n)


def moments(
    human: Floats,
    marks: Floats,
    *,
    tolerances: Floats,
    scale: Floats,
    near: Floats,
    script: Ints,
    resampler: Resampler,
) -> Moments:
    """Of pairs: human (answers,), marks (answers, tries) with NaN for none, both in marks.

    `scale` turns marks into the figure's unit; exact, within tolerance and within 1 are decided in marks. `near` is 1
    for answers of which "within 1" says anything.
    """
    paired = np.isfinite(marks) & np.isfinite(human)[:, None]
    d = np.where(paired, marks - human[:, None], 0.0)
    h = human * scale
    centre = float(np.nanmin(h)) if np.isfinite(h).any() else 0.0
    a = np.where(paired, (h - centre)[:, None], 0.0)
    b = np.where(paired, marks * scale[:, None] - centre, 0.0)
    scaled = d * scale[:, None]
    distance = np.abs(d)
    n_near = paired * near[:, None]
    columns = np.stack(
        [
            paired,
            *(a, b, a * a, b * b, a * b),
            *(scaled, scaled * scaled, np.abs(scaled)),
            paired & (distance < EPSILON),
            paired & (distance <= tolerances[:, None] + EPSILON),
            n_near * (distance <= 1 + EPSILON),
            n_near,
        ]
    )
    floor = ROUNDING * float(max(np.max(a * a, initial=0.0), np.max(b * b, initial=0.0)))
    sums = resampler.sums(columns.transpose(0, 2, 1).astype(float), script)
    return Moments(*sums, floor)  # type: ignore[call-arg]  # as many sums as fields before the last


def ratio(numerator: Floats, denominator: Floats, least: float = 0.0) -> Floats:
    """Numerator / denominator where the denominator is above `least`, else NaN."""
    blank = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    result: Floats = np.divide(numerator, denominator, out=blank, where=denominator > least)
    return result


def variance(n: Floats, total: Floats, squares: Floats, floor: float) -> Floats:
    """Ddof 0; exactly 0 where it is below what rounding leaves."""
    found = ratio(squares, n) - ratio(total, n) ** 2
    return np.where(found <= floor, np.where(np.isnan(found), np.nan, 0.0), found)


def enough(draws: Floats, n: Floats, least: int) -> Floats:
    return np.where(n >= least, draws, np.nan)


def quadratic_weighted_kappa(m: Moments) -> Floats:
    """2 cov / (var_h + var_m + (mean m - mean h)²), ddof 0."""
    gap = ratio(m.d, m.n) ** 2
    return enough(ratio(2 * m.covariance, m.var_h + m.var_m + gap, m.floor), m.n, 2)


def pearson(m: Moments) -> Floats:
    spread = np.sqrt(np.maximum(m.var_h * m.var_m, 0.0))
    return enough(np.clip(ratio(m.covariance, spread), -1, 1), m.n, 3)


def standardised_mean_difference(m: Moments) -> Floats:
    """Mean d / s_h (ddof 1)."""
    return ratio(ratio(m.d, m.n), np.sqrt(sample_variance(m.var_h, m.n)))


def sample_variance(var: Floats, n: Floats) -> Floats:
    """Ddof 1 from ddof 0."""
    return ratio(var * n, n - 1)


def r_squared(m: Moments) -> Floats:
    """1 - Σd² / Σ(h - mean h)²."""
    return 1 - ratio(m.dd, m.var_h * m.n)
