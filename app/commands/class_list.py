"""The class list as `secondmark grade` prints it. Pure."""

import csv
import io

from rich.table import Table

# More columns than these are unreadable at a terminal.
MOST_QUESTIONS = 12
_NO_MARK = "–"
_AFTER_QUESTIONS = 4


def class_table(wide: str) -> Table:
    """`wide` is the export in the form wide: a student in a row, the maxima in the second row."""
    header, maxima, *students = list(csv.reader(io.StringIO(wide)))
    asked = header[1:-_AFTER_QUESTIONS]
    shown = asked if len(asked) <= MOST_QUESTIONS else []
    table = Table(
        title="Class list", title_justify="left", caption=_caption(students, is_whole=len(shown) == len(asked))
    )
    table.add_column("Student", overflow="fold")
    for place, question in enumerate(shown, start=1):
        table.add_column(f"{question}\n/{maxima[place]}", justify="right")
    for name in (f"total\n/{maxima[-_AFTER_QUESTIONS]}", "unmarked", "to look\nat"):
        table.add_column(name, justify="right")
    for student in students:
        marks = [mark or _NO_MARK for mark in student[1 : 1 + len(shown)]]
        total, _, unmarked, to_look_at = student[-_AFTER_QUESTIONS:]
        table.add_row(student[0], *marks, total or _NO_MARK, unmarked, to_look_at)
    return table


def _caption(students: list[list[str]], *, is_whole: bool) -> str:
    open_marks = sum(int(student[-2]) for student in students)
    said = ["Final marks: a review, else the human's, else the models' where their trust card passed the question."]
    if open_marks:
        said.append(f"{open_marks} {'answer has' if open_marks == 1 else 'answers have'} no final mark yet.")
    if not is_whole:
        said.append("The marks of all questions are in the export.")
    return " ".join(said)
