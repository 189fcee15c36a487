"""The marks of an exam: read together, imported, exported, over both transports."""

import asyncio
import json

import pytest

from app.errors import ConflictError
from app.store.transport import DataError
from tests.store.rows import (
    ANY_PAGE,
    IDS,
    QUESTIONS,
    imported,
    marks_of,
)


async def test_the_marks_of_an_exam_are_those_of_all_its_scripts(exams, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    await exams.import_marks(exam_id, QUESTIONS, [imported("Ben", "x,", human={IDS[1]: 3})])

    stored = json.loads(await exams.marks({"exam_id": exam_id}))

    assert (stored["name"], [question["question_id"] for question in stored["questions"]]) == ("Science", IDS)
    anna, ben = stored["scripts"]
    assert anna["attempts"] == [["a/b", 1, "2,x", 0.002, 1500]]
    assert (anna["session_id"], anna["human"], anna["human_2"]) == (session_id, {IDS[0]: 1.5}, {IDS[0]: 2})
    assert (ben["human"], ben["attempts"]) == ({IDS[1]: 3}, [["m", 1, "x,", 0, None]])


async def test_the_marks_of_a_session_are_its_own(exams, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    await exams.import_marks(exam_id, QUESTIONS, [imported("Ben")])

    assert await marks_of(exams, session_id=session_id) == {"Anna": [["a/b", 1, "2,x", 0.002, 1500]]}


async def test_a_question_that_a_model_was_not_asked_has_no_mark(exams, create_exam):
    exam_id = await create_exam()

    await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "-,4")])

    assert await marks_of(exams, exam_id=exam_id) == {"Anna": [["m", 1, "-,4", 0, None]]}


async def test_an_imported_answer_without_a_mark_says_why(exams, create_exam):
    exam_id = await create_exam()

    anna, ben = imported("Anna", ",x"), imported("Ben", "2,4")
    await exams.import_marks(exam_id, QUESTIONS, [anna, ben])

    answers = [(row["session_id"], question_id) for row in (anna, ben) for question_id in IDS]
    noted = await exams.answer_notes({"exam_id": exam_id}, answers)
    marks = [answer["marks"][0] for answer in noted]
    assert [(mark["marks_awarded"], mark["validation_errors"]) for mark in marks] == [
        (None, [{"reason": "missing", "message": "The imported file holds no mark."}]),
        (None, [{"reason": "out_of_range", "message": "The imported mark is unreadable or out of range."}]),
        (2, []),
        (4, []),
    ]


@pytest.mark.parametrize(
    "last", [{"session_id": "no-uuid"}, {"attempts": [["m", 1, "2,many"]]}, {"attempts": [["m", 1, "2,123456789"]]}]
)
async def test_an_import_is_taken_whole_or_not_at_all(exams, create_exam, last):
    exam_id = await create_exam(questions=())

    with pytest.raises(DataError):
        await exams.import_marks(exam_id, QUESTIONS, [imported("Anna"), imported("Ben") | last])

    exam = await exams.exam(exam_id)
    assert (exam["sessions"], exam["questions"]) == ([], [])


async def test_other_marks_than_those_imported_before_change_nothing(exams, create_exam):
    exam_id = await create_exam()
    await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "2,4", human={IDS[0]: 1})])
    before = await exams.marks({"exam_id": exam_id})

    for other in (imported("Anna", "2,3"), imported("Anna", human={IDS[0]: 2})):
        with pytest.raises(ConflictError):
            await exams.import_marks(exam_id, QUESTIONS, [imported("Ben"), other])

    assert await exams.marks({"exam_id": exam_id}) == before


async def test_a_conflicting_import_names_the_marks(exams, create_exam):
    exam_id = await create_exam()
    await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "2,4")])

    with pytest.raises(ConflictError) as caught:
        await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "2,3")])

    where = {"script": "Anna", "question_id": IDS[1], "model_name": "m", "try_index": 1}
    assert caught.value.details == {"differing": [where]}


async def test_an_import_into_an_exam_with_other_questions_conflicts(exams, create_exam):
    exam_id = await create_exam()

    with pytest.raises(ConflictError) as caught:
        await exams.import_marks(exam_id, QUESTIONS[:1], [imported("Anna", "2")])

    assert caught.value.details["missing"] == [IDS[1]]
    assert await marks_of(exams, exam_id=exam_id) == {}


async def test_the_same_import_twice_at_once_is_one(exams, create_exam):
    exam_id = await create_exam(questions=())

    await asyncio.gather(*(exams.import_marks(exam_id, QUESTIONS, [imported("Anna")]) for _ in range(4)))

    assert len((await exams.exam(exam_id))["sessions"]) == 1


async def test_more_than_a_thousand_marks_come_whole(exams, create_exam):
    exam_id = await create_exam()
    await exams.import_marks(exam_id, QUESTIONS, [imported(f"s{number}") for number in range(601)])

    assert len(await marks_of(exams, exam_id=exam_id)) == 601
    rows, _ = await exams.export_rows({"exam_id": exam_id}, after=0, limit=601)
    assert len(rows) == 1202


async def test_exports_come_in_pages_of_scripts_without_a_gap(exams, create_exam):
    exam_id = await create_exam()
    names = [f"s{number}" for number in range(5)]
    await exams.import_marks(exam_id, QUESTIONS, [imported(name, human={IDS[0]: 1}) for name in names])
    scope, after, pages = {"exam_id": exam_id}, 0, []

    while True:
        rows, after = await exams.export_rows(scope, after=after, limit=2)
        if not rows:
            break
        pages.append([(row["script"], row["question_id"], row["mark"]) for row in rows])

    found = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert sorted(found) == [
        (name, question, mark) for name in names for question, mark in zip(IDS, (2, 4), strict=True)
    ]


async def test_an_export_tells_where_a_mark_comes_from(exams, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)

    (first, second), _ = await exams.export_rows({"exam_id": exam_id}, **ANY_PAGE)

    assert first == {
        "exam": "Science",
        "session": session_id,
        "script": "Anna",
        "question_id": IDS[0],
        "max_marks": 2.5,
        "human_mark": 1.5,
        "human_mark_2": 2,
        "final_mark": None,
        "reviewer": None,
        "reviewed_at": None,
        "model_name": "a/b",
        "try_index": 1,
        "mark": 2,
        "reason": None,
        "attempt_cost_usd": 0.002,
        "attempt_latency_ms": 1500,
        "input_hash": "h",
    }
    assert (second["mark"], second["reason"]) == (None, "out_of_range")


@pytest.mark.parametrize("where", ["human", "human_2", "review"])
async def test_an_export_keeps_what_a_human_gave_where_no_model_was_asked(exams, create_exam, where):
    exam_id = await create_exam()
    anna = imported("Anna", "2,-", **({} if where == "review" else {where: {IDS[1]: 3}}))
    await exams.import_marks(exam_id, QUESTIONS, [anna])
    if where == "review":
        await exams.record_review(anna["session_id"], question_id=IDS[1], mark=3, reviewer=None, note=None)

    rows, _ = await exams.export_rows({"exam_id": exam_id}, **ANY_PAGE)

    column = {"human": "human_mark", "human_2": "human_mark_2", "review": "final_mark"}[where]
    told = [(row["question_id"], row["model_name"], row["mark"], row["attempt_cost_usd"], row[column]) for row in rows]
    assert told == [(IDS[0], "m", 2, None, None), (IDS[1], None, None, None, 3)]
