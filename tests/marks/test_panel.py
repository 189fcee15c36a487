"""Panel advice: the same number of calls, spent on tries or on markers."""

import numpy as np
import pytest

from app.marks.panel import panel_advice
from tests.marks.tables import table_of


def options(table, **rest):
    return {(o.kind, o.calls): o for o in panel_advice(table, seed=1, **rest).options}


def test_an_error_is_caught_when_the_calls_differ():
    human = np.array([5.0, 5, 5, 5])
    a = [[[5, 5]], [[9, 9]], [[5, 9]], [[9, 5]]]  # two tries: the second answer's error goes unseen
    b = [[[5, 5]], [[5, 5]], [[5, 5]], [[9, 9]]]
    found = options(table_of(human, {"a": a, "b": b}))
    tries, markers = found["one marker", 2], found["several markers", 2]
    assert tries.review.value == pytest.approx((2 / 4 + 0) / 2)
    assert tries.caught.value == pytest.approx(0.0)
    assert markers.review.value == pytest.approx(1 / 4)
    assert markers.residual.value == pytest.approx(1 / 3)


def test_both_options_cost_the_same_number_of_calls():
    marks = np.ones((4, 1, 3))
    found = options(table_of(np.ones(4), {"a": marks, "b": marks, "c": marks}), costs={"a": 1, "b": 2, "c": 3})
    assert set(found) == {(kind, calls) for kind in ("one marker", "several markers") for calls in (2, 3)}
    assert [found[kind, 3].cost_usd_per_script for kind in ("one marker", "several markers")] == [6.0, 6.0]


def test_without_wrong_marks_there_is_nothing_to_catch():
    marks = np.ones((4, 1, 2))
    found = options(table_of(np.ones(4), {"a": marks, "b": marks}))["one marker", 2]
    assert (found.caught.value, found.caught.reason) == (None, "no consensus mark was wrong")


def test_without_human_marks_there_is_no_advice():
    marks = np.ones((4, 1, 2))
    found = panel_advice(table_of(np.full(4, np.nan), {"a": marks, "b": marks}), seed=1)
    assert {option.review.reason for option in found.options} == {"no answer was marked by both"}
    assert "not two tries and two markers" in found.sentence


def test_one_try_or_one_marker_cannot_be_compared():
    assert panel_advice(table_of(np.ones(4), {"a": np.ones(4), "b": np.ones(4)}), seed=1).options == ()
    assert panel_advice(table_of(np.ones(4), {"a": np.ones((4, 1, 2))}), seed=1).options == ()


def test_of_many_panels_a_seeded_sample_is_taken():
    rng = np.random.default_rng(1)
    markers = {f"m{i}": rng.integers(0, 3, (12, 1, 3)).astype(float) for i in range(16)}
    table = table_of(np.ones(12), markers)
    assert options(table)["several markers", 3].n_choices == 500
    assert options(table) == options(table)
