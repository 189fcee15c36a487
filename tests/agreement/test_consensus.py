"""Median with the lower of two, and mode; over tries and over markers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.agreement.consensus import Rule, consensus_markers, median_low, mode, over_markers, over_tries
from app.agreement.table import Code
from tests.agreement.tables import quickly, table_of

N = np.nan
TRIES = arrays(
    float, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, N])
)


@pytest.mark.parametrize(
    ("marks", "median", "modal"),
    [([1, 2], 1, 1), ([3, 1, 2], 2, 2), ([0, 2, 2, 1], 1, 2), ([N, 4, N], 4, 4), ([1, 1, 3, 3], 1, 1), ([N, N], N, N)],
)
def test_the_lower_of_two_middle_marks_is_taken(marks, median, modal):
    row = np.array([marks], float)
    assert median_low(row).tolist() == pytest.approx([median], nan_ok=True)
    assert mode(row).tolist() == pytest.approx([modal], nan_ok=True)


@quickly
@given(TRIES)
def test_the_consensus_is_a_mark_that_somebody_gave(marks):
    for found in (median_low(marks), mode(marks)):
        for row, mark in zip(marks, found, strict=True):
            assert mark in row or (np.isnan(mark) and np.isnan(row).all())


@quickly
@given(TRIES, st.randoms(use_true_random=False))
def test_the_order_of_tries_changes_no_consensus(marks, random):
    order = list(range(marks.shape[1]))
    random.shuffle(order)
    for rule in (median_low, mode):
        assert np.array_equal(rule(marks), rule(marks[:, order]), equal_nan=True)


def test_an_answer_without_any_mark_has_no_consensus():
    table = table_of([1, 1], {"a": [[[N, N]], [[N, 1]]]})
    found = over_tries(table.markers[0])
    assert found.codes[:, 0].tolist() == [Code.MISSING, Code.MARKED]
    assert np.isnan(found.marks[0, 0])


def test_each_marker_has_one_vote_however_many_tries_it_made():
    table = table_of([1], {"a": [[[5, 5, 5]]], "b": [[[1]]], "c": [[[1]]]})
    assert over_markers(table.markers, Rule.MODE).marks.tolist() == [[1.0]]


def test_consensus_markers_are_made_where_there_are_several_to_combine():
    table = table_of([1], {"a": [[[5, 5, 5]]], "b": [[[1]]]})
    assert [marker.name for marker in consensus_markers(table)] == [
        "a (median of 3 tries)",
        "a (mode of 3 tries)",
        "median of 2 markers",
        "mode of 2 markers",
    ]
    assert consensus_markers(table_of([1], {"a": [1]})) == ()
