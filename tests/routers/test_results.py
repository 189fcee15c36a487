import json

import httpx
import pytest

QUESTIONS = [
    {"question_id": "b", "max_marks": 4, "number": 2},
    {"question_id": "a/1 (ii)", "max_marks": 2.5, "number": 1},
    {"question_id": "zero", "max_marks": 0, "number": 3},
]
USAGE = {"input_tokens": 100, "output_tokens": 20, "reasoning_tokens": 0, "total_tokens": 120}


@pytest.fixture
def results_of(client):
    async def results_of(session_id):
        response = await client.get(f"/results/{session_id}")
        assert response.json()["session_id"] == session_id
        return response.json()["results_by_question"]

    return results_of


@pytest.fixture
def errors_of(client):
    async def errors_of(session_id):
        response = await client.get(f"/results/errors/{session_id}")
        assert response.json()["session_id"] == session_id
        return response.json()["errors_by_model_try"]

    return errors_of


async def test_a_session_that_was_never_graded_has_its_questions_and_no_results(prepare, results_of, errors_of):
    session_id = await prepare(questions=QUESTIONS)

    assert await results_of(session_id) == {"a/1 (ii)": {}, "b": {}, "zero": {}}
    assert await errors_of(session_id) == {}


async def test_every_mark_stands_under_question_marker_and_try(prepare, grade, openrouter, results_of, errors_of):
    openrouter.marks = {"a/1 (ii)": 1.25, "b": 4, "zero": 0}
    session_id = await prepare(questions=QUESTIONS)
    await grade(session_id, {"name": "a/b", "tries": 12}, {"name": "a/b", "instance_id": "a second one"})

    results = await results_of(session_id)

    assert list(results) == ["a/1 (ii)", "b", "zero"]
    assert set(results["b"]) == {"a/b", "a second one"}
    assert [row["try_index"] for row in results["b"]["a/b"]] == list(range(1, 13))
    assert results["a/1 (ii)"]["a second one"] == [
        {"try_index": 1, "marks_awarded": 1.25, "rubric_notes": "r", "token_usage": USAGE, "validation_errors": []}
    ]
    assert results["zero"]["a/b"][0]["marks_awarded"] == 0
    assert await errors_of(session_id) == {}


async def test_what_has_no_mark_is_null_and_says_why(prepare, grade, openrouter, results_of, errors_of):
    openrouter.marks = {"a/1 (ii)": 99, "b": "lots", "unknown": 1, "zero": 0}
    session_id = await prepare(questions=QUESTIONS)
    await grade(session_id, "a/b")

    results = await results_of(session_id)

    assert set(results) == {"a/1 (ii)", "b", "zero"}
    for question_id, reason in [("a/1 (ii)", "out_of_range"), ("b", "unreadable")]:
        (row,) = results[question_id]["a/b"]
        assert row["marks_awarded"] is None
        assert reason in {error["reason"] for error in row["validation_errors"]}
    errors = (await errors_of(session_id))["a/b"]["1"]
    assert {"out_of_range", "unreadable"} == {error["code"] for error in errors}
    assert {error.get("question_id") for error in errors if error["code"] == "unreadable"} == {"b"}
    assert all(error["message"] for error in errors)


async def test_a_failed_attempt_has_its_rows_and_one_error(prepare, grade, openrouter, results_of, errors_of):
    openrouter.reply = lambda: httpx.Response(400, json={"error": {"message": "no such model", "code": 400}})
    session_id = await prepare(questions=QUESTIONS)
    assert (await grade(session_id, {"name": "a/b", "tries": 2}))["status"] == "failed"

    for models in (await results_of(session_id)).values():
        assert [row["try_index"] for row in models["a/b"]] == [1, 2]
        assert all(row["marks_awarded"] is None and row["validation_errors"] for row in models["a/b"])
    errors = await errors_of(session_id)
    assert list(errors) == ["a/b"]
    for name in ("1", "2"):
        (error,) = errors["a/b"][name]
        assert error["reason"]
        assert error["message"]


async def test_attempts_that_were_never_made_say_why(prepare, grade, openrouter, errors_of):
    openrouter.reply = lambda: httpx.Response(402, json={"error": {"message": "no credit", "code": 402}})
    session_id = await prepare(questions=QUESTIONS)

    progress = await grade(session_id, {"name": "a/b", "tries": 20}, {"name": "c/d", "tries": 20})

    assert (progress["status"], progress["progress"]) == ("failed", 1)
    errors = await errors_of(session_id)
    assert {model: len(tries) for model, tries in errors.items()} == {"a/b": 20, "c/d": 20}
    assert all(reasons for tries in errors.values() for reasons in tries.values())


async def test_questions_that_left_take_their_results_with_them(client, prepare, grade, openrouter, results_of):
    openrouter.marks = {"a/1 (ii)": 1, "b": 1, "zero": 0}
    session_id = await prepare(questions=QUESTIONS)
    await grade(session_id, "a/b")

    await client.post("/questions/config", json={"session_id": session_id, "questions": [QUESTIONS[0]]})

    assert {question: list(models) for question, models in (await results_of(session_id)).items()} == {"b": ["a/b"]}


async def test_markers_and_tries_that_left_the_plan_are_not_shown(prepare, grade, openrouter, results_of):
    openrouter.marks = {"a/1 (ii)": 1, "b": 1, "zero": 0}
    session_id = await prepare(questions=QUESTIONS)
    await grade(session_id, {"name": "a/b", "tries": 2}, "c/d")

    await grade(session_id, "a/b")

    results = await results_of(session_id)
    assert [(model, len(rows)) for model, rows in results["b"].items()] == [("a/b", 1)]


async def test_criteria_that_a_rubric_model_read_are_a_json_string(client, prepare, ended, openrouter):
    criteria = {"grading_criteria": [{"question_id": "b", "criteria": "One mark per unit."}]}
    answers = {"answers": [{"question_id": q["question_id"], "marks_awarded": 0} for q in QUESTIONS]}

    def reply():
        content = json.dumps(criteria if len(openrouter.requests) == 1 else answers)
        choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        return httpx.Response(200, json={"id": "g", "choices": [choice]})

    openrouter.reply = reply
    rubric = {"role": "grading_rubric", "url": "https://example.org/rubric.png", "order_index": 0}
    student = {"role": "student", "url": "https://example.org/student.png", "order_index": 0}
    session_id = await prepare(questions=QUESTIONS, images=[student, rubric])
    pair = {"rubric_model": {"name": "r/r"}, "assessment_model": {"name": "a/b"}}
    await client.post("/grade/single", json={"session_id": session_id, "model_pairs": [pair]})
    assert (await ended(session_id))["status"] == "graded"

    response = await client.get(f"/results/{session_id}/rubric")

    assert response.json()["session_id"] == session_id
    result = response.json()["rubric_results"]["a/b"]["1"]
    assert (result["try_index"], result["validation_errors"]) == (1, [])
    assert json.loads(result["rubric_response"])["grading_criteria"]
    tokens = (await client.get(f"/grade/tokens/{session_id}")).json()
    assert list(tokens["rubric"]["a/b"]) == list(tokens["assessment"]["a/b"]) == ["1"]
