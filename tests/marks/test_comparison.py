import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.marks.comparison import (
    AttemptMarks,
    attempts_from_rows,
    discrepancies,
    discrepancies_by_model_try,
    mark_range,
    totals,
    zero_part_full,
)
from app.marks.model import Question


def questions(**maxima):
    return [Question(question_id, number, maximum) for number, (question_id, maximum) in enumerate(maxima.items(), 1)]


def attempt(**marks):
    return AttemptMarks("m", 1, marks)


@pytest.mark.parametrize(
    ("mark", "maximum", "expected"),
    [
        (0, 4, "Z"),
        (0.01, 4, "P"),
        (3.99, 4, "P"),
        (4, 4, "F"),
        (0.1 + 0.2, 0.3, "F"),
        (2.5, 2.5, "F"),
    ],
)
def test_a_mark_is_zero_part_or_full(mark, maximum, expected):
    assert zero_part_full(mark, maximum) == expected


@pytest.mark.parametrize(
    ("mark", "maximum", "expected"),
    [
        (0, 4, "0_25"),
        (1, 4, "0_25"),
        (1.01, 4, "25_74_9"),
        (2.99, 4, "25_74_9"),
        (3, 4, "75_100"),
        (4, 4, "75_100"),
        (0.75, 3, "0_25"),
        (2.25, 3, "75_100"),
        # A quarter and three quarters of what binary fractions cannot hold.
        (0.3, 1.2, "0_25"),
        (0.9, 1.2, "75_100"),
        (0.07, 0.28, "0_25"),
        (0.21, 0.28, "75_100"),
    ],
)
def test_a_mark_is_in_a_range_of_the_maximum(mark, maximum, expected):
    assert mark_range(mark, maximum) == expected


@given(st.integers(1, 10_000), st.data())
def test_ranges_hold_exactly_for_all_hundredths(maximum, data):
    mark = data.draw(st.integers(0, maximum))
    expected = "0_25" if 4 * mark <= maximum else "75_100" if 4 * mark >= 3 * maximum else "25_74_9"

    assert mark_range(mark / 100, maximum / 100) == expected
    assert zero_part_full(mark / 100, maximum / 100) == ("Z" if mark == 0 else "F" if mark == maximum else "P")


def test_below_full_marks_is_the_symmetric_difference_of_both_sets():
    human = {"both": 1, "human": 1, "model": 2, "neither": 2}
    marks = attempt(both=0, human=2, model=1, neither=2)

    found = discrepancies(questions(both=2, human=2, model=2, neither=2), human, marks)

    assert found["lt100"] == {"count": 2, "questions": ["human", "model"]}


def test_mismatches_name_both_classes_in_the_order_of_the_questions():
    found = discrepancies(questions(b=4, a=4), {"a": 4, "b": 0}, attempt(a=2, b=1))

    assert found["zpf"] == {
        "count": 2,
        "questions": ["b", "a"],
        "mismatched": [{"qid": "b", "human": "Z", "ai": "P"}, {"qid": "a", "human": "F", "ai": "P"}],
    }
    assert found["range"] == {
        "count": 1,
        "questions": ["a"],
        "mismatched": [{"qid": "a", "human": "75_100", "ai": "25_74_9"}],
    }


def test_only_what_both_marked_is_compared():
    found = discrepancies(
        questions(shared=2, model_only=2, human_only=2, unmarked=2),
        {"shared": 2, "human_only": 0, "unmarked": 0, "gone": 1},
        attempt(shared=0, model_only=0, unmarked=None),
    )

    assert [found[view]["questions"] for view in ("lt100", "zpf", "range")] == [["shared"]] * 3


def test_a_maximum_of_zero_has_neither_parts_nor_shares():
    found = discrepancies(questions(none=0, some=1), {"none": 0, "some": 0}, attempt(none=0, some=0))

    assert [found[view]["count"] for view in ("lt100", "zpf", "range")] == [0, 0, 0]


def test_attempts_without_marks_have_no_entry():
    attempts = [AttemptMarks("m", 1, {"a": None}), AttemptMarks("m", 2, {"a": 1}), AttemptMarks("n", 1, {})]

    found = discrepancies_by_model_try(questions(a=1), {"a": 1}, attempts)

    assert {marker: list(tries) for marker, tries in found.items()} == {"m": ["2"]}


def test_totals_count_the_unmarked_beside_the_sum_and_never_as_zero():
    attempts = [AttemptMarks("m", 1, {"a": 0.1, "b": 0.2, "c": None}), AttemptMarks("m", 2, dict.fromkeys("abc"))]

    found = totals(questions(a=1, b=2.25, c=4), attempts)

    assert found == {
        "total_max_marks": 7.25,
        "total_marks_awarded_by_model_try": {"m": {"1": 0.3}},
        "n_unmarked_by_model_try": {"m": {"1": 1, "2": 3}},
        "max_of_marked_by_model_try": {"m": {"1": 3.25, "2": 0}},
    }


def test_a_question_without_a_row_counts_as_unmarked():
    found = totals(questions(a=1, b=2), [attempt(a=1)])

    assert found["n_unmarked_by_model_try"] == {"m": {"1": 1}}


def test_totals_of_nothing_are_empty():
    assert totals([], []) == {
        "total_max_marks": 0,
        "total_marks_awarded_by_model_try": {},
        "n_unmarked_by_model_try": {},
        "max_of_marked_by_model_try": {},
    }


@given(st.lists(st.integers(0, 10_000), max_size=300))
def test_totals_of_hundredths_are_exact(hundredths):
    marks = {str(number): value / 100 for number, value in enumerate(hundredths)}

    total = totals(questions(**dict.fromkeys(marks, 100.0)), [attempt(**marks)])["total_marks_awarded_by_model_try"]

    assert total == ({"m": {"1": sum(hundredths) / 100}} if hundredths else {})


def test_rows_become_attempts_in_order_of_first_appearance():
    rows = [
        {"question_id": "a", "model_name": "n", "try_index": 2, "marks_awarded": 1.0},
        {"question_id": "a", "model_name": "m", "try_index": 1, "marks_awarded": None},
        {"question_id": "b", "model_name": "n", "try_index": 2, "marks_awarded": 2.0},
    ]

    assert attempts_from_rows(rows) == [AttemptMarks("n", 2, {"a": 1.0, "b": 2.0}), AttemptMarks("m", 1, {"a": None})]
