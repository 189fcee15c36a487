"""Figures that need to know which mark met which: Cohen's kappa, Gwet's AC2, Spearman's correlation. Pure numpy.

They come from how often each pair of marks (h, m) occurs, a row per distinct pair: half marks and marks that only
one side gave need no list of labels. Each script holds one answer here, so that leaving out a script takes one from
the count of its pair: there are as many different leave-one-out values as distinct pairs.
"""

from dataclasses import dataclass

import numpy as np

from app.agreement.moments import enough, ratio
from app.agreement.table import Bools, Floats, Ints

NAMES = ("kappa", "ac2", "spearman")
# Leave-one-out values cost distinct pairs², 0.1 s for this many; of more the figures have no interval.
MOST_PAIRS = 1200
# Marks in quarters are a scale; finer ones are decimals unless the human gives them too.
FINEST = 0.25
_STEPS = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05)


@dataclass(frozen=True)
class Cells:
    """Distinct pairs in ascending order of (h, m): their two categories, and the pair of each answer."""

    h: Ints
    m: Ints
    cell: Ints
    values_h: Floats
    values_m: Floats

    @classmethod
    def of(cls, human: Floats, marks: Floats) -> "Cells":
        h_values, h = np.unique(np.round(human, 9), return_inverse=True)
        m_values, m = np.unique(np.round(marks, 9), return_inverse=True)
        width = max(len(m_values), 1)
        pairs, cell = np.unique(h * width + m, return_inverse=True)
        return cls(pairs // width, pairs % width, cell, h_values, m_values)

    @property
    def same(self) -> Bools:
        return np.asarray(self.values_h[self.h] == self.values_m[self.m])


def on_one_scale(human: Floats, marks: Floats) -> bool:
    """Whether at least half of `marks` are quarters or lie on the human's own scale; decimals meet no category."""
    if len(marks) == 0:
        return True
    step = step_of(human)
    kept = _multiples(marks, FINEST) | (_multiples(marks, step) if step else False)
    return bool(2 * kept.sum() >= len(marks))


def step_of(marks: Floats) -> float | None:
    """The widest step that all marks are multiples of; None of decimals."""
    return next((step for step in _STEPS if _multiples(marks, step).all()), None)


def _multiples(marks: Floats, step: float) -> Bools:
    return np.asarray(np.abs(marks / step - np.round(marks / step)) < 1e-6)  # noqa: PLR2004 - of a step


def category_draws(human: Floats, marks: Floats, maximum: float) -> dict[str, Floats]:
    """Each of `NAMES` (1 + answers,): of all pairs human, marks (answers,) without NaN, then without each answer."""
    n = len(human)
    if n == 0:
        return dict.fromkeys(NAMES, np.full(1, np.nan))
    cells = Cells.of(human, marks)
    counts = np.bincount(cells.cell).astype(float)[:, None]
    n_marks = _n_marks(cells, maximum)
    whole = _figures(cells, counts, n_marks, maximum)
    if len(counts) > MOST_PAIRS:
        without = np.full((len(NAMES), n), np.nan)
    else:
        without = _figures(cells, counts - np.eye(len(counts)), n_marks, maximum)[:, cells.cell]
    drawn = np.concatenate([whole, without], axis=1)
    found = dict(zip(NAMES, drawn, strict=True))
    if not on_one_scale(human, marks):
        found["kappa"] = np.full(1 + n, np.nan)
    found["spearman"] = enough(found["spearman"][None], np.full((1, 1), n), 3)[0]
    return found


def _n_marks(cells: Cells, maximum: float) -> int:
    """How many marks there are from 0 to the maximum, in the step of those that occur; 0 of decimals."""
    step = step_of(np.r_[cells.values_h, cells.values_m, maximum])
    return 0 if step is None or maximum <= 0 else round(maximum / step) + 1


def _figures(cells: Cells, drawn: Floats, n_marks: int, maximum: float) -> Floats:
    h, m = _grouped(drawn, cells.h), _grouped(drawn, cells.m)
    ac2 = _ac2(cells, drawn, (h, m), n_marks, maximum)
    return np.stack([_kappa(cells, drawn, h, m), ac2, _spearman(cells, drawn, h, m)])


def _grouped(drawn: Floats, category: Ints) -> Floats:
    """Sums of the rows of each category."""
    out = np.zeros((int(category.max()) + 1, drawn.shape[1]))
    np.add.at(out, category, drawn)
    return out


def _kappa(cells: Cells, drawn: Floats, h: Floats, m: Floats) -> Floats:
    """(po - pe) / (1 - pe); undefined where all marks of both are one and the same."""
    n = h.sum(axis=0)
    _, in_h, in_m = np.intersect1d(cells.values_h, cells.values_m, return_indices=True)
    observed = drawn[cells.same].sum(axis=0)
    # pe × n² is a sum of whole numbers, so that pe = 1 is seen exactly.
    by_chance = (h[in_h] * m[in_m]).sum(axis=0)
    return ratio(observed * n - by_chance, n * n - by_chance)


def _ac2(cells: Cells, drawn: Floats, sides: tuple[Floats, Floats], n_marks: int, maximum: float) -> Floats:
    """Gwet's AC2, quadratic weights 1 - ((i - j)/maximum)², over all `n_marks` marks that could have been given:
    over those that happen to occur it would depend on the number of answers.
    """
    if n_marks == 0:
        return np.full(drawn.shape[1], np.nan)
    h, m = sides
    n, k = h.sum(axis=0), n_marks
    weights = 1 - ((cells.values_h[cells.h] - cells.values_m[cells.m]) / maximum) ** 2
    observed = ratio(weights @ drawn, n)
    values = np.union1d(cells.values_h, cells.values_m)
    share = np.zeros((len(values), drawn.shape[1]))
    share[np.searchsorted(values, cells.values_h)] += h
    share[np.searchsorted(values, cells.values_m)] += m
    share = ratio(share, 2 * n)
    steps = np.arange(k) / (k - 1)
    all_weights = k * k - (2 * k * (steps**2).sum() - 2 * steps.sum() ** 2)
    by_chance = all_weights / (k * (k - 1)) * (share * (1 - share)).sum(axis=0)
    return ratio(observed - by_chance, 1 - by_chance)


def _spearman(cells: Cells, drawn: Floats, h: Floats, m: Floats) -> Floats:
    """Pearson of the mean ranks."""
    rank_h, rank_m = _centred_ranks(h), _centred_ranks(m)
    cross = np.einsum("cb,cb,cb->b", drawn, rank_h[cells.h], rank_m[cells.m])
    squares_h, squares_m = ((counts * ranks**2).sum(axis=0) for counts, ranks in ((h, rank_h), (m, rank_m)))
    return np.clip(ratio(cross, np.sqrt(squares_h * squares_m)), -1, 1)


def _centred_ranks(counts: Floats) -> Floats:
    """Mean rank of each category, less (n + 1)/2."""
    return np.asarray(np.cumsum(counts, axis=0) - counts / 2 - counts.sum(axis=0) / 2)
