"""A sheet for each student: the marks that count, the maxima and the notes. One HTML file for the class, to print."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.marks.comparison import EPSILON
from app.marks.model import Question
from app.pages.sealed import FEEDBACK_POLICY, FEEDBACK_STYLE
from app.reporting.class_list import MODELS, REVIEW, Answer, Cell, ClassList, Student
from app.reporting.markup import Html, join, tag, void

Notes = Mapping[Answer, Mapping[str, Any]]


def feedback_sheets(found: ClassList, notes: Notes) -> str:
    """`notes` are as the store gives them: every mark and review of an answer."""
    head = tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=FEEDBACK_POLICY),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{found.title}: feedback"),
        tag("style", Html(FEEDBACK_STYLE)),
    )
    sheets = [_sheet(found, student, notes) for student in found.students]
    return "<!doctype html>\n" + tag("html", head, tag("body", *sheets), lang="en")


def _sheet(found: ClassList, student: Student, notes: Notes) -> Html:
    rows = [
        _row(question, cell, notes.get((student.session_id, question.question_id), {}))
        for question, cell in zip(found.questions, student.cells, strict=True)
    ]
    top = tag("thead", tag("tr", tag("th", "Question"), tag("th", "Marks"), tag("th", "Notes")))
    return tag(
        "section",
        tag("h1", student.name),
        tag("p", f"{found.title} · {_total(found, student)}"),
        tag("table", top, tag("tbody", *rows)),
    )


def _total(found: ClassList, student: Student) -> str:
    """The student's sum. Without any mark there is none: 0 would be an invented mark."""
    if student.unmarked == len(student.cells):
        return "not marked yet"
    if student.unmarked:
        answers = "1 answer is" if student.unmarked == 1 else f"{student.unmarked} answers are"
        return f"{student.total:g} of {found.maximum:g} so far; {answers} not marked yet"
    return f"{student.total:g} of {found.maximum:g}"


def _row(question: Question, cell: Cell, notes: Mapping[str, Any]) -> Html:
    mark = "not marked yet" if cell.mark is None else f"{cell.mark:g} of {question.max_marks:g}"
    return tag(
        "tr",
        tag("th", question.question_id, scope="row"),
        tag("td", mark, class_="mark"),
        tag("td", join(*_notes(cell, notes)), class_="note"),
    )


def _notes(cell: Cell, notes: Mapping[str, Any]) -> Iterator[str]:
    """The note of the mark that counts: the reviewer's, or that of a model which gave the same mark."""
    if cell.source == REVIEW:
        yield next((review["note"] for review in notes.get("reviews", ()) if review["note"]), "")
    elif cell.source == MODELS:
        yield next(
            (
                mark["rubric_notes"]
                for mark in notes.get("marks", ())
                if mark["marks_awarded"] is not None
                and abs(mark["marks_awarded"] - (cell.mark or 0.0)) < EPSILON
                and mark["rubric_notes"]
            ),
            "",
        )
