"""Quantiles and the intervals that have a formula: Wilson, t, Clopper–Pearson, exact binomial. Plain floats."""

import math
from collections.abc import Callable
from functools import lru_cache

LEVEL = 0.95
Z95 = 1.959963984540054  # the standard normal's 97.5 % point

_TINY = 1e-300
_FRACTION_TERMS = 10_000
_BISECTIONS = 100
_CONVERGED = 1e-15
_MEDIAN = 0.5


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # The continued fraction converges fast only on this side of the mean.
    if x > (a + 1) / (a + b + 2):
        return 1 - math.exp(log_front) * _beta_fraction(1 - x, b, a) / b
    return math.exp(log_front) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Lentz's method on the continued fraction of I_x(a, b) (DLMF 8.17.22)."""
    c = 1.0
    d = 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _FRACTION_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _off_zero(1 + term * d)
            c = _off_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _CONVERGED:
            break
    return value


def _off_zero(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def _increasing_root(function: Callable[[float], float], target: float) -> float:
    """X in [0, 1] with function(x) = target, by bisection down to neighbouring floats."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2


def beta_quantile(p: float, a: float, b: float) -> float:
    return _increasing_root(lambda x: beta_cdf(x, a, b), p)


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """Student's t with `df` degrees of freedom, for p in (0, 1)."""
    if p == _MEDIAN:
        return 0.0
    # Both tails together are I_x(df/2, 1/2) with x = df/(df + t²).
    x = beta_quantile(2 * min(p, 1 - p), df / 2, 0.5)
    return math.copysign(math.sqrt(df * (1 - x) / x), p - 0.5)


def t_tails(t: float, df: float) -> float:
    """The chance of |T| ≥ t ≥ 0 in both tails together."""
    return beta_cdf(df / (df + t * t), df / 2, 0.5)


def wilson(share: float, n: float, quantile: float = Z95) -> tuple[float, float]:
    """For a share of n > 0 answers, as many as they count for; 95 % with the normal quantile."""
    z2 = quantile**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = quantile / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (0.0 if share <= 0 else max(0.0, centre - half)), (1.0 if share >= 1 else min(1.0, centre + half))


def clopper_pearson(hits: float, n: float) -> tuple[float, float]:
    """The exact two-sided 95 % interval of a share; (0, 1) of nothing. Parts of answers come from effective numbers."""
    tail = (1 - LEVEL) / 2
    low = beta_quantile(tail, hits, n - hits + 1) if hits > 0 else 0.0
    high = beta_quantile(1 - tail, hits + 1, n - hits) if hits < n else 1.0
    return low, high


def exact_mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of the exact test that discordant pairs fall to either side alike."""
    n, k = only_first + only_second, min(only_first, only_second)
    if 2 * k == n:
        return 1.0
    return min(1.0, 2 * beta_cdf(0.5, n - k, k + 1))
