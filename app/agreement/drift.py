"""Whether a marker still marks the seeds as it did: a CUSUM chart over runs. Plain floats.

Each run is compared with the mean of the runs before it, script by script, so that a chart needs no history before its
first run (Hawkins 1987, self-starting CUSUM). The paired t of a run becomes a standard normal score; the scores add up.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from app.agreement.intervals import t_tails
from app.marks.model import Json

# Tuned to a shift of one standard error a run. Without any change such a chart signals once in some 170 runs.
SLACK = 0.5
LIMIT = 4.0
# Ten markers have twenty charts: at one limit, 45 % of exams without any change would signal within ten runs. The
# chance of a signal falls exponentially with the limit, so that a logarithm keeps it at 6 % for any number of markers.
WIDER_BY_MARKERS = 0.7
# A paired t test of fewer scripts says next to nothing.
FEWEST_SCRIPTS = 3
_HIGHEST_SCORE = 8.0
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Point:
    """One run. `mean` is of (this run - the runs before) over `n` scripts; `score` is None where nothing is compared.

    `up` and `down` are the sums of the chart after this run; `signal` says that one of them is above `limit`.
    """

    run: int
    n: int
    mean: float | None
    score: float | None
    up: float
    down: float
    limit: float

    @property
    def signal(self) -> bool:
        return max(self.up, self.down) > self.limit

    def as_json(self) -> dict[str, Json]:
        found = {name: getattr(self, name) for name in ("run", "n", "mean", "score", "up", "down")}
        return found | {"signal": self.signal}


@dataclass(frozen=True, slots=True)
class Chart:
    points: tuple[Point, ...]

    @property
    def changed_since(self) -> int | None:
        """The run that moved furthest while the sum that signals rose; None where none signals.

        The first run after a change stands against unchanged runs alone, so that it moves furthest.
        """
        for at, point in enumerate(self.points):
            if point.signal:
                side, sign = ("up", 1) if point.up > point.limit else ("down", -1)
                begun = max(index for index in range(at) if getattr(self.points[index], side) == 0) + 1
                return max(self.points[begun : at + 1], key=lambda one: sign * (one.score or 0.0)).run
        return None


def limit_for(n_markers: int) -> float:
    """The limit of each chart for this number of markers, with two charts each."""
    return LIMIT + WIDER_BY_MARKERS * math.log(max(1, n_markers))


def chart(runs: Mapping[int, Mapping[str, float]], limit: float = LIMIT) -> Chart:
    """`runs`: by run, a value of each script, such as its total in percent of the maximum."""
    points: list[Point] = []
    before: dict[str, list[float]] = {}
    up = down = 0.0
    for run in sorted(runs):
        moved = [value - fmean(before[script]) for script, value in runs[run].items() if script in before]
        score = _score(moved)
        if score is not None:
            up, down = max(0.0, up + score - SLACK), max(0.0, down - score - SLACK)
        points.append(Point(run, len(moved) or len(runs[run]), _mean(moved), score, up, down, limit))
        for script, value in runs[run].items():
            before.setdefault(script, []).append(value)
    return Chart(tuple(points))


def _mean(moved: Sequence[float]) -> float | None:
    """None of no script; 0 where only rounding is left."""
    mean = fmean(moved) if moved else None
    return 0.0 if mean is not None and abs(mean) < _ROUNDING else mean


def _score(moved: Sequence[float]) -> float | None:
    """The standard normal deviate with the tail of the paired t; None of too few scripts."""
    n = len(moved)
    if n < FEWEST_SCRIPTS:
        return None
    mean, error = fmean(moved), stdev(moved) / math.sqrt(n)
    if abs(mean) < _ROUNDING:
        return 0.0
    # The same move in every script is as sure as all their signs being alike by chance.
    tail = 0.5**n if error < _ROUNDING else t_tails(abs(mean) / error, n - 1) / 2
    score = -NormalDist().inv_cdf(tail) if tail > 0 else _HIGHEST_SCORE
    return math.copysign(min(score, _HIGHEST_SCORE), mean)
