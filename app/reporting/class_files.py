"""The class list as files: a table, a workbook's sheets, and the gradebook forms of Moodle and Canvas. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from app.mark_tables.names import number_and_words
from app.marks.formulas import harmless
from app.reporting.boundaries import Boundary, grade_of
from app.reporting.class_list import ClassList, Student

Rows = Iterator[Sequence[Any]]


class Form(StrEnum):
    """How an export is laid out. `long`: one mark in a row."""

    LONG = "long"
    WIDE = "wide"
    MOODLE = "moodle"
    CANVAS = "canvas"


def class_csv(found: ClassList, form: Form) -> str:
    rows = {Form.WIDE: wide_rows, Form.MOODLE: moodle_rows, Form.CANVAS: canvas_rows}[form](found)
    text = io.StringIO()
    csv.writer(text).writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue()


def wide_rows(found: ClassList) -> Rows:
    """A student in a row; the second row holds the maxima, so that the file can be read back."""
    ids = [question.question_id for question in found.questions]
    yield ("student", *ids, "total", "maximum", "unmarked", "to look at")
    maximum = _plain(found.maximum)
    yield ("max", *(_plain(question.max_marks) for question in found.questions), maximum, maximum, "", "")
    for student in found.students:
        maximum = _plain(found.maximum)
        yield (student.name, *_marks(student), _total(student), maximum, student.unmarked, student.to_look_at)


def moodle_rows(found: ClassList) -> Rows:
    """As Moodle's grader report exports it; its import maps columns to grade items. A total of some answers alone would
    count the others as 0: it stays empty.
    """
    items = [f"{found.title}: {question.question_id} (Real)" for question in found.questions]
    yield ("First name", "Last name", "ID number", "Email address", *items, f"{found.title}: total (Real)")
    for student in found.students:
        total = "" if student.unmarked else _plain(student.total)
        number, words = number_and_words(student.name)
        yield (*_first_and_last(words), number or student.name, "", *_marks(student), total)


def _first_and_last(name: str) -> tuple[str, str]:
    """`Anna Berg` and `Berg, Anna` alike; a name of one word, such as a number, has no last name."""
    last, comma, first = (part.strip() for part in name.partition(","))
    if not (comma and first and last):
        first, _, last = name.rpartition(" ")
    return (first, last) if first else (name, "")


def canvas_rows(found: ClassList) -> Rows:
    """As Canvas exports its gradebook: assignments in columns, what is possible in the second row."""
    items = [f"{found.title}: {question.question_id}" for question in found.questions]
    yield ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *items)
    yield ("    Points Possible", "", "", "", "", *(_plain(question.max_marks) for question in found.questions))
    for student in found.students:
        number, words = number_and_words(student.name)
        student_id = number or student.name
        yield (words, "", student_id, student_id, "", *_marks(student))


def _total(student: Student) -> float | str:
    """The sum of the marks that are there; none where no answer has one, as a total of 0 would be a mark."""
    return _plain(student.total) if student.unmarked < len(student.cells) else ""


def _marks(student: Student) -> list[Any]:
    return ["" if cell.mark is None else _plain(cell.mark) for cell in student.cells]


def _plain(value: float) -> float:
    """3 instead of 3.0."""
    return int(value) if float(value).is_integer() else value


def grade_rows(found: ClassList, boundaries: tuple[Boundary, ...]) -> Rows:
    """Students with their grades, and how many have each. Who has unmarked answers has no grade yet."""
    grades = {
        student.session_id: "" if student.unmarked else grade_of(student.total, found.maximum, boundaries)
        for student in found.students
    }
    yield ("student", "total", "maximum", "percent", "grade")
    for student in found.students:
        percent = round(100 * student.total / found.maximum, 2) if found.maximum and not student.unmarked else ""
        grade = grades[student.session_id] or f"{student.unmarked} unmarked"
        yield (student.name, _total(student), found.maximum, percent, grade)
    counted = Counter(grades.values())
    yield ("", "", "", "", "")
    yield ("grade", "from percent", "students", "", "")
    for boundary in boundaries:
        yield (boundary.label, boundary.percent, counted[boundary.label], "", "")
    yield ("below", "", counted["below"], "", "")


def comments(found: ClassList) -> Iterator[tuple[int, int, str]]:
    """(row, column, why) of each empty mark, counted from 1 as in `wide_rows`."""
    for row, student in enumerate(found.students, start=3):
        for column, cell in enumerate(student.cells, start=2):
            if cell.mark is None:
                yield row, column, cell.why
