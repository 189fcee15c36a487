"""An exam while it is marked: its event stream, its page, and what goes with it when it is deleted."""

import json

import pytest

QUESTIONS = [{"question_id": "1a", "max_marks": 3}]


@pytest.fixture
async def exam(client, openrouter, prepare, grade):
    """An exam with one marked script and one without pages; (exam_id, session_ids)."""
    openrouter.marks = {"1a": 2}
    exam_id = (await client.post("/exams", json={"name": "Science", "questions": QUESTIONS})).json()["exam_id"]
    marked = await prepare(exam_id=exam_id, questions=QUESTIONS, name="Anna")
    empty = (await client.post("/sessions", json={"exam_id": exam_id, "name": "Ben"})).json()["session_id"]
    await grade(marked, "simulated/careful")
    return exam_id, (marked, empty)


def told(text):
    """(name, data) of each event."""
    blocks = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in text.split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks if "event" in block]


async def test_the_stream_says_where_each_script_is_and_ends_when_none_is_marked(client, exam):
    exam_id, (marked, empty) = exam

    response = await client.get(f"/exams/{exam_id}/events")

    assert response.headers["content-type"].startswith("text/event-stream")
    events = told(response.text)
    assert [name for name, _ in events] == ["progress", "done"]
    progress = events[0][1]
    assert (progress["status"], progress["progress"]) == ("graded", 1)
    assert progress["sessions"] == {"total": 2, "created": 1, "grading": 0, "graded": 1, "failed": 0}
    assert {one["session_id"]: one["status"] for one in progress["scripts"]} == {marked: "graded", empty: "created"}
    assert progress["simulated"] is True
    assert progress["cost_usd"] == sum(one["cost_usd"] for one in progress["scripts"])


async def test_money_is_called_simulated_only_where_no_model_was_asked(client, exam, prepare, grade):
    exam_id, _ = exam
    await grade(await prepare(exam_id=exam_id, questions=QUESTIONS), "a/b")

    scripts = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    _, progress = told((await client.get(f"/exams/{exam_id}/events")).text)[0]

    assert [script["simulated"] for script in scripts] == [True, False, False]
    assert progress["simulated"] is False


async def test_the_stream_says_how_far_each_model_is_and_why_it_failed(client, openrouter, prepare, grade):
    exam_id = (await client.post("/exams", json={"name": "Science", "questions": QUESTIONS})).json()["exam_id"]
    for marks in ({"1a": 2}, {"other": 1}):
        openrouter.marks = marks
        await grade(await prepare(exam_id=exam_id, questions=QUESTIONS), "simulated/careful")

    (marker,) = told((await client.get(f"/exams/{exam_id}/events")).text)[0][1]["markers"]

    assert {name: marker[name] for name in ("model_name", "total", "finished", "failed", "running")} == {
        "model_name": "simulated/careful", "total": 2, "finished": 2, "failed": 1, "running": 0,
    }  # fmt: skip
    (reason,) = marker["reasons"]
    assert reason["n"] == 1
    assert reason["message"].endswith(".")
    assert (await client.get(f"/exams/{exam_id}")).json()["markers"] == [marker]


async def test_the_page_runs_only_the_servers_own_files(client, exam):
    exam_id, _ = exam

    page = await client.get(f"/exams/{exam_id}/live")
    script = await client.get("/static/exam_live.js")

    assert page.status_code == script.status_code == 200
    assert 'src="/static/exam_live.js"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["events", "live"])
async def test_an_exam_that_is_not_there_has_neither(client, refused, path):
    response = await client.get(f"/exams/0f8fad5b-d9cb-469f-a165-70867728950e/{path}")

    assert refused(response, 404, "NOT_FOUND")


async def test_deleting_an_exam_deletes_the_reports_that_name_its_students(client, exam, tmp_path):
    exam_id, (marked, _) = exam
    reports = tmp_path / "reports"
    reports.mkdir()
    other = reports / "0f8fad5b-d9cb-469f-a165-70867728950e.html"
    for file in (reports / f"{exam_id}.html", reports / f"{marked}.html", reports / f"{exam_id}-feedback.html", other):
        file.write_text("Anna")

    await client.delete(f"/exams/{exam_id}")

    assert list(reports.iterdir()) == [other]


async def test_deleting_a_session_deletes_its_report(client, exam, tmp_path):
    _, (marked, _) = exam
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / f"{marked}.html").write_text("Anna")

    await client.delete(f"/sessions/{marked}")

    assert list(reports.iterdir()) == []
