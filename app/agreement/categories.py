"""Figures that need to know which mark met which: Cohen's kappa and Spearman's rank correlation. Pure numpy.

Both come from how often each pair of marks (h, m) was drawn, a row per distinct pair: half marks and marks that only
one side gave need no list of labels.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.agreement.moments import enough, ratio
from app.agreement.resampling import Resampler
from app.agreement.table import Bools, Floats, Ints

Counts = npt.NDArray[np.floating]

# A matrix product over pairs × scripts costs 0.024 µs an entry (2,000 draws), adding answer by answer 2 µs an answer.
ENTRIES_PER_ANSWER = 80
# A product with a matrix of who belongs where takes a tenth of the time of adding rows in groups, while it is small.
ENTRIES_AT_MOST = 1_000_000
# Pairs × resamples that are held at once: 3 MB an array stay in the cache (2,000 answers: 16 ms against 20 of 16 MB).
CELLS_AT_ONCE = 400_000


@dataclass(frozen=True)
class Cells:
    """Distinct pairs in ascending order of (h, m): their two categories, and the pair and script of each answer."""

    h: Ints
    m: Ints
    cell: Ints
    script: Ints
    same: Bools  # which pairs are of the same mark
    common: tuple[Ints, Ints]  # numbers of the categories of h and of m that are the same mark

    @classmethod
    def of(cls, human: Floats, marks: Floats, script: Ints) -> "Cells":
        h_values, h = np.unique(np.round(human, 9), return_inverse=True)
        m_values, m = np.unique(np.round(marks, 9), return_inverse=True)
        width = max(len(m_values), 1)
        pairs, cell = np.unique(h * width + m, return_inverse=True)
        _, in_h, in_m = np.intersect1d(h_values, m_values, return_indices=True)
        same = h_values[pairs // width] == m_values[pairs % width]
        return cls(pairs // width, pairs % width, cell, script, same, (in_h, in_m))


def kappa_and_spearman(human: Floats, marks: Floats, script: Ints, resampler: Resampler) -> tuple[Floats, Floats]:
    """Both (1 + replicates,), of the pairs human, marks (answers,), neither with NaN."""
    if len(human) == 0:
        blank = np.full(resampler.replicates + 1, np.nan)
        return blank, blank
    cells = Cells.of(human, marks, script)
    at_once = max(1, CELLS_AT_ONCE // len(cells.h))

    itself = _figures(cells, np.ones((resampler.n_scripts, 1)))
    resampled = [
        _figures(cells, weights[:, start : start + at_once])
        for weights in resampler.small_blocks()
        for start in range(0, weights.shape[1], at_once)
    ]
    kappa, spearman = np.concatenate([itself, *resampled], axis=-1)
    return kappa, spearman


def _figures(cells: Cells, weights: Counts) -> Floats:
    drawn = _times_drawn(cells, weights)
    h, m = _grouped(drawn, cells.h), _grouped(drawn, cells.m)
    return np.stack([_kappa(cells, drawn, h.astype(float), m.astype(float)), _spearman(cells, drawn, h, m)])


def _times_drawn(cells: Cells, weights: Counts) -> Counts:
    n_scripts = len(weights)
    if len(cells.h) * n_scripts <= ENTRIES_PER_ANSWER * len(cells.script):
        places = np.bincount(cells.cell * n_scripts + cells.script, minlength=len(cells.h) * n_scripts)
        return places.reshape(len(cells.h), n_scripts).astype(weights.dtype) @ weights
    drawn = np.zeros((len(cells.h), weights.shape[1]), weights.dtype)
    for cell, script in zip(cells.cell.tolist(), cells.script.tolist(), strict=True):
        drawn[cell] += weights[script]
    return drawn


def _grouped(drawn: Counts, category: Ints) -> Counts:
    """Sums of the rows of each category."""
    n = int(category.max()) + 1
    if n * len(category) <= ENTRIES_AT_MOST:
        members = (np.arange(n)[:, None] == category).astype(drawn.dtype)
        return np.asarray(members @ drawn)
    order = np.argsort(category, kind="stable")
    starts = np.searchsorted(category[order], np.arange(n))
    return np.asarray(np.add.reduceat(drawn[order], starts, axis=0))


def _kappa(cells: Cells, drawn: Counts, h: Floats, m: Floats) -> Floats:
    """(po - pe) / (1 - pe); undefined where all marks of both are one and the same."""
    n = h.sum(axis=0)
    in_h, in_m = cells.common
    observed = ratio(drawn[cells.same].sum(axis=0).astype(float), n)
    # pe × n² is a sum of whole numbers, so that pe = 1 is seen exactly.
    by_chance = (h[in_h] * m[in_m]).sum(axis=0)
    return ratio(observed * n * n - by_chance, n * n - by_chance)


def _spearman(cells: Cells, drawn: Counts, h: Counts, m: Counts) -> Floats:
    """Pearson of the mean ranks."""
    rank_h, rank_m = _centred_ranks(h), _centred_ranks(m)
    cross = np.einsum("cb,cb,cb->b", drawn, rank_h[cells.h], rank_m[cells.m])
    squares_h, squares_m = ((counts * ranks**2).sum(axis=0) for counts, ranks in ((h, rank_h), (m, rank_m)))
    spread = np.sqrt(squares_h.astype(float) * squares_m)
    return enough(np.clip(ratio(cross, spread), -1, 1), h.sum(axis=0), 3)


def _centred_ranks(counts: Counts) -> Counts:
    """Mean rank of each category, less (n + 1)/2: half of the answers below it less those above."""
    n = len(counts)
    if n * n <= ENTRIES_AT_MOST:
        order = np.arange(n)
        return np.asarray((np.sign(order[:, None] - order) / 2).astype(counts.dtype) @ counts)
    return np.asarray(np.cumsum(counts, axis=0) - counts / 2 - counts.sum(axis=0) / 2)
