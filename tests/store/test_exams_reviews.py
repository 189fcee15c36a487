"""Reviews of an exam's marks, and the notes a reviewer sees, over both transports."""

import json
from uuid import uuid4

import pytest

from app.errors import NotFoundError, UnprocessableError
from tests.store.rows import ANY_PAGE, IDS, QUESTIONS


async def test_a_review_whose_answer_was_lost_on_the_way_is_recorded_once(exams, create_exam, graded, monkeypatch):
    session_id = await graded(await create_exam())
    ask = exams._ask

    async def twice(function, **arguments):
        return [await ask(function, **arguments) for _ in range(2)][1]

    monkeypatch.setattr(exams, "_ask", twice)
    await exams.record_review(session_id, question_id=IDS[0], mark=1, reviewer=None, note=None)
    monkeypatch.undo()

    assert len(await exams.reviews({"session_id": session_id})) == 1


async def test_reviews_are_all_kept_and_the_latest_counts(exams, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    review = {"question_id": IDS[0], "reviewer": "A. Teacher", "note": "see key"}

    first = await exams.record_review(session_id, mark=1, **review)
    second = await exams.record_review(session_id, exam_id=exam_id, mark=2.5, **review)

    row = {"session_id": session_id, "script": "Anna", "hidden": False} | review
    assert first < second
    for scope in ({"exam_id": exam_id}, {"session_id": session_id}):
        rows = [row | {"mark": 2.5, "reviewed_at": second}, row | {"mark": 1, "reviewed_at": first}]
        assert await exams.reviews(scope) == rows
        assert json.loads(await exams.marks(scope))["scripts"][0]["final"] == {IDS[0]: 2.5}
        exported, _ = await exams.export_rows(scope, **ANY_PAGE)
        told = ("question_id", "mark", "final_mark", "reviewer", "reviewed_at")
        assert [tuple(line[name] for name in told) for line in exported] == [
            (IDS[0], 2, 2.5, "A. Teacher", second),
            (IDS[1], None, None, None, None),
        ]


async def test_a_review_above_the_maximum_is_refused(exams, create_exam, join):
    session_id = await join(await create_exam())

    with pytest.raises(UnprocessableError) as caught:
        await exams.record_review(session_id, question_id=IDS[0], mark=2.51, reviewer=None, note=None)

    assert caught.value.details["errors"][0]["field"] == "mark"
    assert await exams.reviews({"session_id": session_id}) == []


async def test_a_review_of_what_is_not_in_the_exam_is_not_found(exams, create_exam, join):
    exam_id = await create_exam()
    inside, outside = await join(exam_id), await join(await create_exam())
    review = {"mark": 1, "reviewer": None, "note": None}

    for session_id, question_id in ((inside, "9"), (outside, IDS[0]), (str(uuid4()), IDS[0])):
        with pytest.raises(NotFoundError):
            await exams.record_review(session_id, exam_id=exam_id, question_id=question_id, **review)


async def test_an_answer_comes_with_every_mark_and_note(exams, create_exam, graded, join):
    exam_id = await create_exam()
    session_id, stranger = await graded(exam_id), await join(await create_exam())
    await exams.record_review(session_id, question_id=IDS[1], mark=1, reviewer="B", note="late")
    asked = [(session_id, IDS[1]), (stranger, IDS[0]), (session_id, IDS[0])]

    second, first = await exams.answer_notes({"exam_id": exam_id}, asked)

    assert [(mark["model_name"], mark["marks_awarded"], mark["rubric_notes"]) for mark in first["marks"]] == [
        ("a/b", 2, "half right")
    ]
    assert second["marks"][0]["validation_errors"][0]["reason"] == "out_of_range"
    assert [(review["mark"], review["reviewer"], review["note"]) for review in second["reviews"]] == [(1, "B", "late")]


async def test_a_review_above_a_maximum_lowered_since_is_kept_and_does_not_count(store, exams, create_exam, join):
    exam_id = await create_exam(questions=())
    session_id = await join(exam_id)
    await store.configure_questions(session_id, QUESTIONS, {})
    for mark in (1, 4):
        await exams.record_review(session_id, question_id=IDS[1], mark=mark, reviewer=None, note=None)

    await store.configure_questions(session_id, [QUESTIONS[0], QUESTIONS[1] | {"max_marks": 2}], {})

    for scope in ({"exam_id": exam_id}, {"session_id": session_id}):
        assert json.loads(await exams.marks(scope))["scripts"][0]["final"] == {IDS[1]: 1}
        exported, _ = await exams.export_rows(scope, **ANY_PAGE)
        assert [(line["question_id"], line["max_marks"], line["final_mark"]) for line in exported] == [(IDS[1], 2, 1)]
        assert [review["mark"] for review in await exams.reviews(scope)] == [4, 1]
