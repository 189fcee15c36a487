"""From a figure's leave-one-out values to the figure with its 95 % interval. Pure numpy.

The jackknife variance with Student's t (scripts - 1 degrees of freedom), on the scale on which the figure is nearly
normal. docs/decisions/ has the measured coverage beside that of the percentile bootstrap.
"""

import math
from collections.abc import Callable
from enum import Enum

import numpy as np

from app.agreement.figures import Figure
from app.agreement.intervals import LEVEL, Z95, t_quantile, wilson
from app.agreement.leave_one_out import Estimate
from app.agreement.table import Floats

# Fewer say nothing about how much they vary.
FEWEST = 2
# What rounding leaves of a zero.
ZERO = 1e-12
# A factor of 150 either way is no statement.
WIDEST = 5.0

Interval = tuple[float, float]


class Kind(Enum):
    """The scale on which an interval is made."""

    PLAIN = "plain"
    SHARE = "share"
    COEFFICIENT = "coefficient"
    DISTANCE = "distance"
    EXPLAINED = "explained"


_KINDS = {
    Kind.SHARE: ("exact", "within_tolerance", "adjacent", "unanimous", "modal_share", "marked", "unflagged_error"),
    Kind.COEFFICIENT: (
        *("qwk", "pearson", "spearman", "kappa", "ac2", "alpha", "icc_single", "icc_average"),
        *("icc_totals_single", "icc_totals_average", "alpha_totals"),
    ),
    Kind.DISTANCE: ("mae", "rmse", "sd", "range"),
    Kind.EXPLAINED: ("r2", "prmse", "disattenuated"),
}
# 95 % intervals of these held the true value in 90 % of simulated exams of 30 scripts.
_LIMITS = "limits of agreement are shown without an interval: none held what it promises with few scripts"
WITHOUT = {"total_lower": _LIMITS, "total_upper": _LIMITS, "marked": "counted, not estimated: no interval"}
KIND = {name: kind for kind, names in _KINDS.items() for name in names}


def figure_of(name: str, estimate: Estimate, counts: Figure, reason: str) -> Figure:
    """The figure with the counts of `counts`; undefined for `reason`."""
    value = estimate.value
    if not math.isfinite(value):
        return Figure(None, None, counts.n, counts.n_missing, counts.n_invalid, reason)
    value = 0.0 if abs(value) < ZERO else value
    without = estimate.draws[1:]
    n_dropped = int(np.isnan(without).sum())
    interval, why = None, None
    if name in WITHOUT:
        why = WITHOUT[name]
    elif len(without) < FEWEST:
        why = "fewer than 2 scripts: no interval"
    elif n_dropped:
        why = "rests on a single script: no interval"
    else:
        interval = _INTERVALS[KIND.get(name, Kind.PLAIN)](value, without, counts.n)
        why = None if interval else "no mark differs, or too few to say how the figure varies: no interval"
    return Figure(value, interval, counts.n, counts.n_missing, counts.n_invalid, why, n_dropped)


def standard_error(value: float, without: Floats) -> float:
    """The jackknife's; around the figure itself, which is on the safe side."""
    n = len(without)
    found = math.sqrt((n - 1) / n * float(np.sum((without - value) ** 2)))
    return 0.0 if found < ZERO else found


def _t(n: int) -> float:
    return t_quantile((1 + LEVEL) / 2, n - 1)


def _plain(value: float, without: Floats, _: int) -> Interval:
    half = _t(len(without)) * standard_error(value, without)
    return value - half, value + half


def _share(value: float, without: Floats, n: int) -> Interval:
    """Wilson's, of as many answers as would give this variance if each stood alone; plain of answers that do."""
    scripts, error = len(without), standard_error(value, without)
    alone = n == scripts
    if error > 0:
        answers = value * (1 - value) / error**2 * scripts / (scripts - 1)
    else:
        answers = n if 0 < value < 1 else scripts
    return wilson(value, answers, Z95 if alone else _t(scripts))


def _coefficient(value: float, without: Floats, _: int) -> Interval:
    """Fisher's z. Of perfect agreement: down to what it would be if as many scripts as may still be wrong were."""
    n = len(without)
    if abs(value) >= 1 - ZERO:
        bound = ((1 - LEVEL) / 2) ** (1 / n)
        return (bound, 1.0) if value > 0 else (-1.0, -bound)
    half = _t(n) * standard_error(value, without) / (1 - value**2)
    return math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half)


def _distance(value: float, without: Floats, _: int) -> Interval | None:
    """On log x; no distance at all says nothing of how it varies."""
    if value <= ZERO:
        return None
    half = _t(len(without)) * standard_error(value, without) / value
    return None if half > WIDEST else (value * math.exp(-half), value * math.exp(half))


def _explained(value: float, without: Floats, _: int) -> Interval | None:
    """On -log(1 - x): never above 1, without a lower end."""
    left = 1 - value
    if left <= ZERO:
        return None
    half = _t(len(without)) * standard_error(value, without) / left
    return None if half > WIDEST else (1 - left * math.exp(half), 1 - left * math.exp(-half))


_INTERVALS: dict[Kind, Callable[[float, Floats, int], Interval | None]] = {
    Kind.PLAIN: _plain,
    Kind.SHARE: _share,
    Kind.COEFFICIENT: _coefficient,
    Kind.DISTANCE: _distance,
    Kind.EXPLAINED: _explained,
}
