"""Which markers can be told apart from the best one. Pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement.figures import INDICATIVE_FROM, Figure
from app.agreement.intervals import exact_mcnemar, t_tails
from app.agreement.leave_one_out import LEAST_COVERAGE, Estimate, LeaveOneOut
from app.agreement.moments import ratio
from app.agreement.spread import figure_of, standard_error
from app.agreement.table import EPSILON, Bools, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

ALPHA = 0.05
MCNEMAR = "exact McNemar"
PAIRED_T = "paired t test over scripts"
NOT_RANKED = f"fewer than {INDICATIVE_FROM} scripts: not ranked"
NOT_COMPARED = f"fewer than {INDICATIVE_FROM} scripts are shared with the leader: not compared"


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

    Who was not tested against the leader has no rank and no band, and `reason` says why.
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
    table: MarkTable, markers: Sequence[Marker], figures: Sequence[tuple[Figure, Figure]]
) -> list[Standing]:
    """`markers` have one try each (a consensus where there were several) and `figures` are their (exact, qwk).

    Ordered by share exact, and where it is the same by how many answers were marked. Markers that are not ranked come
    last; below 10 scripts nobody is.
    """
    hits = [_hits(table, marker) for marker in markers]
    most = max((int(np.isfinite(h).sum()) for h in hits), default=0)
    order = sorted(range(len(markers)), key=lambda i: _order(hits[i], figures[i][0], most))
    compared = [i for i in order if np.isfinite(hits[i]).any()]
    without = {i: _why(markers[i]) for i in order if i not in compared}
    if compared and len(np.unique(table.script[np.isfinite(hits[compared[0]])])) < INDICATIVE_FROM:
        without |= dict.fromkeys(compared, NOT_RANKED)
        compared = []
    standings = _ranked(table, compared, hits, markers, figures)
    unranked = [Standing(markers[i].name, None, None, *figures[i], None, without[i]) for i in order if i in without]
    return [*standings, *unranked]


def _ranked(
    table: MarkTable,
    order: Sequence[int],
    hits: Sequence[Floats],
    markers: Sequence[Marker],
    figures: Sequence[tuple[Figure, Figure]],
) -> list[Standing]:
    if not order:
        return []
    leader, rest = order[0], order[1:]
    comparisons = compare_with(hits[leader], [hits[i] for i in rest], table.script)
    found = list(zip(rest, comparisons, strict=True))
    tied = [(i, c) for i, c in found if c.p_adjusted is not None and c.p_adjusted >= ALPHA]
    behind = [(i, c) for i, c in found if c.p_adjusted is not None and c.p_adjusted < ALPHA]
    untested = [(i, c) for i, c in found if c.p_adjusted is None]
    # Who shares a rank takes up as many: behind three firsts comes a fourth.
    return [
        Standing(markers[leader].name, 1, 1, *figures[leader], None),
        *(Standing(markers[i].name, 1, 1, *figures[i], c) for i, c in tied),
        *(Standing(markers[i].name, 2 + len(tied) + at, 2, *figures[i], c) for at, (i, c) in enumerate(behind)),
        *(Standing(markers[i].name, None, None, *figures[i], c, NOT_COMPARED) for i, c in untested),
    ]


def _why(marker: Marker) -> str:
    given = np.isfinite(marker.marks).any()
    return "no answer was marked by both" if given else "the marker gave no usable mark"


def _hits(table: MarkTable, marker: Marker) -> Floats:
    """1 for an exact mark, 0 for another, NaN without a pair, per answer."""
    d = np.abs(marker.marks[:, 0] - table.human.marks[:, 0])
    return np.where(np.isfinite(d), d < EPSILON, np.nan)


def _order(hits: Floats, exact: Figure, most: int) -> tuple[bool, float, int]:
    n = int(np.isfinite(hits).sum())
    covered = n >= max(1.0, LEAST_COVERAGE * most)
    return not covered, -round(exact.value if exact.value is not None else -1.0, 9), -n


def compare_with(leader: Floats, others: Sequence[Floats], script: Ints) -> list[Comparison]:
    """Leader and others as hits (answers,). Exact McNemar where each script holds one shared answer, else the paired
    t test over scripts; Holm over all comparisons. Below 10 shared scripts nothing is tested.
    """
    raw = [_compare(leader, other, script) for other in others]
    tested = [index for index, comparison in enumerate(raw) if comparison.p is not None]
    adjusted = holm([p for comparison in raw if (p := comparison.p) is not None])
    for index, p in zip(tested, adjusted, strict=True):
        raw[index] = replace(raw[index], p_adjusted=p)
    return raw


def _compare(leader: Floats, other: Floats, script: Ints) -> Comparison:
    shared = np.isfinite(leader) & np.isfinite(other)
    d, scripts = leader[shared] - other[shared], LeaveOneOut(script[shared])
    n_scripts = len(scripts.scripts)
    if n_scripts == 0:
        return Comparison(Figure(None, reason="no answer was marked by both"), None, None, None)
    total, n = scripts.sums(np.stack([d, np.ones(len(d))]))
    estimate = Estimate(ratio(total, n), scripts.scripts)
    difference = figure_of("behind", estimate, Figure(0.0, n=len(d)), "no answer was marked by both")
    if n_scripts < INDICATIVE_FROM:
        return Comparison(difference, None, None, None)
    if n_scripts == len(d):
        return Comparison(difference, _mcnemar(leader, other, shared), None, MCNEMAR)
    return Comparison(difference, paired_t(estimate), None, PAIRED_T)


def paired_t(difference: Estimate) -> float:
    """Two-sided, on the difference and error of its interval. The same gap in every script is as sure as all their
    signs being alike by chance.
    """
    n, value = len(difference.scripts), difference.value
    error = standard_error(value, difference.draws[1:])
    if error == 0:
        return 1.0 if value == 0 else 2.0 ** (1 - n)
    return t_tails(abs(value) / error, n - 1)


def _mcnemar(leader: Floats, other: Floats, shared: Bools) -> float:
    d = leader[shared] - other[shared]
    return exact_mcnemar(int((d > 0).sum()), int((d < 0).sum()))
