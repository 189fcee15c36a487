"""Marks of humans, long or wide, with a second human in three forms."""

import pytest

from app.mark_tables.human_marks import HumanMarks, read_human_marks, settle
from app.mark_tables.table import TableRefusedError
from tests.mark_tables.tables import csv_tables, xlsx_tables

MAXIMA = {"1a": 3.0, "1b": 2.0}
ANNA = {"anna": HumanMarks({"1a": 1.5, "1b": 2.0}, {"1a": 2.0})}


def settled(tables, maxima=MAXIMA, scripts=None):
    return settle(read_human_marks(tables, maxima or ()), maxima=maxima, scripts=scripts)


def said(tables, maxima=MAXIMA, scripts=None):
    with pytest.raises(TableRefusedError) as refused:
        settled(tables, maxima, scripts)
    return refused.value.problems


@pytest.mark.parametrize(
    "text",
    [
        "script;question_id;human_mark;human_mark_2\nanna;1a;1,5;2\nanna;1b;2;\n",
        "student;1a;1b;1a (2)\nanna;1,5;2;2\n",
        "Name;1A;1b;1A (2);Total;Kommentar\nanna;1,5;2;2;3,5;gut\nDurchschnitt;1,5;2;2;;\n",
        "student;1a;1b;1a (2)\nmax;3;2;\nanna;1.5;2;2\n",
    ],
)
def test_long_and_wide_tables_say_the_same(text):
    assert settled(csv_tables(text)).scripts == ANNA


def test_a_second_human_may_stand_in_a_sheet_of_the_same_shape():
    tables = xlsx_tables(
        {
            "Marks": [["student", "1a", "1b"], ["anna", 1.5, 2]],
            "human_mark_2": [["student", "1a", "1b"], ["anna", 2, None]],
            "Notes": [["nothing"], ["of use"]],
        }
    )

    result = settled(tables)

    assert result.scripts == ANNA
    assert result.notes == ["Left aside: sheet Notes."]


def test_a_second_human_in_a_long_sheet():
    rows = {"Marks": [["script", "question_id", "human_mark"], ["anna", "1a", 1.5], ["anna", "1b", 2]]}
    rows["human_mark_2"] = [["script", "question_id", "mark"], ["anna", "1a", 2]]

    tables = xlsx_tables(rows)

    assert [problem["message"] for problem in said(tables)] == ["missing columns: human_mark"]
    rows["human_mark_2"][0][2] = "human_mark"
    assert settled(xlsx_tables(rows)).scripts == ANNA


def test_a_table_without_questions_known_says_them_in_its_header_and_maxima_row():
    result = settled(csv_tables("student,1a,1b\nmax,3,2.5\nanna,1,2\n"), maxima=None)

    assert result.maxima == {"1a": 3, "1b": 2.5}


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("student,1a,1c\nanna,1,2\n", 2, "1c", "question 1c, human_mark: there is no such question (the nearest"),
        ("student,1a\nanna,1\nana,2\n", 3, "script", "there are no scans of ana (the nearest name is anna)"),
        ("student,1a\nanna,four\n", 2, "1a", "script anna, question 1a, human_mark: 'four' is no number"),
        ("student,1a,1a (2)\nanna,1,9\n", 2, "1a (2)", "human_mark_2: 9 is above the maximum of 3"),
        ("student,1a\nmax,4\nanna,1\n", 2, None, "question 1a has the maximum 4 here and 3 in the questions"),
        ("student,1a\nanna,1\nANNA,2\n", 3, "script", "student ANNA is there twice, in lines 2 and 3"),
        ("student,1a\nanna,2026-05-01\n", 2, "1a", "'2026-05-01' looks like a date: spreadsheets make one of 1/2"),
        ("student,1a\nanna,01. Feb\n", 2, "1a", "'01. Feb' looks like a date"),
        ("student,1a\nanna,1/2\n", 2, "1a", "'1/2' may be a fraction or a mark of a maximum"),
        ("student,1a\nben,\n,1\n", 3, None, "the row names no student and holds '1': name the student"),
        ("student,1a\n,1\n", 2, None, "question 1a has the maximum 1 here and 3 in the questions"),
        ("student,1a\nanna,gut\nben,1\n", 2, "1a", "'gut' is no number"),
    ],
)
def test_what_means_nothing_is_refused_with_line_and_column(text, line, column, message):
    first = said(csv_tables(text), scripts=["anna"])[0]

    assert (first["line"], first.get("column")) == (line, column)
    assert message in first["message"]


def test_a_question_without_a_maximum_is_refused_where_nothing_else_knows_it():
    first = said(csv_tables("student,1a,1b\nmax,3,\nanna,1,2\n"), maxima=None)[0]

    assert first["message"] == "question 1b has no maximum: add a row named max"


def test_a_model_mark_is_never_taken_for_a_humans():
    problems = said(csv_tables("script,question_id,model_name,try_index,mark\nanna,1a,m,1,2\n"))

    assert problems[0]["message"] == "missing columns: human_mark"
