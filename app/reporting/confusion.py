"""Which mark met which: the human's against each marker's consensus over tries. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.agreement.consensus import over_tries
from app.agreement.table import Floats, Ints, MarkTable
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
    classes = partial(_by_mark, occurring) if few else partial(_by_part, table.maxima)
    rows = classes(human)
    return {name: _count(categories, rows, classes(marks)) for name, marks in voices.items()}


def confusions_json(table: MarkTable) -> dict[str, Json]:
    return {name: confusion.as_json() for name, confusion in confusions(table).items()}


def _by_mark(occurring: Floats, marks: Floats) -> Ints:
    """(answers,): the place of each mark among those that occur, -1 without one."""
    return np.where(np.isfinite(marks), np.searchsorted(occurring, np.round(marks, 9)), -1)


def _by_part(maxima: Floats, marks: Floats) -> Ints:
    """(answers,): the place of each mark's class, -1 without a mark. An exam holds few different marks: each once."""
    found = np.full(len(marks), -1)
    places = {letter: place for place, letter in enumerate(CLASSES)}
    for maximum in np.unique(maxima[maxima > 0]).tolist():
        here = (maxima == maximum) & np.isfinite(marks)
        different, which = np.unique(marks[here], return_inverse=True)
        found[here] = np.array([places[zero_part_full(mark, maximum)] for mark in different.tolist()], int)[which]
    return found


def _count(categories: tuple[str, ...], human: Ints, marker: Ints) -> Confusion:
    n, both = len(categories), (human >= 0) & (marker >= 0)
    counts = np.bincount(human[both] * n + marker[both], minlength=n * n).reshape(n, n)
    return Confusion(categories, tuple(map(tuple, counts.tolist())))
