"""Questions and maxima from a table of their own."""

import pytest

from app.mark_tables.maxima import ListedQuestion, read_maxima, read_questions
from app.mark_tables.table import TableRefusedError
from tests.mark_tables.tables import csv_tables, xlsx_tables

MAXIMA = {"1a": 1, "1b": 2.5, "2": 4}


@pytest.mark.parametrize(
    "text",
    [
        "question_id,max_marks\n1a,1\n1b,2.5\n2,4\n",
        "Aufgabe;Punkte max;Höchstpunktzahl\n1a;;1\n1b;;2,5\n2;;4\nSumme;;7,5\n",
        "1a;1b;2;Summe\n1;2,5;4;7,5\n",
        "student;1a;1b;2\nmax;1;2,5;4\n",
    ],
)
def test_questions_may_stand_in_rows_or_columns(text):
    assert read_maxima(csv_tables(text)) == MAXIMA


def test_texts_and_answers_come_with_their_questions():
    text = "Question,Max marks,Question text,Model answer\n1a,1,Name it.,chlorophyll\n1b,2.5,,\ntotal,3.5,all,all\n"

    assert read_questions(csv_tables(text)) == [
        ListedQuestion("1a", 1, "Name it.", "chlorophyll"),
        ListedQuestion("1b", 2.5),
    ]


def test_a_workbook_with_a_title_is_read():
    rows = [["Science, 8b"], ["Question", "Max"], ["1a", 1], ["1b", 2.5], [2, 4]]

    assert read_maxima(xlsx_tables({"Sheet1": [[None], *rows[1:]]})) == MAXIMA


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("question,max\n1a,one\n", 2, "question 1a: the maximum 'one' is no number"),
        ("question,max\n1a,1\n1a,2\n", 3, "question 1a had another maximum before: 1, here 2"),
        ("student,total\nanna,1\n", 1, "the file holds no maxima: it needs columns question_id and max_marks"),
    ],
)
def test_what_is_no_maximum_is_refused_with_its_line(text, line, said):
    with pytest.raises(TableRefusedError, match=said) as refused:
        read_maxima(csv_tables(text))

    assert refused.value.problems[0]["line"] == line
