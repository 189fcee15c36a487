"""The import at its edges: what spreadsheets write, what is too large, what is no mark, a hundred thousand lines."""

import time

from tests.support.effort import database_seconds

COLUMNS = "script,question_id,max_marks,human_mark,human_mark_2,model_name,try_index,mark"
# Of computing in server and database: no user waits longer. A laptop takes a fifth of it.
LONGEST_SECONDS = 30


async def agreement_of(client, exam_id):
    figures = (await client.get(f"/exams/{exam_id}/agreement")).raise_for_status().json()
    return {name: figure for name, figure in figures.items() if name != "definitions"}


async def test_a_file_as_spreadsheets_write_it_is_read(client, send):
    lines = [COLUMNS, '"Doe, Jane\r\n(resit)",q,4,3,,m,1,2', 's2,"q",4,1,,m,1,"1.5"', ""]

    response, exam_id = await send(file=b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    assert response.status_code == 201, response.text
    assert (response.json()["rows"], response.json()["scripts"]) == (2, 2)
    names = {session["name"] for session in (await client.get(f"/exams/{exam_id}")).json()["sessions"]}
    assert names == {"Doe, Jane\r\n(resit)", "s2"}


async def test_errors_are_numbered_by_the_lines_of_the_file_not_by_its_rows(send, refused):
    response, _ = await send('"two\nlines",q,4,3,,m,1,2', "s2,q,four,1,,m,1,1")

    assert [error["line"] for error in refused(response, 422, "VALIDATION_ERROR")["details"]["errors"]] == [4]


async def test_a_file_that_is_too_large_is_refused_unread(client, send, refused, monkeypatch):
    monkeypatch.setattr("app.reporting.imports.LARGEST_FILE_BYTES", 200)

    fits, _ = await send("s1,q,4,3,,m,1,2")
    response, exam_id = await send(*(f"s{number},q,4,3,,m,1,2" for number in range(20)))

    assert fits.status_code == 201
    refused(response, 413, "PAYLOAD_TOO_LARGE")
    assert (await client.get(f"/exams/{exam_id}")).json()["sessions"] == []


def counted_as(place, figures):
    """The figures, with the count of `place` (missing or invalid) in both counts' stead."""
    if isinstance(figures, list):
        return [counted_as(place, item) for item in figures]
    if not isinstance(figures, dict):
        return figures
    of = {name: figures[name] for name in (place, f"n_{place}") if name in figures}
    counted = {"missing", "invalid", "n_missing", "n_invalid"}
    kept = {name: counted_as(place, item) for name, item in figures.items() if name not in counted}
    return kept | ({"n_none": sum(of.values())} if of else {})


async def test_marks_out_of_range_are_as_if_they_were_not_there(client, send):
    def lines(no_mark):
        for script in range(12):
            for question, maximum in (("q", 4), ("r", 6)):
                human, mark = (script + maximum) % (maximum + 1), (script * maximum) % (maximum + 1)
                for try_index in (1, 2):
                    given = no_mark if (script + try_index) % 5 == 0 else mark
                    yield f"s{script:02},{question},{maximum},{human},{(human + script) % 4},m,{try_index},{given}"
                yield f"s{script:02},{question},{maximum},{human},{(human + script) % 4},n,1,{mark}"

    empty, without = await send(*lines(""))
    outside, out_of_range = await send(*lines(99))

    n = empty.json()["missing"]
    assert n > 0
    assert (outside.json()["invalid"], outside.json()["missing"]) == (n, 0)
    missing, invalid = await agreement_of(client, without), await agreement_of(client, out_of_range)
    exact = invalid["markers"][0]["per_question"]["q"]["exact"]
    assert (exact["n_missing"], exact["n_invalid"] > 0) == (0, True)
    assert counted_as("missing", missing) == counted_as("invalid", invalid)


async def test_a_human_mark_out_of_range_refuses_the_file(send, refused):
    response, _ = await send("s1,q,4,5,,m,1,2", "s2,q,4,5,-1,m,1,2")

    assert [error["line"] for error in refused(response, 422, "VALIDATION_ERROR")["details"]["errors"]] == [2, 3, 3]


async def test_a_hundred_thousand_rows_are_imported_in_seconds(client, send, database_server):
    lines = [
        f"s{script},q{question},4,{(script + question) % 5},,m{model},{try_index},{(script * model + question) % 5}"
        for script in range(1000)
        for question in range(10)
        for model in range(5)
        for try_index in (1, 2)
    ]
    began = time.process_time() + database_seconds(database_server)

    response, _ = await send(*lines)

    took = time.process_time() + database_seconds(database_server) - began
    print(f"imported {len(lines)} rows in {took:.1f} s")  # noqa: T201 - told by pytest -s
    assert response.json()["rows"] == 100_000
    assert took < LONGEST_SECONDS
    assert (await client.get("/exams")).json()[0]["sessions"]["graded"] == 1000


async def test_human_marks_posted_after_an_import_take_no_imported_mark_away(client, send):
    asked = [{"question_id": "q", "max_marks": 4, "text": "Why?", "tolerance": 0.5}]
    exam_id = (await client.post("/exams", json={"name": "Asked", "questions": asked})).json()["exam_id"]
    await send("s1,q,4,3,,m,1,2", exam_id=exam_id)
    (session,) = (await client.get(f"/exams/{exam_id}")).json()["sessions"]
    session_id = session["session_id"]
    body = {"session_id": session_id, "questions": [{"question_id": "q", "max_marks": 4}]}

    posted = await client.post("/questions/config", json=body | {"human_marks_by_qid": {"q": 3}})
    again, _ = await send("s1,q,4,3,,m,1,2", exam_id=exam_id)

    assert (posted.status_code, again.status_code) == (200, 201), again.text
    ((attempt,),) = (await client.get(f"/results/{session_id}")).json()["results_by_question"]["q"].values()
    assert (attempt["marks_awarded"], attempt["validation_errors"]) == (2, [])
