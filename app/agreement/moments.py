"""Agreement as a function of sums over answers: each function works on a figure and its leave-one-out values at once.

Arrays are (tries, 1 + scripts); NaN is "undefined" between these functions and never leaves them. Definitions:
h, m the human's and the marker's mark of one answer, d = m - h.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.agreement.leave_one_out import LeaveOneOut
from app.agreement.table import EPSILON, Floats

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
    floor: float

    @cached_property
    def var_h(self) -> Floats:
        return variance(self.n, self.a, self.aa, self.floor)

    @cached_property
    def var_m(self) -> Floats:
        return variance(self.n, self.b, self.bb, self.floor)

    @cached_property
    def covariance(self) -> Floats:
        found = ratio(self.ab, self.n) - ratio(self.a, self.n) * ratio(self.b, self.n)
        found[np.abs(found) <= self.floor] = 0.0
        return found


@dataclass(frozen=True)
class Closeness:
    """Sums over answers that may be pooled over questions. `weight`, and with it `abs_d`, `d` and `dd`, counts each
    answer by its maximum where distances are percentages, so that they add up to those of whole scripts.
    """

    n: Floats
    exact: Floats
    within: Floats
    near: Floats
    n_near: Floats
    weight: Floats
    abs_d: Floats
    d: Floats
    dd: Floats


def moments(human: Floats, marks: Floats, scripts: LeaveOneOut) -> Moments:
    """Of human (answers,) and marks (answers, tries) with NaN for none."""
    paired = np.isfinite(marks)
    centre = float(human.min()) if len(human) else 0.0
    a = np.where(paired, (human - centre)[:, None], 0.0)
    b = np.where(paired, marks - centre, 0.0)
    d = b - a
    columns = np.stack([paired.astype(float), a, b, a * a, b * b, a * b, d, d * d])
    floor = ROUNDING * float(max(np.max(columns[3], initial=0.0), np.max(columns[4], initial=0.0)))
    n, sum_a, sum_b, aa, bb, ab, sum_d, dd = scripts.sums(columns.transpose(0, 2, 1))
    return Moments(n, sum_a, sum_b, aa, bb, ab, sum_d, dd, floor)


def closeness(
    human: Floats, marks: Floats, scripts: LeaveOneOut, *, tolerances: Floats, maxima: Floats, percent: bool
) -> Closeness:
    """Exact, within tolerance and within 1 are decided in marks; within 1 says nothing of a maximum of 1."""
    paired = np.isfinite(marks)
    d = np.where(paired, marks - human[:, None], 0.0)
    distance = np.abs(d)
    n_near = paired & (maxima > 1)[:, None]
    weight = np.where(paired, maxima[:, None], 0.0) if percent else paired.astype(float)
    # A percentage counted by its maximum is 100 d; its square is (100 d)²/maximum.
    scale = 100.0 if percent else 1.0
    squares = (scale * d) ** 2 / (maxima[:, None] if percent else 1.0)
    columns = np.stack(
        [
            paired.astype(float),
            paired & (distance < EPSILON),
            paired & (distance <= tolerances[:, None] + EPSILON),
            n_near & (distance <= 1 + EPSILON),
            n_near,
            *(weight, scale * distance, scale * d, squares),
        ]
    )
    return Closeness(*scripts.sums(columns.transpose(0, 2, 1)))


def ratio(numerator: Floats, denominator: Floats, least: float = 0.0) -> Floats:
    """Numerator / denominator where the denominator is above `least`, else NaN."""
    kept = denominator > least
    if kept.all():
        return np.asarray(numerator / denominator)
    blank = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    result: Floats = np.divide(numerator, denominator, out=blank, where=kept)
    return result


def variance(n: Floats, total: Floats, squares: Floats, floor: float) -> Floats:
    """Ddof 0; exactly 0 where it is below what rounding leaves."""
    found = ratio(squares, n) - ratio(total, n) ** 2
    found[found <= floor] = 0.0
    return found


def enough(draws: Floats, n: Floats, least: int) -> Floats:
    """`draws` where all scripts together hold `least` answers; a single script less changes nothing about that."""
    return np.where(n[:, :1] >= least, draws, np.nan)


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
