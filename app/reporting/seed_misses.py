"""How often a marker is outside the tolerance on the seeds: scripts whose human marks are agreed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from app.agreement.consensus import over_tries
from app.agreement.table import EPSILON, Marker, MarkTable
from app.agreement.totals import totals_of
from app.marks.seeds import seed_limit, total_tolerance


@dataclass(frozen=True, slots=True)
class SeedMisses:
    """Of `n` seeds that a marker marked completely its total is beyond the tolerance on `outside`; `limit` are allowed.

    `mean`: of its total less the human's, in marks; None where it marked no seed completely.
    """

    n: int
    outside: int
    limit: int
    mean: float | None

    @property
    def too_many(self) -> bool:
        return self.outside > self.limit


def seed_misses(table: MarkTable, seeds: Collection[str], limit: int | None) -> Mapping[str, SeedMisses]:
    """By marker; empty where the exam has no seeds. `limit`: the exam's own, None for as many as a run allows."""
    if not seeds:
        return {}
    allowed = _allowed(table, seeds) if limit is None else limit
    return {marker.name: _misses(table, marker, seeds, allowed) for marker in table.markers}


def tolerance_of(table: MarkTable) -> float:
    """How far a script's total may be from the human's, in marks."""
    return total_tolerance([{"max_marks": q.max_marks, "tolerance": q.tolerance} for q in table.questions])


def _misses(table: MarkTable, marker: Marker, seeds: Collection[str], allowed: int) -> SeedMisses:
    totals = totals_of(table, over_tries(marker))
    d = (totals.marker[:, 0] - totals.human)[np.array([script in seeds for script in table.scripts], bool)]
    d = d[np.isfinite(d)]
    outside = int((np.abs(d) > tolerance_of(table) + EPSILON).sum())
    return SeedMisses(len(d), outside, allowed, float(d.mean()) if len(d) else None)


def _allowed(table: MarkTable, seeds: Collection[str]) -> int:
    """What the number of seeds with a human mark allows, as in a run."""
    marked = np.unique(table.script[np.isfinite(table.human.marks[:, 0])])
    return seed_limit(sum(table.scripts[script] in seeds for script in marked.tolist()))
