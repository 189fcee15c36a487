"""Which markers can be told apart from the best one. Pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement.figures import INDICATIVE_FROM, Figure
from app.agreement.intervals import exact_mcnemar
from app.agreement.moments import ratio
from app.agreement.resampling import LEAST_COVERAGE, REPLICATES, Resampler
from app.agreement.table import EPSILON, Bools, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

ALPHA = 0.05
# A bootstrap p is at least 2/(B + 1), and Holm multiplies it by the number of comparisons.
REPLICATES_PER_COMPARISON = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """The leader against one marker on the answers that both marked: `difference` is leader - marker, share exact."""

    difference: Figure
    p: float | None
    p_adjusted: float | None
    test: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the leaderboard. `tie_band` 1: the leader, and who cannot be told apart from it; 2: the others.

    Without an answer that the human marked too there is no rank and no band, and `reason` says why.
    """

    marker: str
    rank: int | None
    tie_band: int | None
    exact: Figure
    qwk: Figure
    comparison: Comparison | None
    reason: str | None = None

    def as_json(self) -> dict[str, Json]:
        against = self.comparison
        return {
            "marker": self.marker,
            "rank": self.rank,
            "tie_band": self.tie_band,
            "reason": self.reason,
            "exact": self.exact.as_json(),
            "qwk": self.qwk.as_json(),
            "behind_leader": None if against is None else against.difference.as_json(),
            "p": None if against is None else against.p,
            "p_adjusted": None if against is None else against.p_adjusted,
            "test": None if against is None else against.test,
        }


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given (Holm 1979)."""
    adjusted, worst = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def leaderboard(
    table: MarkTable, markers: Sequence[Marker], figures: Sequence[tuple[Figure, Figure]], seed: int
) -> list[Standing]:
    """`markers` have one try each (a consensus where there were several) and `figures` are their (exact, qwk).

    Ordered by share exact. Markers without a pair come last and have no rank.
    """
    hits = [_hits(table, marker) for marker in markers]
    most = max((int(np.isfinite(h).sum()) for h in hits), default=0)
    order = sorted(range(len(markers)), key=lambda i: _order(hits[i], figures[i][0], most))
    ranked = [i for i in order if np.isfinite(hits[i]).any()]
    unranked = [
        Standing(markers[i].name, None, None, *figures[i], None, _why(markers[i])) for i in order if i not in ranked
    ]
    if not ranked:
        return unranked
    leader, rest = ranked[0], ranked[1:]
    comparisons = compare_with(hits[leader], [hits[i] for i in rest], table.script, seed)
    tied = [Standing(markers[leader].name, 1, 1, *figures[leader], None)]
    behind: list[tuple[int, Comparison]] = []
    for index, comparison in zip(rest, comparisons, strict=True):
        if comparison.p_adjusted is not None and comparison.p_adjusted < ALPHA:
            behind.append((index, comparison))
        else:
            tied.append(Standing(markers[index].name, 1, 1, *figures[index], comparison))
    # Who shares a rank takes up as many: behind three firsts comes a fourth.
    apart = [
        Standing(markers[index].name, rank, 2, *figures[index], comparison)
        for rank, (index, comparison) in enumerate(behind, start=len(tied) + 1)
    ]
    return [*tied, *apart, *unranked]


def _why(marker: Marker) -> str:
    given = np.isfinite(marker.marks).any()
    return "no answer was marked by both" if given else "the marker gave no usable mark"


def _hits(table: MarkTable, marker: Marker) -> Floats:
    """1 for an exact mark, 0 for another, NaN without a pair, per answer."""
    d = np.abs(marker.marks[:, 0] - table.human.marks[:, 0])
    return np.where(np.isfinite(d), d < EPSILON, np.nan)


def _order(hits: Floats, exact: Figure, most: int) -> tuple[bool, float]:
    covered = np.isfinite(hits).sum() >= max(1.0, LEAST_COVERAGE * most)
    return not covered, -(exact.value if exact.value is not None else -1.0)


def compare_with(leader: Floats, others: Sequence[Floats], script: Ints, seed: int) -> list[Comparison]:
    """Leader and others as hits (answers,). Exact McNemar where each script holds one shared answer, else the paired
    bootstrap over scripts; Holm over all comparisons. Below 10 shared scripts nothing is tested.
    """
    replicates = max(REPLICATES, REPLICATES_PER_COMPARISON * len(others))
    raw = [_compare(leader, other, script, seed, replicates) for other in others]
    tested = [index for index, comparison in enumerate(raw) if comparison.p is not None]
    adjusted = holm([p for comparison in raw if (p := comparison.p) is not None])
    for index, p in zip(tested, adjusted, strict=True):
        raw[index] = replace(raw[index], p_adjusted=p)
    return raw


def _compare(leader: Floats, other: Floats, script: Ints, seed: int, replicates: int) -> Comparison:
    shared = np.isfinite(leader) & np.isfinite(other)
    _, where = np.unique(script[shared], return_inverse=True)
    n_scripts = int(where.max(initial=-1)) + 1
    difference, draws = _paired(leader[shared] - other[shared], where, n_scripts, seed, replicates)
    if n_scripts < INDICATIVE_FROM:
        return Comparison(difference, None, None, None)
    if n_scripts == int(shared.sum()):
        return Comparison(difference, _mcnemar(leader, other, shared), None, "exact McNemar")
    below, above = (draws[1:] <= 0).mean(), (draws[1:] >= 0).mean()
    p = min(1.0, max(2 * min(below, above), 2 / (replicates + 1)))
    return Comparison(difference, float(p), None, "paired bootstrap over scripts")


def _mcnemar(leader: Floats, other: Floats, shared: Bools) -> float:
    d = leader[shared] - other[shared]
    return exact_mcnemar(int((d > 0).sum()), int((d < 0).sum()))


def _paired(d: Floats, script: Ints, n_scripts: int, seed: int, replicates: int) -> tuple[Figure, Floats]:
    if n_scripts == 0:
        return Figure(None, reason="no answer was marked by both"), np.full(1, np.nan)
    sums = Resampler(n_scripts, seed, replicates).sums(np.stack([np.ones(len(d)), d]), script)
    draws = ratio(sums[1], sums[0])
    low, high = np.quantile(draws[1:], (0.025, 0.975))
    interval = (float(low), float(high)) if n_scripts > 1 else None
    return Figure(float(draws[0]), interval, n=len(d)), draws
