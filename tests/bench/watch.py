"""The standing watch without any change: how often each chart that it shows signals, and how often an exam does."""

import random
from collections.abc import Iterator
from pathlib import Path

from app.agreement.drift import chart, limit_for
from tests.bench.report import Figure

RUNS, SEEDS, TOTAL = 10, 10, 35
MARKERS = (1, 3, 10)
SERIES = 12_000
# Of exams without any change, and what chance adds to 6 % in 1,200 exams, in 99 of 100 such measurements.
PROMISED, CHANCE = 0.06, 0.016
# How far a marker is from the human, and how far from itself in another run, in percent of a script's total.
ERROR, NOISE = 5.0, 2.5

Runs = dict[int, dict[str, float]]


def watch(_: Path) -> list[Figure]:
    """Ten runs of ten seeds, a total of 35 whole marks."""
    draw = random.Random(20261128)  # noqa: S311 - made-up marks
    # Without a limit a chart adds up alike: where its sums come to decides about each limit.
    highest = [tuple(_highest(runs) for runs in _series(draw)) for _ in range(SERIES)]
    return [figure for n_markers in MARKERS for figure in _signals(highest, n_markers)]


def _series(draw: random.Random) -> tuple[Runs, Runs]:
    """Totals of one marker, and their distances from the human, in percent: what the two charts hold."""
    human = [draw.uniform(20, 95) for _ in range(SEEDS)]
    usual = [draw.gauss(0, ERROR) for _ in range(SEEDS)]
    level: Runs = {}
    distance: Runs = {}
    for run in range(1, RUNS + 1):
        apart = [100 / TOTAL * round(TOTAL / 100 * (mean + draw.gauss(0, NOISE))) for mean in usual]
        level[run] = {f"s{i}": human[i] + one for i, one in enumerate(apart)}
        distance[run] = {f"s{i}": abs(one) for i, one in enumerate(apart)}
    return level, distance


def _highest(runs: Runs) -> float:
    return max(max(point.up, point.down) for point in chart(runs).points)


def _signals(highest: list[tuple[float, ...]], n_markers: int) -> Iterator[Figure]:
    limit = limit_for(n_markers)
    told = f"of {n_markers} marker" if n_markers == 1 else f"each of {n_markers} markers"
    for place, name in enumerate(("level", "distance")):
        share = sum(found[place] > limit for found in highest) / len(highest)
        yield Figure(f"{name} charts {told} that signal", 100 * share, "%", at_most=100 * PROMISED)
    exams = [highest[at : at + n_markers] for at in range(0, len(highest), n_markers)]
    share = sum(any(max(found) > limit for found in exam) for exam in exams) / len(exams)
    limit_of_exams = 100 * (PROMISED + CHANCE)
    yield Figure(f"exams with {n_markers} watched that signal", 100 * share, "%", at_most=limit_of_exams)
