"""Human marks for an exam whose scripts are here: long or wide, all or nothing."""

import pytest

from tests.mark_tables.tables import xlsx_bytes

QUESTIONS = [{"question_id": "1a", "max_marks": 3}, {"question_id": "1b", "max_marks": 2}]


@pytest.fixture
async def exam(client):
    """An exam of two scripts, and their sessions by name."""
    exam_id = (await client.post("/exams", json={"name": "Maths", "questions": QUESTIONS})).json()["exam_id"]
    for name in ("00042", "Müller"):
        await client.post("/sessions", json={"name": name, "exam_id": exam_id})
    sessions = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    return exam_id, {session["name"]: session["session_id"] for session in sessions}


async def post(client, exam_id, content, name="marks.csv"):
    return await client.post(f"/exams/{exam_id}/marks", files={"file": (name, content)})


async def human_marks(client, session_id):
    configured = (await client.get(f"/questions/{session_id}")).json()
    return configured["human_marks_by_qid"], configured["human_marks_2_by_qid"]


async def test_a_wide_workbook_gives_each_script_its_marks(client, exam):
    exam_id, sessions = exam
    rows = [["Student", "1a", "1b", "1a (2)", "Total"], [42, 1.5, 2, 3, 3.5], ["Mu\u0308ller", 0, None, None, 0]]

    response = await post(client, exam_id, xlsx_bytes({"Marks": rows}), "marks.xlsx")

    assert response.json() == {
        "scripts": 2,
        "marks": 4,
        "notes": ["42 was taken for 00042: a spreadsheet drops leading zeros.", "Left aside: column Total."],
    }
    assert await human_marks(client, sessions["00042"]) == ({"1a": 1.5, "1b": 2}, {"1a": 3})
    assert await human_marks(client, sessions["Müller"]) == ({"1a": 0}, {})


async def test_an_answer_that_the_file_does_not_name_keeps_its_mark(client, exam):
    exam_id, sessions = exam
    await post(client, exam_id, "script,question_id,human_mark\nMüller,1a,1\nMüller,1b,1\n")

    await post(client, exam_id, "script;1a\nMüller;2,5\n")

    assert await human_marks(client, sessions["Müller"]) == ({"1a": 2.5, "1b": 1}, {})


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("script,1a\n00042,1\nMüler,1\n", (3, "script"), "the nearest name is Müller"),
        ("script,1a,1c\n00042,1,\nMüller,1,1\n", (3, "1c"), "the nearest name is 1"),
        ("script,1a\n00042,1\nMüller,4\n", (3, "1a"), "4 is above the maximum of 3"),
        ("script,1a\n00042,1\nMüller,1,5\n", (3, None), "more fields than columns"),
    ],
)
async def test_what_does_not_match_is_refused_and_nothing_is_kept(client, exam, text, place, said):
    exam_id, sessions = exam

    response = await post(client, exam_id, text)

    assert response.status_code == 422
    first = response.json()["error"]["details"]["errors"][0]
    assert (first["line"], first.get("column")) == place
    assert said in first["message"]
    assert await human_marks(client, sessions["00042"]) == ({}, {})


async def test_an_exam_that_is_not_there_is_not_found(client):
    response = await post(client, "0f8fad5b-d9cb-469f-a165-70867728950e", "script,1a\nx,1\n")

    assert response.status_code == 404


async def test_an_exam_without_questions_takes_those_of_the_file(client):
    exam_id = (await client.post("/exams", json={"name": "Maths"})).json()["exam_id"]
    session_id = (await client.post("/sessions", json={"name": "Anna", "exam_id": exam_id})).json()["session_id"]

    response = await post(client, exam_id, "Name;1a;1b;Summe\nmax. Punkte;3;2;5\nAnna;2,5;1;3,5\n")

    assert response.status_code == 200, response.text
    questions = (await client.get(f"/exams/{exam_id}")).json()["questions"]
    assert [(one["question_id"], one["max_marks"]) for one in questions] == [("1a", 3), ("1b", 2)]
    assert await human_marks(client, session_id) == ({"1a": 2.5, "1b": 1}, {})


async def test_an_exam_without_questions_needs_the_maxima_in_the_file(client):
    exam_id = (await client.post("/exams", json={"name": "Maths"})).json()["exam_id"]
    await client.post("/sessions", json={"name": "Anna", "exam_id": exam_id})

    response = await post(client, exam_id, "Name;1a\nAnna;2,5\n")

    assert response.status_code == 422
    assert "question 1a has no maximum: add a row named max" in response.json()["error"]["message"]
    assert (await client.get(f"/exams/{exam_id}")).json()["questions"] == []
