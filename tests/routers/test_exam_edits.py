"""An exam that is changed after it was marked: only the marks of what is asked differently go."""

import json

import httpx
import pytest

QUESTIONS = [{"question_id": "1a", "max_marks": 3, "answer": "yes"}, {"question_id": "1b", "max_marks": 2}]


@pytest.fixture
async def exam(client, openrouter, prepare, grade):
    """(exam_id, session_id) of an exam with one marked script."""
    openrouter.marks = {"1a": 2, "1b": 1}
    exam_id = (await client.post("/exams", json={"name": "Maths", "questions": QUESTIONS})).json()["exam_id"]
    session_id = await prepare(exam_id=exam_id, questions=QUESTIONS, human={"1a": 2, "1b": 2}, name="Anna")
    await grade(session_id, "a/b")
    return exam_id, session_id


async def marks(client, session_id):
    """{question_id: mark, or the reason why there is none}"""
    results = (await client.get(f"/results/{session_id}")).json()["results_by_question"]
    return {name: _said(by_model["a/b"][0]) if by_model else None for name, by_model in results.items()}


def _said(row):
    return row["validation_errors"][0]["reason"] if row["marks_awarded"] is None else row["marks_awarded"]


async def edited(client, exam_id, **changes):
    response = await client.patch(f"/exams/{exam_id}", json=changes)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("change", [{"max_marks": 4}, {"answer": "no"}, {"text": "Is it?"}])
async def test_a_question_that_is_asked_differently_loses_its_marks_and_no_other_does(client, exam, change):
    exam_id, session_id = exam

    await edited(client, exam_id, questions=[QUESTIONS[0] | change, QUESTIONS[1]])

    assert await marks(client, session_id) == {"1a": "question_changed", "1b": 1}


async def test_another_tolerance_costs_no_mark_and_counts_at_once(client, exam):
    exam_id, session_id = exam
    human = (await client.get(f"/questions/{session_id}")).json()["human_marks_by_qid"]

    await edited(client, exam_id, questions=[QUESTIONS[0], QUESTIONS[1] | {"tolerance": 1}])

    assert await marks(client, session_id) == {"1a": 2, "1b": 1}
    asked = (await client.get(f"/questions/{session_id}")).json()
    assert (asked["questions"][1]["tolerance"], asked["human_marks_by_qid"]) == (1, human)


async def test_a_question_more_has_no_mark_and_a_question_less_takes_its_marks_along(client, exam):
    exam_id, session_id = exam

    await edited(client, exam_id, questions=[QUESTIONS[0], {"question_id": "2", "max_marks": 5}])

    assert await marks(client, session_id) == {"1a": 2, "2": "question_changed"}
    assert (await client.get(f"/questions/{session_id}")).json()["human_marks_by_qid"] == {"1a": 2}


async def test_what_was_changed_is_marked_when_the_exam_is_graded_again(client, exam, openrouter, ended):
    exam_id, session_id = exam
    await edited(client, exam_id, questions=[QUESTIONS[0] | {"max_marks": 4}, QUESTIONS[1]])
    openrouter.marks = {"1a": 4, "1b": 1}

    await client.post(f"/exams/{exam_id}/grade", json={"models": [{"name": "a/b"}]})
    await ended(session_id)

    assert await marks(client, session_id) == {"1a": 4, "1b": 1}


async def test_a_human_mark_above_a_lowered_maximum_refuses_the_change(client, exam, refused):
    exam_id, session_id = exam

    response = await client.patch(
        f"/exams/{exam_id}", json={"questions": [QUESTIONS[0], QUESTIONS[1] | {"max_marks": 1}]}
    )

    refused(response, 422, "VALIDATION_ERROR")
    assert await marks(client, session_id) == {"1a": 2, "1b": 1}


async def test_another_name_changes_nothing_else(client, exam):
    exam_id, session_id = exam

    answered = await edited(client, exam_id, name="Maths, spring")

    assert (answered["name"], len(answered["questions"])) == ("Maths, spring", 2)
    assert await marks(client, session_id) == {"1a": 2, "1b": 1}


RENAMED = [{**QUESTIONS[0], "question_id": "A1", "renamed_from": "1a"}, QUESTIONS[1]]


async def test_a_renamed_question_keeps_marks_human_marks_and_reviews(client, exam):
    exam_id, session_id = exam
    review = {"question_id": "1a", "mark": 2.5, "reviewer": "r"}
    (await client.post(f"/sessions/{session_id}/review", json=review)).raise_for_status()

    for _ in range(2):  # The same again changes nothing.
        answered = await edited(client, exam_id, questions=RENAMED)

        assert [question["question_id"] for question in answered["questions"]] == ["A1", "1b"]
        assert await marks(client, session_id) == {"A1": 2, "1b": 1}
        assert (await client.get(f"/questions/{session_id}")).json()["human_marks_by_qid"] == {"A1": 2, "1b": 2}
        [kept] = (await client.get(f"/exams/{exam_id}/reviews")).json()["reviews"]
        assert (kept["question_id"], kept["mark"]) == ("A1", 2.5)


async def test_a_renamed_question_that_is_also_asked_differently_loses_its_marks(client, exam):
    exam_id, session_id = exam

    await edited(client, exam_id, questions=[RENAMED[0] | {"max_marks": 4}, QUESTIONS[1]])

    assert await marks(client, session_id) == {"A1": "question_changed", "1b": 1}


async def test_two_questions_can_change_names(client, exam):
    exam_id, session_id = exam
    swapped = [
        {**QUESTIONS[0], "question_id": "1b", "renamed_from": "1a"},
        {**QUESTIONS[1], "question_id": "1a", "renamed_from": "1b"},
    ]

    await edited(client, exam_id, questions=swapped)

    assert await marks(client, session_id) == {"1b": 2, "1a": 1}


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([RENAMED[0] | {"renamed_from": "7"}, QUESTIONS[1]], "There is no question '7' to rename."),
        ([QUESTIONS[0], QUESTIONS[1] | {"renamed_from": "1a"}], "There is a question '1b' already."),
        ([RENAMED[0], {"question_id": "B", "max_marks": 2, "renamed_from": "1a"}], "'1a' is there twice."),
    ],
)
async def test_a_name_that_cannot_be_given_is_refused_and_changes_nothing(client, exam, refused, questions, said):
    exam_id, session_id = exam

    response = await client.patch(f"/exams/{exam_id}", json={"questions": questions})

    assert refused(response, 422, "VALIDATION_ERROR")["details"]["errors"][0]["message"] == said
    assert await marks(client, session_id) == {"1a": 2, "1b": 1}


async def test_stored_answers_that_name_the_former_id_are_not_read_anew(client, exam):
    exam_id, session_id = exam
    await edited(client, exam_id, questions=RENAMED)

    reread = (await client.post(f"/sessions/{session_id}/reread")).json()

    assert (reread["unread"], reread["changes"]) == (1, [])
    assert await marks(client, session_id) == {"A1": 2, "1b": 1}


async def test_a_renamed_question_is_not_asked_or_paid_again(client, exam, openrouter, ended):
    exam_id, session_id = exam
    await edited(client, exam_id, questions=RENAMED)
    asked, openrouter.marks = len(openrouter.requests), {"A1": 0, "1b": 0}
    plan = {"models": [{"name": "a/b"}]}

    estimate = (await client.post(f"/exams/{exam_id}/estimate", json=plan)).json()
    (await client.post(f"/exams/{exam_id}/grade", json=plan)).raise_for_status()
    await ended(session_id)

    assert (estimate["calls"], len(openrouter.requests)) == (0, asked)
    assert await marks(client, session_id) == {"A1": 2, "1b": 1}
    again = [{**QUESTIONS[0], "question_id": "B1", "renamed_from": "A1"}, QUESTIONS[1]]
    await edited(client, exam_id, questions=again)
    (await client.post(f"/exams/{exam_id}/grade", json=plan)).raise_for_status()
    await ended(session_id)
    assert (len(openrouter.requests), await marks(client, session_id)) == (asked, {"B1": 2, "1b": 1})


async def test_a_renamed_question_that_is_then_asked_differently_is_asked_again(client, exam, openrouter, ended):
    exam_id, session_id = exam
    await edited(client, exam_id, questions=RENAMED)
    await edited(client, exam_id, questions=[{**RENAMED[0], "text": "Why?"}, QUESTIONS[1]])
    openrouter.marks = {"A1": 3, "1b": 0}

    await client.post(f"/exams/{exam_id}/grade", json={"models": [{"name": "a/b"}]})
    await ended(session_id)

    assert (await marks(client, session_id))["A1"] == 3


async def test_an_incomplete_answer_keeps_its_marks_when_it_is_asked_again_by_the_new_id(
    client, prepare, grade, openrouter, ended
):
    openrouter.marks = {"1a": 2}
    session_id = await prepare(questions=QUESTIONS, human={})
    await grade(session_id, "a/b")
    body = {"session_id": session_id, "questions": RENAMED, "human_marks_by_qid": {}}
    (await client.post("/questions/config", json=body)).raise_for_status()
    openrouter.marks = {"A1": 0, "1b": 1}

    await grade(session_id, "a/b")

    assert await marks(client, session_id) == {"A1": 2, "1b": 1}


async def test_criteria_are_read_again_only_for_an_attempt_that_is_asked_again(client, prepare, grade, openrouter):
    rubric = {"role": "grading_rubric", "url": "https://x.example/rubric.png", "order_index": 0}
    student = {"role": "student", "url": "https://x.example/1.png", "order_index": 0}
    criteria = {"grading_criteria": [{"question_id": "1a", "max_mark": 3, "criteria": "One mark per unit."}]}
    answers = [{"question_id": name, "marks_awarded": mark} for name, mark in (("1a", 2), ("1b", 1))]

    def reply():
        content = json.dumps(criteria if len(openrouter.requests) % 2 else {"answers": answers})
        choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        return httpx.Response(200, json={"id": "gen-1", "choices": [choice], "usage": {"cost": 0.001}})

    openrouter.reply = reply
    session_id = await prepare(images=(student, rubric), questions=QUESTIONS, human={})
    await grade(session_id, "a/b")
    asked = len(openrouter.requests)
    assert asked == 2
    body = {"session_id": session_id, "questions": RENAMED, "human_marks_by_qid": {}}
    (await client.post("/questions/config", json=body)).raise_for_status()

    await grade(session_id, "a/b")

    assert (len(openrouter.requests), await marks(client, session_id)) == (asked, {"A1": 2, "1b": 1})
    answers[0]["question_id"] = "A1"
    await grade(session_id, "a/b", force=True)
    assert len(openrouter.requests) == asked + 2


@pytest.mark.parametrize("path", ["/exams", "/questions/config"])
async def test_where_no_question_is_there_yet_a_rename_is_refused_with_its_field(client, path, refused):
    body = {"name": "Maths", "questions": RENAMED}
    if path != "/exams":
        body = {"session_id": (await client.post("/sessions")).json()["session_id"], "questions": RENAMED}

    response = await client.post(path, json=body)

    [error] = refused(response, 422, "VALIDATION_ERROR")["details"]["errors"]
    assert error["field"] == "questions.0.renamed_from"


async def test_a_session_on_its_own_renames_a_question_too(client, prepare, grade, openrouter):
    openrouter.marks = {"1a": 2, "1b": 1}
    session_id = await prepare(questions=QUESTIONS, human={})
    await grade(session_id, "a/b")

    body = {"session_id": session_id, "questions": RENAMED, "human_marks_by_qid": {"A1": 3}}
    (await client.post("/questions/config", json=body)).raise_for_status()

    assert await marks(client, session_id) == {"A1": 2, "1b": 1}
