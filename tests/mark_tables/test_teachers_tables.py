"""Tables as teachers keep them: what is plain to a person is read, what may mean two things is refused."""

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from app.mark_tables.human_marks import read_human_marks, settle
from app.mark_tables.reading import read_tables
from app.mark_tables.table import TableRefusedError
from tests.mark_tables.tables import csv_tables, xlsx_bytes, xlsx_tables

MAXIMA = {"1a": 1.0, "1b": 2.0, "2": 4.0, "3(i)": 2.0}
IDS = list(MAXIMA)
MARKS = [1, 2, 3.5, 1]
GIVEN = dict(zip(IDS, MARKS, strict=True))
SCRIPTS = ("0041", "0042", "Zoë Müller", "Anna Berg")


def settled(tables, *, known=True):
    maxima = MAXIMA if known else None
    return settle(read_human_marks(tables, maxima or (), SCRIPTS), maxima=maxima, scripts=SCRIPTS)


def sheet(*rows):
    return read_tables(BytesIO(xlsx_bytes({"Marks": rows})), known_questions=MAXIMA)


def refused(tables):
    with pytest.raises(TableRefusedError) as error:
        settled(tables)
    return [problem["message"] for problem in error.value.problems]


READ = {
    "an empty corner": [[None, "Q1a", "Q1b", "Q2", "Q3(i)"], ["Anna Berg", *MARKS]],
    "an unknown word in the corner": [["Kürzel", *IDS], ["Anna Berg", *MARKS]],
    "titles and dates above": [
        ["Science test, class 8b"],
        ["Teacher:", "Ms Bell"],
        ["Date", datetime(2026, 5, 4)],  # noqa: DTZ001 - workbooks have no zones
        ["Pupil", *IDS],
        ["Anna Berg", *MARKS],
    ],
    "a table in the middle of the sheet": [[], [None, None, "Student", *IDS], [None, None, "Anna Berg", *MARKS]],
    "a header of two rows": [
        ["Student", "Question 1", None, "Question 2", "Question 3"],
        [None, "a", "b", None, "(i)"],
        ["Anna Berg", *MARKS],
    ],
    "a header of two rows with the whole ids below": [
        ["Élève", "Exercice 1", None, "Exercice 2", "Exercice 3"],
        [None, "1a", "1b", None, "3(i)"],
        ["Anna Berg", *MARKS],
    ],
    "capitals without their accents": [["ELEVE", *IDS], ["BAREME", *MAXIMA.values()], ["Anna Berg", *MARKS]],
    "a total with its maximum behind": [["Nom", *IDS, "Note /20", "Total (9)"], ["Anna Berg", *MARKS, 7, 8]],
    "a running number without a maximum": [
        ["Lp.", "Nazwisko i imię", *IDS],
        [None, "Maksimum", *MAXIMA.values()],
        [1, "Berg Anna", *MARKS],
    ],
    "a running number and two names": [["Nr.", "Name", "Vorname", *IDS], [1, "Berg", "Anna", *MARKS]],
    "the last name first": [["Name", *IDS], ["BERG, Anna", *MARKS]],
    "a number that is nobody's beside the name": [["Student ID", "Name", *IDS], [977, "Anna Berg", *MARKS]],
    "words around the questions": [["Name", "Aufgabe 1 a)", "Aufg. 1b", "Frage 2", "3 i"], ["Anna Berg", *MARKS]],
    "totals, means and the best and worst mark": [
        ["Name", *IDS, "Total", "%", "Grade"],
        ["max. Punkte", *MAXIMA.values(), 9, None, None],
        ["Anna Berg", *MARKS, 7.5, "83%", 2],
        ["Average", *MARKS, 7.5, None, None],
        ["Max", *MARKS, 7.5, None, None],
        ["Min", *MARKS, 7.5, None, None],
    ],
    "maxima under the header without a name": [["Name", *IDS], [None, *MAXIMA.values()], ["Anna Berg", *MARKS]],
    "the header again on each page": [["Name", *IDS], ["Anna Berg", *MARKS], ["Name", *IDS]],
    "remarks in columns and beside the table": [
        ["Name", "1a", "Remark on 1a", "1b", "2", "3(i)"],
        ["Anna Berg", 1, "well done", 2, 3.5, 1, None, "see the parents"],
    ],
    "a legend below": [["Name", *IDS], ["Anna Berg", *MARKS], [], ["Legend: * see me"]],
    "a total that was never calculated": [["Name", *IDS, "Total"], ["Anna Berg", *MARKS, "=SUM(B2:E2)"]],
    "numbers as text": [["Name", *IDS], ["Anna\u00a0Berg ", " 1", "2\u00a0", "3½", "1,0"]],
}


@pytest.mark.parametrize("rows", READ.values(), ids=READ)
def test_what_is_plain_to_a_person_is_read(rows):
    result = settled(sheet(*rows))

    assert {name: marks.first for name, marks in result.scripts.items()} == {"Anna Berg": GIVEN}


@pytest.mark.parametrize(
    "header",
    [
        ["Student", "1a (1 P)", "1b (2 Punkte)", "2 (4 P.)", "3(i) (2 pts)"],
        ["Student", "1a /1", "1b / 2", "2 /4", "3(i)/2"],
        ["Student", "1a [1]", "1b [max 2]", "2 [4 marks]", "3(i) [2P]"],
        ["Student", "1a (max. 1)", "1b (out of 2)", "2 (von 4)", "3(i) (sur 2)"],
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_maxima_may_stand_in_the_header(header, known):
    result = settled(sheet(header, ["Anna Berg", *MARKS]), known=known)

    assert result.maxima == MAXIMA
    assert result.scripts["Anna Berg"].first == GIVEN


REFUSED = {
    "a date": (
        [["Name", *IDS], ["Anna Berg", 1, 2, datetime(2026, 2, 1), 1]],  # noqa: DTZ001 - workbooks have no zones
        "cell Marks!D2, script Anna Berg, question 2, human_mark: holds the date 2026-02-01: spreadsheets",
    ),
    "a mark of a maximum": (
        [["Name", *IDS], ["Anna Berg", 1, "1/2", 3, 1]],
        "cell Marks!C2, script Anna Berg, question 1b, human_mark: '1/2' may be a fraction or a mark of a maximum",
    ),
    "a formula without its result": (
        [["Name", *IDS], ["Anna Berg", 1, 2, "=1+1", 1]],
        "cell Marks!D2, script Anna Berg, question 2, human_mark: holds a formula without its result: open the file",
    ),
    "a sum below without a name": (
        [["Name", *IDS], ["Anna Berg", *MARKS], [None, *MARKS]],
        "the row names no student and holds '1'",
    ),
    "a number under no header": ([["Name", *IDS], ["Anna Berg", *MARKS, 3]], "cell F2 has no name in the header"),
    "a student twice": (
        [["Name", *IDS], ["Anna Berg", *MARKS], ["Berg, Anna", 0, 0, 0, 0]],
        "student Berg, Anna is there twice, in lines 2 and 3",
    ),
    "students in columns": (
        [["Aufgabe", "max", "Anna Berg"], ["1a", 1, 1]],
        "missing columns: script; if each student has a column here, turn the table round",
    ),
    "marks of an unknown question": (
        [["Name", *IDS, "Bonus"], ["Anna Berg", *MARKS, 1]],
        "question Bonus, human_mark: there is no such question",
    ),
}


@pytest.mark.parametrize(("rows", "said"), REFUSED.values(), ids=REFUSED)
def test_what_may_mean_two_things_is_refused_with_its_place(rows, said):
    assert said in refused(sheet(*rows))[0]


def test_one_point_one_is_not_eleven():
    tables = sheet(["Name", "1.1", "11"], ["Anna Berg", 1, 2])
    known = {"1.1": 2.0, "11": 2.0}

    result = settle(read_human_marks(tables, known, SCRIPTS), maxima=known, scripts=SCRIPTS)

    assert result.scripts["Anna Berg"].first == {"1.1": 1, "11": 2}


def test_an_absent_student_has_no_marks_and_is_reported():
    rows = [["Name", *IDS], ["Anna Berg", *["abs"] * 4], ["Carl Gone", *[None] * 4], ["0041", *MARKS]]

    result = settled(sheet(*rows))

    assert result.scripts["Anna Berg"].first == {}
    assert result.notes == [
        "Without scans and without marks, left aside: Carl Gone.",
        "'abs' counts as no mark (4 cells).",
    ]


def test_sheets_with_the_same_columns_are_classes_of_one_exam():
    rows = {"8a": [["Name", *IDS], ["Anna Berg", *MARKS]], "8b": [["Name", *IDS], ["Zoë Müller", *MARKS]]}

    assert set(settled(xlsx_tables(rows)).scripts) == {"Anna Berg", "Zoë Müller"}


def test_a_student_in_two_classes_is_refused():
    rows = {"8a": [["Name", *IDS], ["Anna Berg", *MARKS]], "8b": [["Name", *IDS], ["Anna Berg", *MARKS]]}

    assert refused(xlsx_tables(rows)) == ["student Anna Berg is there twice, in sheets 8a and 8b"]


@pytest.mark.parametrize("name", ["human_mark_2", "Human mark 2", "Second marker", "Zweitkorrektur"])
def test_a_cover_and_a_second_humans_sheet_are_told_apart(name):
    rows = {"Info": [["Made in May"]], "8a": [["Name", *IDS], ["Anna Berg", *MARKS]]}
    rows[name] = [["Name", *IDS], ["Anna Berg", 0, 1, 2, 0]]

    result = settled(xlsx_tables(rows))

    assert (result.scripts["Anna Berg"].first, result.scripts["Anna Berg"].second["2"]) == (GIVEN, 2)
    assert result.notes == ["Left aside: sheet Info."]


def test_a_hidden_sheet_is_not_read():
    rows = [["Name", *IDS], ["Anna Berg", *MARKS]]
    book = load_workbook(BytesIO(xlsx_bytes({"Lists": [["Name", *IDS], ["Anna Berg", 0, 0, 0, 0]], "8a": rows})))
    book["Lists"].sheet_state = "hidden"
    book.active = 1
    file = BytesIO()
    book.save(file)
    file.seek(0)

    assert settled(read_tables(file)).scripts["Anna Berg"].first == GIVEN


# The student's column, the word for a question, a total, a remark, the maxima and the mean.
LANGUAGES = {
    "English": ("Candidate number", "Question", "Total", "Comments", "Maximum mark", "Mean"),
    "German": ("Matrikel-Nr.", "Aufgabe", "Summe", "Bemerkung", "max. Punkte", "Mittelwert"),
    "French": ("N° étudiant", "Exercice", "Somme", "Remarques", "Barème", "Moyenne"),
    "Spanish": ("Matrícula", "Pregunta", "Suma", "Observaciones", "Máximo", "Promedio"),
    "Italian": ("Matricola", "Domanda", "Totale", "Commenti", "Massimo", "Media"),
    "Portuguese": ("N.º de aluno", "Pergunta", "Soma", "Observações", "Cotação", "Média"),
    "Dutch": ("Leerlingnummer", "Vraag", "Totaal", "Opmerkingen", "Max. punten", "Gemiddelde"),
    "Polish": ("Nr albumu", "Zadanie", "Razem", "Uwagi", "Maksimum", "Średnia"),
}


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_names_of_columns_and_rows_are_known_in_eight_languages(words):
    student, question, total, remark, maximum, mean = words
    header = f"{student};{question} 1a;{question} 1b;{total};{remark}"

    result = settled(csv_tables(f"{header}\n{maximum};1;2;3;\n41;1;1,5;2,5;\n{mean};1;1,5;2,5;\n"))

    assert result.scripts["0041"].first == {"1a": 1, "1b": 1.5}
    assert set(result.scripts) == {"0041"}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_a_title_with_a_comma_does_not_decide_the_delimiter(encoding):
    text = "Science, class 8b\n\nName;1a;1b\nAnna Berg;1;1,5\nZoë Müller;1;0,5\n"

    result = settled(csv_tables(text, encoding))

    assert result.scripts["Zoë Müller"].first == {"1a": 1, "1b": 0.5}


TWO_ROWS = {
    "ids of points": ["1.1", "1.2", "2.1", "2.2"],
    "ids that the spreadsheet made numbers": [1.1, 1.2, 2.1, 2.2],
}


@pytest.mark.parametrize("lower", TWO_ROWS.values(), ids=TWO_ROWS)
def test_the_second_row_of_a_header_may_hold_numbers_that_name_parts(lower):
    upper = ["Name", "Question 1", None, "Question 2", None]
    result = settled(sheet(upper, [None, *lower], ["max", 1, 2, 3, 4], ["Anna Berg", 1, 2, 3, 4]), known=False)

    assert result.scripts["Anna Berg"].first == {"1.1": 1, "1.2": 2, "2.1": 3, "2.2": 4}
    assert result.maxima == {"1.1": 1, "1.2": 2, "2.1": 3, "2.2": 4}


def test_counted_parts_above_the_maxima_get_the_number_of_their_question():
    upper = ["Name", "Question 1", None, "Question 2", None]
    rows = (upper, [None, 1, 2, 1, 2], ["max", 1, 2, 3, 4], ["Anna Berg", 1, 2, 3, 4])

    assert list(settled(sheet(*rows), known=False).maxima) == [
        f"Question {part}" for part in ("1.1", "1.2", "2.1", "2.2")
    ]


def test_numbers_under_a_header_that_may_be_marks_are_refused():
    with pytest.raises(TableRefusedError, match="cell C2 has no name in the header and holds '2'"):
        settled(sheet(["Name", "Question 1", None], [None, 1, 2], ["Anna Berg", 1, 2]), known=False)


@pytest.mark.parametrize("ids", [("n", "no"), ("Nr", "pos")])
def test_questions_named_like_running_numbers_are_questions_where_they_have_a_maximum(ids):
    result = settled(sheet(["Name", *ids], ["max", 1, 2], ["Anna Berg", 0.5, 2]), known=False)

    assert result.scripts["Anna Berg"].first == dict(zip(ids, (0.5, 2), strict=True))


def test_known_questions_named_like_running_numbers_are_questions():
    tables = sheet(["Name", "n", "no"], ["Anna Berg", 0.5, 2])
    marks = settle(
        read_human_marks(tables, ("n", "no"), ["Anna Berg"]), maxima={"n": 1, "no": 2}, scripts=["Anna Berg"]
    )

    assert marks.scripts["Anna Berg"].first == {"n": 0.5, "no": 2}


def test_students_known_by_their_running_number_are_found_by_it():
    tables = sheet(["N.º", "Nome", "1a"], [None, "Cotação", 1], [7, "Anna", 0.5])

    assert settle(read_human_marks(tables, (), ["7"]), scripts=["7"]).scripts["7"].first == {"1a": 0.5}


def test_a_percentage_is_refused_with_what_to_type():
    with pytest.raises(TableRefusedError, match="'50%' is a percentage: type the mark itself"):
        settled(sheet(["Name", *IDS], ["Anna Berg", "50%", 2, 3, 1]))
