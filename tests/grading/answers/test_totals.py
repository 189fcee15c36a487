"""A total over all questions that does not fit the marks: asked again, and two answers that agree outweigh it."""

import json

import pytest

from app.grading.answers.marks import parse_answer
from app.grading.answers.merged import merge
from app.marks.model import Question
from app.marks.reasons import Reason

ASKED = [Question("1", 1, 3), Question("2", 2, 5)]


def answer(first=1, second=2, **beside):
    entries = [{"question_id": "1", "marks_awarded": first}, {"question_id": "2", "marks_awarded": second}]
    return {"answers": entries, **beside}


def read(value, asked=ASKED):
    return parse_answer(json.dumps(value), asked)


def marks(parsed):
    return {mark.question_id: mark.marks_awarded for mark in parsed.marks}


@pytest.mark.parametrize(
    ("beside", "found"),
    [
        ({"total": 7}, "1; total 7, 3"),
        ({"total_marks_awarded": 8}, "1; total 8, 3"),
        ({"totalScore": "4/8"}, "1; total 4, 3"),
        ({"total": "3/10"}, "1; maximum 10, 8"),
        ({"out_of": 10}, "1; maximum 10, 8"),
        ({"max_total": 100}, "1; maximum 100, 8"),
        ({"score": 5}, "1; total 5, 3"),
        ({"total": 39}, "1; total 39, 3"),
        ({"total_percent": 39}, "1; share 39, 3 of 8"),
        ({"percentage": "36.5 %"}, "1; share 36.5, 3 of 8"),
        ({"scale": "percent"}, "1; scale 100, 8"),
        ({"summary": {"total_awarded": 4, "total_possible": 8}}, "1; total 4, 3"),
        ({"overall": {"awarded": 3, "max": 9}}, "1; maximum 9, 8"),
    ],
)
def test_a_total_that_does_not_fit_withholds_every_mark(beside, found):
    parsed = read(answer(**beside))
    assert marks(parsed) == {"1": None, "2": None}
    assert parsed.to_ask_again == ("1", "2")
    assert (parsed.marks[0].findings[0].reason, parsed.marks[0].findings[0].found) == (Reason.CONTRADICTORY, found)


@pytest.mark.parametrize(
    "value",
    [
        {"result": [{"first_name": "Ada", "answers": answer()["answers"], "total": 5}]},
        {"data": answer(total=4)},
        {"marks_awarded": {"1": 1, "2": 2}, "total": 4},
        {"answers": {"1": 1, "2": 2, "total": 4}},
        {"questions": answer()["answers"], "total_marks_awarded": 4},
    ],
)
def test_a_total_is_seen_wherever_all_marks_stand(value):
    assert marks(read(value)) == {"1": None, "2": None}


@pytest.mark.parametrize(
    "beside",
    [
        {"total": 3},
        {"total": 8},
        {"total": 2},
        {"total_marks_awarded": 3, "total_max_marks": 8},
        {"total": "3/8"},
        {"overall_score": 37.5},
        {"score": 0.375},
        {"grade": 4, "overall_grade": 5, "total_questions": 9, "num_total": 7},
        {"summary": {"total_awarded": 3, "total_possible": 8, "comment": "Fine."}},
        {"page_count": 4, "confidence": 0.9, "student_id": 17},
        {"example": {"answers": [], "total": 9}},
    ],
)
def test_what_a_total_may_be_withholds_nothing(beside):
    assert marks(read(answer(**beside))) == {"1": 1, "2": 2}


def test_without_a_mark_for_every_question_nobody_knows_the_sum():
    assert marks(read(answer(second="x", total=9))) == {"1": 1, "2": None}


def test_a_total_beside_one_question_is_another_award_of_it():
    asked = [Question("1", 1, 3)]
    parsed = read({"answers": [{"question_id": "1", "marks_awarded": 1}], "total": 2}, asked)
    assert merge(parsed, parsed).marks[0].marks_awarded is None


def test_a_question_named_total_is_a_question():
    asked = [Question("total", 1, 3), Question("2", 2, 5)]
    assert marks(read({"total": 1, "2": 2}, asked)) == {"total": 1, "2": 2}


def test_marks_that_both_answers_give_outweigh_their_wrong_totals():
    both = merge(read(answer(total=7)), read(answer(total=9)))
    assert (marks(both), both.parse_error) == ({"1": 1, "2": 2}, None)
    assert all(not mark.findings for mark in both.marks)


def test_where_two_answers_with_wrong_totals_differ_only_that_question_stays_unmarked():
    both = merge(read(answer(total=7)), read(answer(first=0, total=9)))
    assert marks(both) == {"1": None, "2": 2}
    assert [finding.found for finding in both.marks[0].findings] == ["1; total 7, 3", "0; total 9, 2"]


def test_a_second_answer_whose_total_fits_is_taken():
    assert marks(merge(read(answer(total=7)), read(answer(second=4, total=5)))) == {"1": 1, "2": 4}


@pytest.mark.parametrize("total", [99, 101, 99.5])
def test_a_total_beside_full_marks_is_no_percentage_unless_it_is_100(total):
    assert marks(read(answer(3, 5, total=total))) == {"1": None, "2": None}
    assert marks(read(answer(3, 5, total=100))) == {"1": 3, "2": 5}


@pytest.mark.parametrize(("percentage", "mark"), [(66, 2), (67, 2), (66.7, 2), (0.67, 2), (68, None), (65, None)])
def test_a_share_beside_one_mark_may_be_rounded_and_no_more(percentage, mark):
    entry = {"question_id": "1", "marks_awarded": 2, "percentage": percentage}
    assert marks(read({"answers": [entry, {"question_id": "2", "marks_awarded": 2}]})) == {"1": mark, "2": 2}
