"""Which mark met which: the human's against each marker's consensus over tries. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from app.agreement.consensus import over_tries
from app.agreement.table import Floats, MarkTable
from app.marks.comparison import zero_part_full
from app.marks.model import Json

# More marks than this are no picture any more; zero, part and full marks still are.
MOST_MARKS = 7
CLASSES = {"Z": "zero", "P": "part", "F": "full"}


@dataclass(frozen=True)
class Confusion:
    """`counts[row][column]`: answers that the human gave `categories[row]` and the marker `categories[column]`."""

    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        return sum(map(sum, self.counts))

    def as_json(self) -> dict[str, Json]:
        return {"categories": list(self.categories), "counts": [list(row) for row in self.counts]}


def confusions(table: MarkTable) -> Mapping[str, Confusion]:
    """By marker; each answer once, by the lower median of its tries. All have the same categories: the marks
    themselves where all maxima are equal and few marks occur, else zero, part and full marks.
    """
    voices = {marker.name: over_tries(marker).marks[:, 0] for marker in table.markers}
    human = table.human.marks[:, 0]
    occurring = np.unique(np.round(np.concatenate([human, *voices.values()]), 9))
    occurring = occurring[np.isfinite(occurring)]
    few = table.same_maxima and len(occurring) <= MOST_MARKS
    categories = tuple(f"{mark:g}" for mark in occurring) if few else tuple(CLASSES.values())
    rows = _classes(table, human, few=few)
    return {name: _count(categories, rows, _classes(table, marks, few=few)) for name, marks in voices.items()}


def confusions_json(table: MarkTable) -> dict[str, Json]:
    return {name: confusion.as_json() for name, confusion in confusions(table).items()}


def _classes(table: MarkTable, marks: Floats, *, few: bool) -> list[str | None]:
    pairs = zip(marks.tolist(), table.maxima.tolist(), strict=True)
    if few:
        return [f"{round(mark, 9):g}" if np.isfinite(mark) else None for mark, _ in pairs]
    return [CLASSES[zero_part_full(m, top)] if np.isfinite(m) and top > 0 else None for m, top in pairs]


def _count(categories: tuple[str, ...], human: list[str | None], marker: list[str | None]) -> Confusion:
    counts = dict.fromkeys(product(categories, categories), 0)
    for pair in zip(human, marker, strict=True):
        if pair[0] is not None and pair[1] is not None:
            counts[pair[0], pair[1]] += 1
    return Confusion(categories, tuple(tuple(counts[row, column] for column in categories) for row in categories))
