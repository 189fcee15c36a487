"""How often each interval that the product shows holds the true value, in exams drawn from one known population."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from app.agreement import figures
from app.agreement.agreement import analyse
from app.agreement.compare import compare
from app.agreement.review import review_queue
from app.agreement.table import MarkTable
from tests.bench.report import Figure
from tests.bench.worlds import World

SCRIPTS = (30, 100, 300)
QUESTIONS = (1, 10)
REPEATS = int(os.environ.get("COVERAGE_REPEATS", "1000"))
POPULATION = 40_000
LOWEST, HIGHEST = 0.93, 0.97
# What chance alone adds to a coverage of 95 % in so many repeats, in 999 of 1,000 figures.
CHANCE = 3.3 * (0.95 * 0.05 / REPEATS) ** 0.5

Shown = dict[str, figures.Figure]


def coverage(_: Path) -> list[Figure]:
    """The coverage of each figure at the worst of its six sizes. An interval promises 95 %."""
    found: dict[str, list[float]] = {}
    with ProcessPoolExecutor(2) as pool:
        for n_questions in QUESTIONS:
            world = World(n_questions, lost=0.02, rival=0.11)
            truth = {name: shown.value for name, shown in shown_figures(world, POPULATION, 987_654).items()}
            for n_scripts in SCRIPTS:
                drawn = pool.map(partial(_intervals, world, n_scripts), range(REPEATS), chunksize=25)
                for name, share in _shares(list(drawn), truth):
                    found.setdefault(name, []).append(share)
    return [_figure(name, shares) for name, shares in found.items()]


def _figure(name: str, shares: list[float]) -> Figure:
    worst = max(shares, key=lambda share: abs(share - 0.95))
    each = " ".join(f"{100 * share:.1f}" for share in shares)
    return Figure(f"{name}: {each}", worst, at_least=LOWEST - CHANCE / 2, at_most=HIGHEST + CHANCE / 2)


def _intervals(world: World, n_scripts: int, seed: int) -> dict[str, tuple[float, float]]:
    found = shown_figures(world, n_scripts, seed)
    return {name: figure.shown for name, figure in found.items() if figure.shown is not None}


def _shares(drawn: list[dict[str, tuple[float, float]]], truth: dict[str, float | None]) -> Iterator[tuple[str, float]]:
    for name, value in truth.items():
        intervals = np.array([found[name] for found in drawn if name in found])
        if value is not None and len(intervals) > REPEATS / 2:
            yield name, float(((intervals[:, 0] <= value + 1e-12) & (value - 1e-12 <= intervals[:, 1])).mean())


def shown_figures(world: World, n_scripts: int, seed: int) -> Shown:
    """Every figure with an interval, by where it is shown."""
    drawn = world.draw(n_scripts, np.random.default_rng(seed))
    table = replace(drawn, markers=drawn.markers[:1])
    (marker,) = (found := analyse(table, seed=1)).markers
    parts = {
        "exam": marker.overall.figures,
        "totals": marker.totals.figures,
        "tries": marker.self_consistency.figures,
        "Bland–Altman": marker.bland_altman.figures,
        "question": marker.per_question["q1"].figures,
        "band": marker.per_band["25_74_9"].figures,
        "leaderboard": {"exact": found.leaderboard[0].exact, "qwk": found.leaderboard[0].qwk},
        "review": {"error left": review_queue(table, seed=1).residual.error},
        **_compared(drawn),
    }
    return {f"{part} {name}": figure for part, shown in parts.items() for name, figure in shown.items()}


def _compared(table: MarkTable) -> dict[str, Shown]:
    """Of a better and a worse marker."""
    found = compare(table, *table.markers)
    parts = {"exam": found.overall, "totals": found.totals, "question": found.per_question["q1"]}
    shown = {
        f"{name} difference": {figure: one.difference for figure, one in part.figures.items()}
        for name, part in parts.items()
    }
    return shown | {"between markers": dict(found.between)}
