"""Two maps of bare numbers in one answer: their headings tell the marks from the maxima, or neither is read."""

import json

import pytest

from app.grading.answers.marks import parse_answer
from app.marks.model import Question

MAXIMA, AWARDS = {"1": 3, "2": 5}, {"1": 1, "2": 2}
ASKED = [Question("1", 1, 3), Question("2", 2, 5)]


def read(text):
    return {mark.question_id: mark.marks_awarded for mark in parse_answer(text, ASKED).marks}


def fenced(heading, value):
    return f"{heading}\n```json\n{json.dumps(value)}\n```\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [("Maximum marks:", "Marks awarded:"), ("**Points available**", "## My marks"), ("Max:", "Awarded:")],
)
def test_of_two_bare_maps_the_one_that_is_headed_as_the_awards_is_read(first, second):
    assert read(f"{fenced(first, MAXIMA)}\n{fenced(second, AWARDS)}") == AWARDS
    assert read(f"{fenced(second, AWARDS)}\n{fenced(first, MAXIMA)}") == AWARDS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Maximum marks:", "And these:"),
        ("Marks:", "Marks awarded:"),
        ("Marks awarded:", "Marks awarded:"),
        ("Maximum marks:", "Marks awarded, for example:"),
        ("Maximum marks awarded:", "Marks:"),
        ("", "Marks awarded:"),
    ],
)
def test_two_bare_maps_whose_headings_leave_a_doubt_are_no_marks(first, second):
    assert read(f"{fenced(first, MAXIMA)}\n{fenced(second, AWARDS)}") == {"1": None, "2": None}
