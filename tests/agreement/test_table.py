"""Rows in, arrays out: what is marked, missing, invalid and never asked."""

import numpy as np
import pytest

from app.agreement.doubt import doubts
from app.agreement.pairs import pairs_of
from app.agreement.table import Code, Grid, MarkRow, MarkTable, tolerance
from app.marks.model import Question

QUESTIONS = [Question("a", 1, 2.0), Question("b", 2, 10.0)]


def codes(table, marker=0):
    return [[Code(code).name for code in answer] for answer in table.markers[marker].codes]


def test_answers_are_sorted_by_script_and_hold_only_what_was_asked():
    rows = [MarkRow("y", "b", "m", 1, 3.0), MarkRow("x", "a", "m", 1, 1.0)]
    table = MarkTable.from_rows(QUESTIONS, rows, {("x", "a"): 2.0})
    assert table.scripts == ("x", "y")
    assert table.script.tolist() == [0, 1]
    assert table.question.tolist() == [0, 1]
    assert table.maxima.tolist() == [2.0, 10.0]


@pytest.mark.parametrize("mark", [-0.5, 2.5, float("inf"), float("nan")])
def test_a_mark_outside_its_range_is_invalid(mark):
    table = MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, mark)], {("x", "a"): 2.0})
    assert codes(table) == [["INVALID"]]
    assert np.isnan(table.markers[0].marks).all()


def test_a_humans_mark_outside_its_range_is_invalid_too():
    table = MarkTable.from_rows(QUESTIONS, [], {("x", "a"): 3.0})
    assert table.human.codes.tolist() == [[Code.INVALID]]


def test_a_refused_mark_counts_as_invalid_whatever_its_number():
    table = MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, 1.0, "invalid")], {})
    assert codes(table) == [["INVALID"]]
    assert np.isnan(table.markers[0].marks).all()


def test_an_answer_without_a_row_was_not_asked_though_its_script_was():
    human = {("x", "a"): 1.0, ("x", "b"): 2.0, ("y", "a"): 1.0}
    table = MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, 1.0), MarkRow("x", "a", "m", 3, 1.0)], human)
    assert table.markers[0].tries == (1, 3)
    assert codes(table) == [["MARKED", "MARKED"], ["NOT_ASKED", "NOT_ASKED"], ["NOT_ASKED", "NOT_ASKED"]]


def test_a_row_without_a_mark_is_missing():
    table = MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, None, "missing")], {})
    assert codes(table) == [["MISSING"]]


def test_what_a_human_left_out_is_missing():
    table = MarkTable.from_rows(QUESTIONS, [MarkRow("y", "a", "m", 1, 1.0)], {("x", "a"): 1.0}, {("x", "a"): 2.0})
    assert [human.codes.tolist() for human in (table.human, table.human_2)] == [[[Code.MARKED], [Code.MISSING]]] * 2


def test_a_question_that_was_not_asked_raises_no_doubt_and_is_not_missing():
    rows = [MarkRow("x", "a", "m", 1, 1.0), MarkRow("x", "a", "n", 1, 1.0), MarkRow("x", "b", "n", 1, 10.0)]
    table = MarkTable.from_rows(QUESTIONS, rows, {("x", "a"): 1.0, ("x", "b"): 10.0})
    assert doubts(table, table.markers).doubt[1] == 0
    assert pairs_of(table, table.markers[0], np.arange(2)).counts.n_missing == 0


def test_a_question_that_is_not_configured_is_refused():
    with pytest.raises(ValueError, match="'z' is not configured"):
        MarkTable.from_rows(QUESTIONS, [MarkRow("x", "z", "m", 1, 1.0)], {})


def test_two_rows_for_one_mark_are_refused():
    with pytest.raises(ValueError, match="two rows"):
        MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, 1.0), MarkRow("x", "a", "m", 1, 2.0)], {})


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="'lost'"):
        MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, 1.0, "lost")], {})


@pytest.mark.parametrize(
    ("maximum", "given", "expected"),
    [(1, None, 0), (3, None, 0), (4, None, 0.5), (5, None, 0.5), (20, None, 2.0), (20, 0.0, 0.0), (1, 0.5, 0.5)],
)
def test_the_tolerance_is_the_teachers_or_follows_the_maximum(maximum, given, expected):
    assert tolerance(Question("q", 1, maximum, given)) == pytest.approx(expected)


def test_a_negative_zero_is_a_zero():
    table = MarkTable.from_rows(QUESTIONS, [MarkRow("x", "a", "m", 1, -0.0)], {})
    assert not np.signbit(table.markers[0].marks[0, 0])


def test_a_grid_is_the_table_of_its_marks():
    n = np.nan
    codes = np.array([[[1, 1], [1, 2]], [[0, 0], [1, 3]]], np.uint8)
    marks = np.array([[[1, 9], [2.5, n]], [[n, n], [10, n]]])
    grid = Grid(np.array([[1, 2], [n, 7]]), np.full((2, 2), n), {"m": (codes, marks)}, {"m": (1, 2)})
    found = MarkTable.from_grid(QUESTIONS, ["x", "y"], grid)
    rows = [
        MarkRow("x", "a", "m", 1, 1.0),
        MarkRow("x", "a", "m", 2, 9.0),
        MarkRow("x", "b", "m", 1, 2.5),
        MarkRow("x", "b", "m", 2, None, "missing"),
        MarkRow("y", "b", "m", 1, 10.0),
        MarkRow("y", "b", "m", 2, None, "invalid"),
    ]
    expected = MarkTable.from_rows(QUESTIONS, rows, {("x", "a"): 1.0, ("x", "b"): 2.0, ("y", "b"): 7.0})
    assert (found.scripts, found.human_2) == (expected.scripts, None)
    assert np.array_equal(found.script, expected.script)
    assert np.array_equal(found.question, expected.question)
    for one, other in zip((found.human, *found.markers), (expected.human, *expected.markers), strict=True):
        assert (one.name, one.tries) == (other.name, other.tries)
        assert np.array_equal(one.codes, other.codes)
        assert np.array_equal(one.marks, other.marks, equal_nan=True)


def test_a_script_that_is_there_twice_is_refused():
    grid = Grid(np.ones((2, 2)), np.ones((2, 2)), {}, {})
    with pytest.raises(ValueError, match="twice"):
        MarkTable.from_grid(QUESTIONS, ["x", "x"], grid)
