"""Groups of students: the difference of each, and when it is flagged."""

import numpy as np
import pytest

from app.agreement.fairness import fairness
from tests.agreement.tables import table_of


def exam(lean, n=100, seed=1):
    """Two groups of n scripts; the marker gives the second one `lean` marks more."""
    rng = np.random.default_rng(seed)
    human = rng.integers(2, 15, (2 * n, 1)).astype(float)
    marks = human + rng.normal(0, 0.5, human.shape) + lean * (np.arange(2 * n) >= n)[:, None]
    table = table_of(human, {"a": np.clip(marks, 0, 20)}, maxima=[20.0])
    return table, {f"s{i}": "second" if i >= n else "first" for i in range(2 * n)}


def test_the_difference_of_a_group_is_the_mean_over_the_standard_deviation_of_all_human_totals():
    table, groups = exam(lean=1.0)
    human, marks = table.human.marks[:, 0], table.markers[0].marks[:, 0]

    first, second = fairness(table, table.markers[0], groups)

    d = marks - human
    assert second.figures["smd"].value == pytest.approx(d[100:].mean() / human.std(ddof=1))
    assert second.figures["residual"].value == pytest.approx(d[100:].mean() - d.mean())
    assert (first.group, first.n, second.n) == ("first", 100, 100)


def test_a_group_that_gets_a_mark_more_is_flagged_and_the_other_is_not():
    table, groups = exam(lean=1.0)

    found = {one.group: one.flag for one in fairness(table, table.markers[0], groups)}

    assert found == {"first": False, "second": True}


def test_a_small_group_is_shown_and_not_judged():
    table, groups = exam(lean=1.0, n=20)

    found = fairness(table, table.markers[0], groups)

    assert [one.flag for one in found] == [None, None]
    assert found[1].figures["smd"].interval is not None
    assert "30 scripts" in found[0].reason


def test_the_interval_of_a_groups_residual_holds_the_truth_as_often_as_it_says():
    held = 0
    for seed in range(300):
        table, groups = exam(lean=0.0, n=40, seed=seed)
        low, high = fairness(table, table.markers[0], groups)[0].figures["residual"].interval
        held += low <= 0 <= high
    assert 0.92 <= held / 300 <= 0.98
