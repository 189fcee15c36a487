"""What a student's feedback sheet says about the marks."""

import re

import pytest

from app.marks.model import Question
from app.reporting.class_list import HUMAN, NONE, Cell, ClassList, Student
from app.reporting.feedback import feedback_sheets

QUESTIONS = (Question("1a", 1, 4), Question("1b", 2, 2), Question("2", 3, 12))
OPEN = Cell(None, NONE, "neither a human nor a model gave a mark")


def sheet(*cells):
    """The words of the line below the student's name, and of the column of marks."""
    page = feedback_sheets(ClassList("Science", QUESTIONS, (Student("s", "Anna", cells, 0),)), {})
    [top] = re.findall(r"<p>Science · (.*?)</p>", page)
    return top, re.findall(r'<td class="mark">(.*?)</td>', page)


@pytest.mark.parametrize(
    ("cells", "top", "column"),
    [
        ((OPEN, OPEN, OPEN), "not marked yet", ["not marked yet"] * 3),
        (
            (Cell(2.5, HUMAN), OPEN, OPEN),
            "2.5 of 18 so far; 2 answers are not marked yet",
            ["2.5 of 4", "not marked yet", "not marked yet"],
        ),
        (
            (Cell(0, HUMAN), OPEN, Cell(0, HUMAN)),
            "0 of 18 so far; 1 answer is not marked yet",
            ["0 of 4", "not marked yet", "0 of 12"],
        ),
        ((Cell(0, HUMAN), Cell(0, HUMAN), Cell(0, HUMAN)), "0 of 18", ["0 of 4", "0 of 2", "0 of 12"]),
    ],
)
def test_a_sheet_gives_a_total_only_of_marks_that_were_given(cells, top, column):
    assert sheet(*cells) == (top, column)
