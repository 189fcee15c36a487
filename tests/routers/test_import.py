"""The import as JSON lines: how far it is, and how it ended."""

import json

import pytest

COLUMNS = "script,question_id,max_marks,human_mark,model_name,try_index,mark"


@pytest.fixture
def follow(client):
    """Imports lines into a new exam and follows it: the response, lines of progress, the last line, the exam's id."""

    async def follow(*lines):
        exam_id = (await client.post("/exams", json={"name": "Imported"})).json()["exam_id"]
        response = await client.post(
            "/results/import",
            files={"file": ("marks.csv", "\n".join([COLUMNS, *lines]))},
            data={"exam_id": exam_id},
            headers={"Accept": "application/x-ndjson"},
        )
        *progress, last = map(json.loads, response.text.splitlines())
        return response, progress, last, exam_id

    return follow


async def test_a_followed_import_tells_what_was_read_and_ends_with_what_was_stored(client, follow):
    lines = [f"s{i},q,4,{i % 5},m,1,{i % 4}" for i in range(50)]

    response, progress, last, exam_id = await follow(*lines)

    size = len("\n".join([COLUMNS, *lines]))
    assert (response.status_code, response.headers["Content-Type"]) == (201, "application/x-ndjson")
    stored = {"scripts": 50, "scripts_stored": 50}
    assert progress[-1] == {"stage": "stored", "lines": 51, "bytes_read": size, "bytes_total": size} | stored
    counts = {"rows": 50, "invalid": 0, "missing": 0, "scripts": 50, "questions": 1, "models": 1}
    assert last["imported"] == counts | {"invalid_lines": [], "notes": []}
    assert len((await client.get(f"/exams/{exam_id}")).json()["sessions"]) == 50


async def test_a_large_followed_import_tells_more_than_once(follow):
    _, progress, last, _ = await follow(*(f"s{i % 500},q{i // 500},4,{i % 5},m,1,{i % 4}" for i in range(30_000)))

    assert last["imported"]["rows"] == 30_000
    assert len(progress) > 1
    assert [row["lines"] for row in progress] == sorted(row["lines"] for row in progress)
    assert {row["stage"] for row in progress} <= {"reading", "storing", "stored"}


async def test_a_followed_import_that_is_refused_ends_with_the_error_and_leaves_nothing(client, follow):
    response, progress, last, exam_id = await follow("s1,q,4,3,m,1,2", "s2,q,four,3,m,1,2")

    error = last["error"]
    assert (error["code"], error["details"]["errors"][0]["line"]) == ("VALIDATION_ERROR", 3)
    assert error["correlation_id"] == response.headers["X-Request-ID"]
    assert all(row["stage"] == "reading" for row in progress)
    assert (await client.get(f"/exams/{exam_id}")).json()["sessions"] == []
