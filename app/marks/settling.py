"""When an answer is settled: more tries would hardly change the mark that its tries agree on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, exp, lgamma

# Shares of the maximum where mark bands part, and how near counts as near: only equal marks agree there.
BOUNDARIES = (0.25, 0.75)
NEAR = 0.05
EPSILON = 1e-9
# The most that the chance of another mark may be.
STATED_ERROR = 0.01


@dataclass(frozen=True, slots=True)
class Votes:
    """The marks of all markers and tries for one answer so far; None where a model declined to mark it. Marks within
    `tolerance` of each other agree.
    """

    marks: Sequence[float | None]
    maximum: float
    tolerance: float = 0.0

    @property
    def agreeing(self) -> int:
        """How many marks agree with their median, or decline if most do."""
        found = sorted(mark for mark in self.marks if mark is not None)
        declined = len(self.marks) - len(found)
        if declined >= len(found):
            return declined
        median = found[(len(found) - 1) // 2]
        reach = 0.0 if self._is_near_boundary(median, found) else self.tolerance
        return sum(abs(mark - median) <= reach + EPSILON for mark in found)

    def _is_near_boundary(self, median: float, found: Sequence[float]) -> bool:
        limits = [share * self.maximum for share in BOUNDARIES]
        near = NEAR * self.maximum
        return any(abs(median - limit) <= near or found[0] < limit < found[-1] for limit in limits)


def more_needed(answers: Sequence[Votes], left: int, error: float = STATED_ERROR) -> int:
    """How many of the `left` calls to make next: the fewest that could settle every answer of a script; 0 if all are
    settled. Each call gives one more mark for every answer.
    """
    return max((_more_needed(votes.agreeing, len(votes.marks), left, error) for votes in answers), default=0)


def _more_needed(agreeing: int, seen: int, left: int, error: float) -> int:
    total = seen + left
    return next(
        (more for more in range(left) if chance_of_change(agreeing + more, seen + more, total) <= error),
        left,
    )


@cache
def chance_of_change(agreeing: int, seen: int, total: int) -> float:
    """The chance that fewer than half of `total` marks agree with the present median, if `agreeing` of the `seen` ones
    do and every share of agreeing marks was equally likely before the first (beta-binomial, uniform prior).
    """
    if not seen:
        return 1.0
    left, needed = total - seen, ceil(total / 2) - agreeing
    if needed > left:
        return 1.0
    return sum(_beta_binomial(k, left, agreeing + 1, seen - agreeing + 1) for k in range(max(0, needed)))


def _beta_binomial(k: int, n: int, a: int, b: int) -> float:
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + _log_beta(k + a, n - k + b) - _log_beta(a, b))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
