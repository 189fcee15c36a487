"""The class list: one final mark for each answer, as a table, a workbook, for gradebooks and as feedback sheets."""

import csv
import io

import pytest
from openpyxl import load_workbook

HEADER = "script,question_id,max_marks,human_mark,model_name,try_index,mark"
N_TRAINED = 60


@pytest.fixture
async def exam(client):
    """Two models that agree with the human on 1a, and not at all on 1b; Zoë has no human marks."""
    rows = []
    for number in range(N_TRAINED):
        right, wrong = number % 4, (number * 7) % 4
        for model in ("a/one", "a/two"):
            rows.append(f"s{number:02},1a,3,{right},{model},1,{right}")
            rows.append(f"s{number:02},1b,3,{right},{model},1,{wrong}")
    rows += [f"Zoë,{question},3,,{model},1,2" for question in ("1a", "1b") for model in ("a/one", "a/two")]
    exam_id = (await client.post("/exams", json={"name": "Science"})).json()["exam_id"]
    form = {"files": {"file": ("marks.csv", "\n".join([HEADER, *rows]))}, "data": {"exam_id": exam_id}}
    (await client.post("/results/import", **form)).raise_for_status()
    return exam_id


async def wide(client, exam_id, form="wide"):
    response = await client.get(f"/exams/{exam_id}/export.csv?form={form}")
    assert response.status_code == 200, response.text
    return response.text


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


async def test_a_mark_of_the_models_counts_only_where_the_trust_card_passed(client, exam):
    maxima, *students = rows_of(await wide(client, exam))

    zoe = next(row for row in students if row["student"] == "Zoë")
    assert (maxima["student"], maxima["1a"], maxima["total"]) == ("max", "3", "6")
    assert (zoe["1a"], zoe["1b"], zoe["unmarked"]) == ("2", "", "1")
    first = next(row for row in students if row["student"] == "s01")
    assert (first["1a"], first["1b"], first["total"], first["unmarked"]) == ("1", "1", "2", "0")


async def test_a_review_counts_before_everything_else(client, exam):
    sessions = (await client.get(f"/exams/{exam}")).json()["sessions"]
    by_name = {session["name"]: session["session_id"] for session in sessions}
    for name, question in (("Zoë", "1b"), ("s01", "1a")):
        body = {"session_id": by_name[name], "question_id": question, "mark": 2.5, "reviewer": "r"}
        (await client.post(f"/exams/{exam}/review", json=body)).raise_for_status()

    students = {row["student"]: row for row in rows_of(await wide(client, exam))}

    assert (students["Zoë"]["1b"], students["Zoë"]["total"], students["Zoë"]["unmarked"]) == ("2.5", "4.5", "0")
    assert students["s01"]["1a"] == "2.5"


async def test_every_empty_mark_of_the_workbook_has_its_reason_also_where_others_follow(client, exam):
    for name in ("a first one", "b second"):
        (await client.post("/sessions", json={"name": name, "exam_id": exam})).raise_for_status()
    book = load_workbook(io.BytesIO((await client.get(f"/exams/{exam}/export.xlsx")).content))

    for name in ("a first one", "b second"):
        [row] = [row for row in book["Class list"].iter_rows() if row[0].value == name]
        assert all(cell.comment and cell.comment.text for cell in row[1:3])


async def test_the_workbook_begins_with_the_class_list_and_says_why_a_mark_is_missing(client, exam):
    response = await client.get(f"/exams/{exam}/export.xlsx?boundaries=A:90,B:50")
    book = load_workbook(io.BytesIO(response.content))

    assert book.sheetnames[:3] == ["Class list", "Grades", "Summary"]
    sheet = book["Class list"]
    [zoe] = [row for row in sheet.iter_rows() if row[0].value == "Zoë"]
    assert zoe[2].value in {None, ""}
    assert zoe[2].comment.text.startswith("the models gave 2; ")
    grades = {row[0]: row[4] for row in book["Grades"].iter_rows(values_only=True)}
    assert (grades["Zoë"], grades["s03"], grades["s00"]) == ("1 unmarked", "A", "below")


@pytest.mark.parametrize("boundaries", ["ninety", "101", "50,90", "90,90"])
async def test_boundaries_that_are_none_are_refused(client, exam, boundaries):
    response = await client.get(f"/exams/{exam}/export.xlsx", params={"boundaries": boundaries})

    assert response.status_code == 422
    assert response.json()["error"]["details"]["errors"][0]["field"] == "boundaries"


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        ("moodle", ["First name", "Last name", "ID number", "Email address", "Science: 1a (Real)"]),
        ("canvas", ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]),
    ],
)
async def test_a_gradebooks_form_has_its_columns_and_is_read_back_as_the_same_marks(client, exam, form, columns):
    text = await wide(client, exam, form)
    assert list(rows_of(text)[0])[: len(columns)] == columns
    copy = (await client.post("/exams", json={"name": "Copy", "questions": QUESTIONS})).json()["exam_id"]
    for name in [row["student"] for row in rows_of(await wide(client, exam))[1:]]:
        await client.post("/sessions", json={"name": name, "exam_id": copy})

    read = await client.post(f"/exams/{copy}/marks", files={"file": (f"{form}.csv", text)})

    assert read.status_code == 200, read.text
    kept = [(row["student"], row["1a"], row["1b"]) for row in rows_of(await wide(client, copy))]
    assert kept == [(row["student"], row["1a"], row["1b"]) for row in rows_of(await wide(client, exam))]


QUESTIONS = [{"question_id": "1a", "max_marks": 3}, {"question_id": "1b", "max_marks": 3}]


async def test_a_canvas_file_with_ids_behind_its_assignments_is_read(client):
    exam_id = (await client.post("/exams", json={"name": "Science", "questions": QUESTIONS})).json()["exam_id"]
    await client.post("/sessions", json={"name": "Lee, Ann", "exam_id": exam_id})
    lines = [
        "Student,ID,SIS User ID,SIS Login ID,Section,Science: 1a (123456),Science: 1b (123457)",
        "    Points Possible,,,,,3.0,3.0",
        '"Lee, Ann",17,u17,lee,Section 1,2.5,',
    ]

    read = await client.post(f"/exams/{exam_id}/marks", files={"file": ("canvas.csv", "\n".join(lines))})

    assert (read.status_code, read.json()["marks"]) == (200, 1), read.text


async def test_feedback_is_one_page_for_each_student_with_nothing_to_run(client, exam):
    sessions = (await client.get(f"/exams/{exam}")).json()["sessions"]
    [zoe] = [session["session_id"] for session in sessions if session["name"] == "Zoë"]
    note = "<script>alert(1)</script> See page 2."
    body = {"session_id": zoe, "question_id": "1b", "mark": 1, "reviewer": "r", "note": note}
    await client.post(f"/exams/{exam}/review", json=body)

    response = await client.get(f"/exams/{exam}/feedback")

    page = response.text
    assert page.count("<section>") == N_TRAINED + 1
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "break-after: page" in page


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("García, María", ("María", "García")),
        ("Anna Maria Berg", ("Anna Maria", "Berg")),
        ("0007", ("0007", "")),
    ],
)
async def test_a_students_name_is_split_for_moodle_as_it_is_written(client, exam, name, columns):
    (await client.post("/sessions", json={"name": name, "exam_id": exam})).raise_for_status()

    [row] = [row for row in rows_of(await wide(client, exam, "moodle")) if row["ID number"] == name]

    assert (row["First name"], row["Last name"]) == columns


async def test_the_number_in_a_students_name_is_the_id_of_a_gradebook_and_is_read_back(client, exam):
    (await client.post("/sessions", json={"name": "Berg, Anna (00123)", "exam_id": exam})).raise_for_status()

    [moodle] = [row for row in rows_of(await wide(client, exam, "moodle")) if row["ID number"] == "00123"]
    [canvas] = [row for row in rows_of(await wide(client, exam, "canvas")) if row["SIS User ID"] == "00123"]

    assert (moodle["First name"], moodle["Last name"]) == ("Anna", "Berg")
    assert (canvas["Student"], canvas["SIS Login ID"]) == ("Berg, Anna", "00123")
    table = "ID number,1a\n123,2\n"
    read = await client.post(f"/exams/{exam}/marks", files={"file": ("m.csv", table)})
    assert (read.status_code, read.json()["marks"]) == (200, 1), read.text


async def test_students_stand_as_in_a_register(client):
    exam_id = (await client.post("/exams", json={"name": "Order", "questions": QUESTIONS})).json()["exam_id"]
    for name in ("Rossi", "Öztürk", "Nowak", "s10", "s2"):
        (await client.post("/sessions", json={"name": name, "exam_id": exam_id})).raise_for_status()

    assert [row["student"] for row in rows_of(await wide(client, exam_id))[1:]] == [
        *("Nowak", "Öztürk", "Rossi"),
        *("s2", "s10"),
    ]


async def test_a_student_without_any_mark_has_no_total(client, exam):
    (await client.post("/sessions", json={"name": "absent", "exam_id": exam})).raise_for_status()

    [row] = [row for row in rows_of(await wide(client, exam)) if row["student"] == "absent"]
    book = load_workbook(io.BytesIO((await client.get(f"/exams/{exam}/export.xlsx?boundaries=A:90")).content))

    assert (row["total"], row["unmarked"]) == ("", "2")
    assert "absent" in [line[0] for line in book["Grades"].iter_rows(values_only=True) if not line[1]]
