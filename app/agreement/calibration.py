"""From doubt to a probability: an increasing step function fitted to answers that a human marked. Pure numpy."""

from dataclasses import dataclass

import numpy as np

from app.agreement.table import Bools, Floats, Ints
from app.marks.model import Json

FOLDS = 10
# Fewer say nothing about how often an answer differs.
LEAST_ANSWERS, LEAST_DIFFERENT = 50, 5
CURVE_BINS = 10


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Of `n` answers with a mean predicted probability of `predicted` the share `observed` differed."""

    predicted: float
    observed: float
    n: int

    def as_json(self) -> dict[str, Json]:
        return {"predicted": self.predicted, "observed": self.observed, "n": self.n}


@dataclass(frozen=True)
class Calibration:
    """`probability` (answers,): of differing from the human by more than the tolerance; NaN where it is not known.

    That of an answer with a human mark comes from the other scripts only, so that `curve` is a fair test.
    """

    probability: Floats
    curve: tuple[CurvePoint, ...]


def calibrate(doubt: Floats, differs: Bools, known: Bools, script: Ints) -> Calibration:
    """`differs` counts where `known`. Folds are made of whole scripts."""
    n = len(doubt)
    if known.sum() < LEAST_ANSWERS or (differs & known).sum() < LEAST_DIFFERENT:
        return Calibration(np.full(n, np.nan), ())
    probability = _fitted(doubt[known], differs[known], doubt)
    fold = script % FOLDS
    for index in range(FOLDS):
        held_out, others = known & (fold == index), known & (fold != index)
        if held_out.any() and others.any():
            probability[held_out] = _fitted(doubt[others], differs[others], doubt[held_out])
    return Calibration(probability, _curve(probability[known], differs[known]))


def _fitted(doubt: Floats, differs: Bools, wanted: Floats) -> Floats:
    """The isotonic regression of `differs` on `doubt`, at `wanted`; linear between the steps' places."""
    at, where, counts = np.unique(doubt, return_inverse=True, return_counts=True)
    heights = isotonic(np.bincount(where, weights=differs) / counts, counts.astype(float))
    return np.asarray(np.interp(wanted, at, heights))


def isotonic(values: Floats, weights: Floats) -> Floats:
    """The increasing sequence that is nearest to `values` in weighted squares (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            value_2, weight_2, n_2 = blocks.pop()
            value_1, weight_1, n_1 = blocks.pop()
            total = weight_1 + weight_2
            blocks.append([(value_1 * weight_1 + value_2 * weight_2) / total, total, n_1 + n_2])
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])


def _curve(predicted: Floats, differs: Bools) -> tuple[CurvePoint, ...]:
    """In bins of about as many answers each; equal predictions stay together."""
    order = np.argsort(predicted, kind="stable")
    edges = np.quantile(predicted, np.linspace(0, 1, CURVE_BINS + 1)[1:-1], method="nearest")
    bins = np.searchsorted(np.unique(edges), predicted[order], side="left")
    points = []
    for index in np.unique(bins):
        chosen = order[bins == index]
        points.append(CurvePoint(float(predicted[chosen].mean()), float(differs[chosen].mean()), len(chosen)))
    return tuple(points)
