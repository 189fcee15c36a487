"""How doubtful the markers' consensus on each answer is. Pure numpy.

Doubt looks at the markers only, so that it exists where no human has marked. It grows with the number of marks that
differ from the consensus and with how far they do: a single dissent among 45 must not rank like a split vote.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement.consensus import over_markers
from app.agreement.table import EPSILON, Bools, Code, Floats, Marker, MarkTable

# Shares of the maximum where mark bands part, and how near counts as near.
BOUNDARIES = (0.25, 0.75)
NEAR = 0.05
# So many marks are far where the tolerance is small; else twice the tolerance is.
FAR = 2.0
# What a mark beyond the tolerance, its distance, any dissent, a missing mark and a boundary add; they sum to 1. The
# first decides, the others order what it leaves equal: chosen on made-up exams, not on the published marks.
BEYOND, DISTANCE, DISSENT, UNMARKED, BOUNDARY = 0.84, 0.05, 0.1, 0.005, 0.005


@dataclass(frozen=True)
class Doubts:
    """Per answer. `beyond`, `disagreement` and `unmarked` are shares of its marks: beyond the tolerance from the
    consensus, different from it at all, missing. `distance` is the mean distance from the consensus, in marks.
    """

    consensus: Floats
    beyond: Floats
    disagreement: Floats
    distance: Floats
    unmarked: Floats
    boundary: Bools
    doubt: Floats

    def reasons(self, answer: int) -> tuple[str, ...]:
        found = (
            ("no mark", np.isnan(self.consensus[answer])),
            ("disagreement", self.disagreement[answer] > EPSILON),
            ("unmarked", 0 < self.unmarked[answer] < 1),
            ("near a boundary", self.boundary[answer]),
        )
        return tuple(reason for reason, holds in found if holds)


def trusted_only(table: MarkTable, failed: Mapping[str, Collection[str]]) -> tuple[Marker, ...]:
    """The markers without their marks on the questions that they failed on, by marker; none that failed on all.

    Empty where no mark is left.
    """
    names = [q.question_id for q in table.questions]
    kept = []
    for marker in table.heard:
        without = failed.get(marker.name, ())
        if len(without) >= len(names):
            continue
        lines = np.array([name in set(without) for name in names])[table.question]
        marks = np.where(lines[:, None], np.nan, marker.marks)
        kept.append(replace(marker, marks=marks, codes=np.where(lines[:, None], Code.NOT_ASKED, marker.codes)))
    return tuple(kept) if any(np.isfinite(marker.marks).any() for marker in kept) else ()


def doubts(table: MarkTable, markers: Sequence[Marker], boundaries: Sequence[float] = BOUNDARIES) -> Doubts:
    """An answer that none of the markers marked is as doubtful as can be."""
    n = len(table.script)
    if not markers:
        zeros = np.zeros(n)
        return Doubts(np.full(n, np.nan), zeros, zeros, zeros, np.ones(n), np.zeros(n, bool), np.ones(n))
    consensus = over_markers(tuple(markers)).marks[:, 0]
    marks = np.concatenate([marker.marks for marker in markers], axis=1)
    asked = np.concatenate([marker.codes != Code.NOT_ASKED for marker in markers], axis=1)
    found = np.isfinite(marks)
    n_found = np.maximum(found.sum(axis=1), 1)
    apart = np.where(found, np.abs(marks - consensus[:, None]), 0.0)
    beyond = (apart > table.tolerances[:, None] + EPSILON).sum(axis=1) / n_found
    disagreement = (apart > EPSILON).sum(axis=1) / n_found
    distance = apart.sum(axis=1) / n_found
    unmarked = np.where(found.any(axis=1), (asked & ~found).sum(axis=1) / np.maximum(asked.sum(axis=1), 1), 1.0)
    maxima = np.maximum(table.maxima, EPSILON)
    boundary = _near_boundary(marks / maxima[:, None], consensus / maxima, boundaries)
    relative = np.minimum(distance / np.maximum(2 * table.tolerances, FAR), 1.0)
    parts = (beyond, relative, disagreement, unmarked, boundary)
    weights = (BEYOND, DISTANCE, DISSENT, UNMARKED, BOUNDARY)
    total = np.asarray(sum(weight * part for weight, part in zip(weights, parts, strict=True)), float)
    doubt = np.round(np.where(np.isnan(consensus), 1.0, total), 12).astype(float)
    return Doubts(consensus, beyond, disagreement, distance, unmarked, boundary, doubt)


def _near_boundary(shares: Floats, consensus: Floats, boundaries: Sequence[float]) -> Bools:
    """The consensus is close to a boundary, or the marks lie on both its sides."""
    found = np.isfinite(shares)
    low, high = np.min(np.where(found, shares, np.inf), axis=1), np.max(np.where(found, shares, -np.inf), axis=1)
    near = np.zeros(len(consensus), bool)
    for boundary in boundaries:
        near |= (np.abs(consensus - boundary) <= NEAR) | ((low < boundary) & (boundary < high))
    return near
