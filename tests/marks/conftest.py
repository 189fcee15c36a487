"""Tables of marks built from small arrays."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.marks.model import Question
from app.marks.table import MarkRow, MarkTable


class Tables:
    """Scripts × questions arrays in, MarkTable out; NaN is a missing mark."""

    @staticmethod
    def of(human, markers, maxima: Sequence[float] = (), second=None, tolerance=None) -> MarkTable:
        """`human` (scripts, questions); `markers` {name: (scripts, questions) or (scripts, questions, tries)}."""
        human = np.asarray(human, float)
        human = human[:, None] if human.ndim == 1 else human
        maxima = maxima or [10.0] * human.shape[1]
        questions = [Question(f"q{i + 1}", i + 1, m, tolerance) for i, m in enumerate(maxima)]
        rows = [row for name, marks in markers.items() for row in _rows(name, marks, human.shape)]
        return MarkTable.from_rows(questions, rows, _by_key(human), None if second is None else _by_key(second))


def _by_key(marks):
    marks = np.asarray(marks, float)
    marks = marks[:, None] if marks.ndim == 1 else marks
    return {(f"s{s}", f"q{q + 1}"): None if np.isnan(m) else float(m) for (s, q), m in np.ndenumerate(marks)}


def _rows(name, marks, shape):
    marks = np.asarray(marks, float)
    marks = marks.reshape(*shape, -1)
    for (s, q, t), mark in np.ndenumerate(marks):
        given = None if np.isnan(mark) else float(mark)
        yield MarkRow(f"s{s}", f"q{q + 1}", name, t + 1, given, "missing" if given is None else "marked")


@pytest.fixture
def tables() -> type[Tables]:
    return Tables
