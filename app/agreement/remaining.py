"""How many more answers a human has to look at before little enough may be wrong among the others."""

from functools import lru_cache

from app.agreement.intervals import clopper_pearson
from app.agreement.residual import Residual

# More than anybody looks at; a bound that needs so many is not reached by looking at a sample.
MOST_ANSWERS = 100_000
_BISECTIONS = 40


def answers_to_check(left: Residual, target: float) -> int | None:
    """About how many more checked answers bring the bound down to `target`, if as many differ among them as did so far;
    0 where it is there, None where so many differ that no number of answers will do.
    """
    error = left.error
    if error.value is None:
        return _enough(0.0, target)
    high = (error.interval or (0.0, 1.0))[1]
    if high <= target:
        return 0
    needed = _enough(round(error.value, 6), target)
    if needed is None:
        return None
    return max(1, round(error.n * needed / _weight(error.value, error.n, high)) - error.n)


def _weight(share: float, n: int, high: float) -> float:
    """As how many independent answers `n` answers of a few scripts count: those with the same bound."""
    low, most = 1e-3, float(n)
    for _ in range(_BISECTIONS):
        middle = (low + most) / 2
        low, most = (middle, most) if clopper_pearson(share * middle, middle)[1] > high else (low, middle)
    return most


@lru_cache(maxsize=1024)
def _enough(share: float, target: float) -> int | None:
    """The least number of independent answers with `share` differing whose bound is `target`."""
    if share >= target or clopper_pearson(share * MOST_ANSWERS, MOST_ANSWERS)[1] > target:
        return None
    low, high = 1, MOST_ANSWERS
    while low < high:
        middle = (low + high) // 2
        if clopper_pearson(share * middle, middle)[1] <= target:
            high = middle
        else:
            low = middle + 1
    return low
