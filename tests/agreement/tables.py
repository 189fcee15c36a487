"""Tables of marks built from small arrays."""

from collections.abc import Sequence

import numpy as np
from hypothesis import settings

from app.agreement.table import MarkRow, MarkTable
from app.marks.model import Question

# Machines that are busy elsewhere make no example fail.
quickly = settings(max_examples=50, deadline=None)


def table_of(human, markers, maxima: Sequence[float] = (), second=None, tolerance=None) -> MarkTable:
    """`human` (scripts, questions); `markers` {name: (scripts, questions) or (scripts, questions, tries)}.

    One dimension is one question; NaN is a missing mark; maxima are 10 unless given.
    """
    human = np.asarray(human, float)
    human = human[:, None] if human.ndim == 1 else human
    questions = [
        Question(f"q{i + 1}", i + 1, maximum, tolerance) for i, maximum in enumerate(maxima or [10.0] * human.shape[1])
    ]
    rows = [row for name, marks in markers.items() for row in _rows(name, marks, human.shape)]
    return MarkTable.from_rows(questions, rows, _by_key(human), None if second is None else _by_key(second))


def _by_key(marks):
    marks = np.asarray(marks, float)
    marks = marks[:, None] if marks.ndim == 1 else marks
    return {(f"s{s}", f"q{q + 1}"): None if np.isnan(m) else float(m) for (s, q), m in np.ndenumerate(marks)}


def _rows(name, marks, shape):
    marks = np.asarray(marks, float).reshape(*shape, -1)
    for (s, q, t), mark in np.ndenumerate(marks):
        given, status = (None, "missing") if np.isnan(mark) else (float(mark), "marked")
        yield MarkRow(f"s{s}", f"q{q + 1}", name, t + 1, given, status)
