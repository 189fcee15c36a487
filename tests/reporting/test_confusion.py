"""Which mark met which."""

from dataclasses import replace

import numpy as np
import pytest

from app.agreement.consensus import over_tries
from app.marks.comparison import zero_part_full
from app.reporting.confusion import CLASSES, confusions
from tests.bench.worlds import dense_tables


def table_of(maxima, step, seed=4):
    """40 scripts with marks in steps of `step`, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    maxima = np.array(maxima, float)
    shape = (40, len(maxima))

    def marks(*more):
        found = np.round(rng.random((*shape, *more)) * (maxima if not more else maxima[:, None]) / step) * step
        found[rng.random(found.shape) < 0.1] = np.nan
        return found

    return dense_tables(maxima, marks(), {"a": marks(2), "b": marks(1)})


@pytest.mark.parametrize(("maxima", "step"), [([4, 4, 4], 1.0), ([1, 6, 10], 0.5), ([4, 4], 0.05)])
def test_every_answer_that_both_marked_is_counted_once_under_its_marks(maxima, step):
    table = table_of(maxima, step)
    for name, found in confusions(table).items():
        marker = next(marker for marker in table.markers if marker.name == name)
        pairs = zip(table.human.marks[:, 0], over_tries(marker).marks[:, 0], table.maxima, strict=True)
        counted = dict.fromkeys(((row, column) for row in found.categories for column in found.categories), 0)
        for human, mark, maximum in pairs:
            if np.isfinite(human) and np.isfinite(mark):
                given = [CLASSES[zero_part_full(one, maximum)] for one in (human, mark)]
                row, column = given if "zero" in found.categories else (f"{human:g}", f"{mark:g}")
                counted[row, column] += 1
        assert [count for line in found.counts for count in line] == list(counted.values())


def test_a_question_of_no_marks_has_no_class():
    table = table_of([4, 6], 1.0)
    without = replace(table, questions=(table.questions[0], replace(table.questions[1], max_marks=0.0)))
    both = np.isfinite(table.human.marks[:, 0]) & np.isfinite(over_tries(table.markers[0]).marks[:, 0])
    assert confusions(without)["a"].n == (both & (table.question == 0)).sum()
