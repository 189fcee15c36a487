"""Files of marks as they come: nothing of them is taken silently, and our own export is read back as it was."""

import csv
import io

import pytest

from tests.mark_tables.tables import xlsx_bytes

HEADER = "script,question_id,max_marks,human_mark,model_name,try_index,mark"
# What an import takes of an export; the rest of its columns belong to the exam that was exported.
KEPT = (
    *("script", "question_id", "max_marks", "human_mark", "human_mark_2", "model_name", "try_index", "mark", "status"),
)


async def import_file(client, content, name="marks.csv"):
    exam_id = (await client.post("/exams", json={"name": "Imported"})).json()["exam_id"]
    form = {"files": {"file": (name, content)}, "data": {"exam_id": exam_id}}
    return await client.post("/results/import", **form), exam_id


def errors(response):
    assert response.status_code == 422, response.text
    return response.json()["error"]["details"]["errors"]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (f"{HEADER},mark\ns1,1a,3,2,m/x,1,2,3\n", 1, "mark", "column mark is there twice"),
        (
            "script,question_id,max_marks,human_mark,human_mark2,model_name,try_index,mark\ns1,1a,3,2,3,m/x,1,2\n",
            *(1, "human_mark2", "there is no column human_mark2; is human_mark_2 meant?"),
        ),
        (f"{HEADER}\ns1,1a,3,1,5,m/x,1,2\n", 2, None, "there are more fields than columns: 8 and 7"),
        (f"{HEADER}\ns1,1a,3,2,m/x,1\n", 2, None, "there are fewer fields than columns"),
        ("student;1a;1b\nmax;3;\ns1;1;1\n", 3, "1b", "question 1b has no maximum"),
    ],
)
async def test_a_file_that_leaves_a_doubt_is_refused_with_line_and_column(client, text, line, column, message):
    response, exam_id = await import_file(client, text)

    first = errors(response)[0]
    assert (first["line"], first.get("column")) == (line, column)
    assert message in first["message"]
    assert (await client.get(f"/exams/{exam_id}")).json()["sessions"] == []


async def test_ids_that_look_the_same_are_one_question(client):
    response, exam_id = await import_file(client, f"{HEADER}\ns1,1 a,3,2,m/x,1,2\ns2,1\u00a0a,3,2,m/x,1,2\n")

    assert response.json()["questions"] == 1
    assert [q["question_id"] for q in (await client.get(f"/exams/{exam_id}")).json()["questions"]] == ["1 a"]


async def test_columns_that_nothing_reads_are_told(client):
    response, _ = await import_file(client, f"{HEADER},mood\ns1,1a,3,2,m/x,1,2,good\n")

    assert response.json()["notes"] == ["Left aside: mood."]


async def test_our_own_export_is_read_back_as_it_was(client):
    names = ["-Smith", "=b", "'=c", "''+d", "@e", "plain", "Müller, Zoë"]
    text = io.StringIO()
    rows = [[name, f"={name}", 3, 2.5, 1, "=m/x", 1, mark] for name in names for mark in ("2.25",)]
    csv.writer(text).writerows([[*HEADER.split(",")[:4], "human_mark_2", *HEADER.split(",")[4:]], *_unescapable(rows)])
    first, exam_id = await import_file(client, text.getvalue())
    assert first.status_code == 201, first.text
    exported = (await client.get(f"/exams/{exam_id}/export.csv")).text

    again, copy_id = await import_file(client, exported)

    assert (again.status_code, again.json()["notes"]) == (201, [])
    copied = (await client.get(f"/exams/{copy_id}/export.csv")).text
    assert kept(copied) == kept(exported)
    names_there = {session["name"] for session in (await client.get(f"/exams/{copy_id}")).json()["sessions"]}
    assert names_there == set(names)


def _unescapable(rows):
    """As a file that was exported: names that a spreadsheet would run, or that stand escaped, get an apostrophe."""
    return [
        [f"'{cell}" if str(cell).lstrip("'").startswith(("=", "+", "-", "@")) else cell for cell in r] for r in rows
    ]


def kept(text):
    return sorted(tuple(row[name] for name in KEPT) for row in csv.DictReader(io.StringIO(text)))


async def test_a_workbook_with_one_student_in_a_row_gives_human_marks_and_questions(client):
    rows = [["Matrikelnummer", "1a", "1b", "1a (2)"], ["max", 3, 2, None], [42, 1.5, 2, 2], [7, 3, 0, None]]
    content = xlsx_bytes({"Klausur": rows}, {"A3": "00000", "A4": "00000"})

    response, exam_id = await import_file(client, content, "marks.xlsx")

    assert response.status_code == 201, response.text
    assert {name: response.json()[name] for name in ("scripts", "questions", "rows", "models")} == {
        "scripts": 2,
        "questions": 2,
        "rows": 5,
        "models": 0,
    }
    sessions = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    assert {session["name"] for session in sessions} == {"00042", "00007"}
    [first] = [session["session_id"] for session in sessions if session["name"] == "00042"]
    configured = (await client.get(f"/questions/{first}")).json()
    assert configured["human_marks_by_qid"] == {"1a": 1.5, "1b": 2}
    assert configured["human_marks_2_by_qid"] == {"1a": 2}


async def test_an_unquoted_decimal_comma_between_semicolons_is_a_number(client):
    text = f"{HEADER}\ns1,1a,3,1.5,m/x,1,2\n".replace(",", ";").replace("1.5", "1,5")
    response, exam_id = await import_file(client, text)

    assert response.status_code == 201, response.text
    [session] = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    configured = (await client.get(f"/questions/{session['session_id']}")).json()
    assert configured["human_marks_by_qid"] == {"1a": 1.5}
