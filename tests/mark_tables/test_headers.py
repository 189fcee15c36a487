"""Columns are known by their names in several languages; a slip is refused, not left aside."""

import pytest

from app.mark_tables.headers import is_wide, long_columns
from app.mark_tables.table import TableRefusedError
from app.mark_tables.words import HUMAN, HUMAN_2, QUESTION, SCRIPT
from tests.mark_tables.tables import csv_tables

KNOWN = (SCRIPT, QUESTION, HUMAN, HUMAN_2)


def columns(header):
    return long_columns(csv_tables(f"{header}\n")[0], (SCRIPT, QUESTION), KNOWN)


@pytest.mark.parametrize(
    "header",
    [
        "script,question_id,human_mark",
        "Student ID,Question,Points",
        "Matrikelnummer , AUFGABE, Punkte",
        "nom,qid,score",
    ],
)
def test_a_column_is_known_by_any_of_its_names(header):
    assert columns(header).places == {SCRIPT: 0, QUESTION: 1, HUMAN: 2}


@pytest.mark.parametrize("slip", ["human_mark2", "human_mrak", "humanmark2", "human-mark-3", "Human marks 2"])
def test_a_near_miss_is_refused_and_the_nearest_name_given(slip):
    with pytest.raises(TableRefusedError, match=f"there is no column {slip}; is human_mark(_2)? meant") as refused:
        columns(f"script,question_id,human_mark,{slip}")

    assert refused.value.problems[0]["column"] == slip


@pytest.mark.parametrize("header", ["script,question_id,mark,mark", "script,question_id,Mark,mark "])
def test_a_column_twice_is_refused(header):
    with pytest.raises(TableRefusedError, match=r"column (mark|Mark) is there twice"):
        columns(header)


def test_two_columns_of_one_meaning_are_refused():
    with pytest.raises(TableRefusedError, match="points and score both mean human_mark"):
        columns("script,question_id,points,score")


def test_the_most_exact_name_of_a_student_counts_and_other_columns_are_told():
    found = columns("name,student_id,question_id,human_mark,mood")

    assert (found.places[SCRIPT], found.aside) == (1, ("mood",))


@pytest.mark.parametrize(("header", "wide"), [("student,1a,1b", True), ("student,question,mark", False)])
def test_a_table_with_students_and_no_questions_is_wide(header, wide):
    assert is_wide(csv_tables(f"{header}\n")[0]) is wide
