"""An exam that is changed after it was marked: only the marks of what is asked differently go."""

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
