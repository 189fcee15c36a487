"""`/exams` against the contract: sessions that share a question set, started together."""

from uuid import uuid4

import httpx
import pytest

STUDENT = {"role": "student", "url": "https://example.org/student-1.png", "order_index": 0}
QUESTIONS = [{"question_id": "1a", "max_marks": 3}, {"question_number": "1b(ii)", "max_mark": 4.5}]


@pytest.fixture
def create_exam(client):
    async def create_exam(**body):
        response = await client.post("/exams", json={"name": "Science"} | body)
        assert response.status_code == 201, response.text
        return response.json()["exam_id"]

    return create_exam


async def test_sessions_of_an_exam_begin_with_its_questions(client, create_exam, create):
    exam_id = await create_exam(questions=QUESTIONS)
    session_id = await create(exam_id=exam_id)

    questions = (await client.get(f"/questions/{session_id}")).json()["questions"]

    assert [(q["question_id"], q["number"], q["max_marks"]) for q in questions] == [("1a", 1, 3), ("1b(ii)", 2, 4.5)]


async def test_the_first_questions_of_an_empty_exam_become_the_exams(client, create_exam, prepare):
    exam_id = await create_exam()
    await prepare(exam_id=exam_id, questions=QUESTIONS)

    exam = (await client.get(f"/exams/{exam_id}")).json()

    assert [q["question_id"] for q in exam["questions"]] == ["1a", "1b(ii)"]


async def test_other_questions_than_the_exams_are_refused_with_the_difference(client, create_exam, create, refused):
    exam_id = await create_exam(questions=QUESTIONS)
    session_id = await create(exam_id=exam_id)
    other = [{"question_id": "1a", "max_marks": 2}, {"question_id": "9", "max_marks": 1}]

    response = await client.post("/questions/config", json={"session_id": session_id, "questions": other})

    assert refused(response, 409, "CONFLICT")["details"] == {
        "missing": ["1b(ii)"],
        "unknown": ["9"],
        "maxima": {"1a": {"exam": 3.0, "session": 2}},
    }
    kept = (await client.get(f"/questions/{session_id}")).json()["questions"]
    assert [q["question_id"] for q in kept] == ["1a", "1b(ii)"]


async def test_an_exam_shows_its_sessions_with_their_progress(client, openrouter, create_exam, prepare, grade):
    openrouter.marks = {"1a": 2, "1b(ii)": 4}
    exam_id = await create_exam(questions=QUESTIONS)
    graded = await prepare(exam_id=exam_id, questions=QUESTIONS, human={"1a": 3}, name="Anna")
    await client.post("/sessions", json={"exam_id": exam_id})
    await grade(graded, "a/b")

    first, second = (await client.get(f"/exams/{exam_id}")).json()["sessions"]

    assert (first["session_id"], first["name"], first["status"], first["progress"]) == (graded, "Anna", "graded", 1)
    assert first["attempts"] == {"total": 1, "finished": 1, "failed": 0}
    assert (first["n_human_marks"], first["n_student_images"], first["cost_usd"]) == (1, 1, 0.002)
    assert (second["status"], second["progress"]) == ("created", 0)


async def test_grading_an_exam_starts_what_is_ready_and_names_the_rest(  # noqa: PLR0917 - fixtures
    client, openrouter, create_exam, prepare, create, ended
):
    openrouter.marks = {"1a": 2, "1b(ii)": 4}
    exam_id = await create_exam(questions=QUESTIONS)
    ready = await prepare(exam_id=exam_id, questions=QUESTIONS)
    without_images = await create(exam_id=exam_id, name="Ben")

    response = await client.post(f"/exams/{exam_id}/grade", json={"models": [{"name": "a/b", "tries": 2}]})

    assert response.status_code == 202
    assert response.json()["started"] == [ready]
    (left,) = response.json()["not_ready"]
    assert (left["session_id"], left["name"], left["code"]) == (without_images, "Ben", "VALIDATION_ERROR")
    assert (await ended(ready))["attempts"]["succeeded"] == 2


@pytest.fixture
def grade_exam(client):
    """The answer to the start of an exam."""

    async def grade_exam(exam_id, **plan):
        response = await client.post(f"/exams/{exam_id}/grade", json=plan)
        assert response.status_code == 202, response.text
        return response.json()

    return grade_exam


@pytest.fixture
async def two_scripts(openrouter, create_exam, prepare):
    """An exam with two sessions that are ready: its id and theirs."""
    openrouter.marks = {"1a": 2, "1b(ii)": 4}
    exam_id = await create_exam(questions=QUESTIONS)
    return exam_id, [await prepare(exam_id=exam_id, questions=QUESTIONS, name=name) for name in ("Anna", "Ben")]


def pair(rubric, assessment):
    return {
        "rubric_model": {"name": rubric},
        "assessment_model": {"name": assessment, "tries": 2},
        "instance_id": "duo",
    }


async def test_an_exam_is_graded_by_model_pairs(client, openrouter, two_scripts, grade_exam, ended):
    exam_id, sessions = two_scripts

    answer = await grade_exam(exam_id, model_pairs=[pair("a/reader", "c/marker")])

    assert (answer["started"], answer["not_ready"]) == (sessions, [])
    for session_id in sessions:
        assert (await ended(session_id))["attempts"]["succeeded"] == 2
        by_marker = (await client.get(f"/results/{session_id}")).json()["results_by_question"]["1a"]
        assert {marker: len(tries) for marker, tries in by_marker.items()} == {"duo": 2}
    listed = (await client.get("/sessions")).json()
    for row in listed:
        (planned,) = row["model_pairs"]
        assert (planned["rubricModel"], planned["assessmentModel"]) == ("a/reader", "c/marker")


async def test_an_empty_plan_repeats_what_is_not_done_in_each_session(
    openrouter, two_scripts, grade_exam, grade, ended
):
    exam_id, (done, failed) = two_scripts
    await grade(done, "a/b")
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"message": "no", "code": 400}})
    assert (await grade(failed, "c/d"))["status"] == "failed"
    openrouter.reply = None
    asked = len(openrouter.requests)

    answer = await grade_exam(exam_id, models=[])

    assert answer["started"] == [done, failed]
    assert [(await ended(session_id))["status"] for session_id in (done, failed)] == ["graded", "graded"]
    assert len(openrouter.requests) == asked + 1


async def test_an_empty_plan_names_the_sessions_that_have_none_to_repeat(two_scripts, grade_exam, grade, ended):
    exam_id, (graded, never) = two_scripts
    await grade(graded, "a/b")

    answer = await grade_exam(exam_id, models=[])

    assert answer["started"] == [graded]
    assert [(row["session_id"], row["code"]) for row in answer["not_ready"]] == [(never, "VALIDATION_ERROR")]
    await ended(graded)


async def test_only_by_force_is_an_exam_graded_again(openrouter, two_scripts, grade_exam, ended):
    exam_id, sessions = two_scripts
    plan = {"models": [{"name": "a/b", "tries": 2}]}
    counts = []
    for more in ({}, {}, {"force": True}):
        assert (await grade_exam(exam_id, **plan, **more))["started"] == sessions
        for session_id in sessions:
            assert (await ended(session_id))["attempts"]["succeeded"] == 2
        counts.append(len(openrouter.requests))

    assert counts == [4, 4, 8]


async def test_a_session_that_is_graded_under_another_plan_is_named_as_busy(  # noqa: PLR0917 - fixtures
    client, openrouter, two_scripts, grade_exam, start, ended
):
    exam_id, (busy, ready) = two_scripts
    openrouter.may_answer.clear()
    await start(busy, "a/b")

    answer = await grade_exam(exam_id, models=[{"name": "c/d"}])
    openrouter.may_answer.set()

    assert answer["started"] == [ready]
    (left,) = answer["not_ready"]
    assert (left["session_id"], left["name"], left["code"]) == (busy, "Anna", "SESSION_BUSY")
    assert left["message"]
    for session_id, marker in ((busy, "a/b"), (ready, "c/d")):
        assert list((await ended(session_id))["models"]) == [marker]


async def test_the_same_plan_joins_the_sessions_that_are_being_graded(
    openrouter, two_scripts, grade_exam, start, ended
):
    exam_id, sessions = two_scripts
    openrouter.may_answer.clear()
    await start(sessions[0], "a/b")

    answer = await grade_exam(exam_id, models=[{"name": "a/b"}])
    openrouter.may_answer.set()

    assert (answer["started"], answer["not_ready"]) == (sessions, [])
    for session_id in sessions:
        assert (await ended(session_id))["attempts"]["succeeded"] == 1
    assert len(openrouter.requests) == 2


async def test_every_session_that_is_not_ready_is_named_with_its_own_reason(  # noqa: PLR0917 - fixtures
    openrouter, create_exam, prepare, create, send, grade_exam, ended
):
    openrouter.marks = {"1a": 2}
    exam_id = await create_exam()
    _, _ = await send("Imported,1a,3,1,,m,1,2", exam_id=exam_id)
    without_scans = await create(exam_id=exam_id, name="Ben")
    ready = await prepare(exam_id=exam_id, questions=[QUESTIONS[0]], name="Anna")

    answer = await grade_exam(exam_id, models=[{"name": "a/b"}])

    assert answer["started"] == [ready]
    told = {row["name"]: (row["code"], row["message"]) for row in answer["not_ready"]}
    assert {name: code for name, (code, _) in told.items()} == {"Imported": "CONFLICT", "Ben": "VALIDATION_ERROR"}
    assert "imported" in told["Imported"][1]
    assert "image" in told["Ben"][1]
    assert without_scans in {row["session_id"] for row in answer["not_ready"]}
    await ended(ready)


async def test_an_exam_that_is_not_there_is_not_graded(client, refused):
    plan = {"models": [{"name": "a/b"}]}

    assert refused(await client.post(f"/exams/{uuid4()}/grade", json=plan), 404, "NOT_FOUND")


async def test_without_a_key_no_session_of_an_exam_is_started(connect_app, two_scripts, refused):
    exam_id, sessions = two_scripts
    keyless = await connect_app(openrouter_api_key=None)

    refused(await keyless.post(f"/exams/{exam_id}/grade", json={"models": [{"name": "a/b"}]}), 503, "NOT_CONFIGURED")

    for session_id in sessions:
        assert (await keyless.get(f"/sessions/{session_id}")).json()["status"] == "created"


async def test_a_bad_plan_starts_no_session_of_an_exam(client, create_exam, prepare, fields_of):
    exam_id = await create_exam(questions=QUESTIONS)
    session_id = await prepare(exam_id=exam_id, questions=QUESTIONS)
    twice = {"models": [{"name": "a/b"}, {"name": "a/b"}]}

    assert fields_of(await client.post(f"/exams/{exam_id}/grade", json=twice)) == ["models.1.instance_id"]
    assert (await client.get(f"/sessions/{session_id}")).json()["status"] == "created"


async def test_exams_are_listed_newest_first_in_pages(client, create_exam, create):
    older, newer = await create_exam(name="older"), await create_exam(name="newer", questions=QUESTIONS)
    await create(exam_id=newer)

    (first,) = (await client.get("/exams?limit=1")).json()
    (second,) = (await client.get(f"/exams?limit=1&before={newer}")).json()

    assert (first["exam_id"], first["name"], first["n_questions"]) == (newer, "newer", 2)
    assert first["sessions"] == {"total": 1, "created": 1, "grading": 0, "graded": 0, "failed": 0}
    assert second["exam_id"] == older


@pytest.mark.parametrize("exam_id", ["no-uuid", "00000000-0000-4000-8000-000000000000"])
@pytest.mark.parametrize(
    "path", ["", "/agreement", "/review-queue", "/reviews", "/export.csv", "/export.xlsx", "/report"]
)
async def test_an_unknown_exam_is_not_found(client, refused, exam_id, path):
    assert refused(await client.get(f"/exams/{exam_id}{path}"), 404, "NOT_FOUND")


async def test_a_session_of_an_unknown_exam_is_not_created(client, refused):
    assert refused(await client.post("/sessions", json={"exam_id": str(uuid4())}), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "questions": [{"question_id": "1", "max_marks": 1}] * 2}, "questions.1.question_id"),
        ({"name": "x", "questions": [{"question_id": "1", "max_marks": -1}]}, "questions.0.max_marks"),
    ],
)
async def test_a_bad_exam_is_refused_with_its_field(client, fields_of, body, field):
    assert fields_of(await client.post("/exams", json=body)) == [field]


async def test_an_exam_goes_with_its_sessions(client, create_exam, create):
    exam_id = await create_exam(questions=QUESTIONS)
    session_id = await create(exam_id=exam_id)

    assert (await client.delete(f"/exams/{exam_id}")).status_code == 204

    assert (await client.get(f"/exams/{exam_id}")).status_code == 404
    assert (await client.get(f"/sessions/{session_id}")).status_code == 404
    assert (await client.delete(f"/exams/{exam_id}")).status_code == 204


async def test_the_tolerance_that_a_teacher_gives_with_a_session_counts_in_its_exam(client, send):
    _, exam_id = await send("s1,q,4,3,,m,1,1", "s2,q,4,3,,m,1,1")
    session = (await client.get(f"/exams/{exam_id}")).json()["sessions"][0]
    tolerant = [{"question_id": "q", "max_marks": 4, "tolerance": 2}]

    async def within():
        (marker,) = (await client.get(f"/exams/{exam_id}/agreement")).json()["markers"]
        return marker["per_question"]["q"]["within_tolerance"]["value"]

    before = await within()
    body = {"session_id": session["session_id"], "questions": tolerant, "human_marks_by_qid": {"q": 3}}
    (await client.post("/questions/config", json=body)).raise_for_status()

    assert (before, await within()) == (0, 1)
