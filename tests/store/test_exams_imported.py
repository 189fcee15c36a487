"""Sessions whose marks were imported: their human marks may change, their questions not. Over both transports."""

import json

import pytest

from app.errors import ConflictError
from tests.store.rows import IDS, QUESTIONS, imported, marks_of

IDS_AND_MAXIMA = [{name: question[name] for name in ("question_id", "number", "max_marks")} for question in QUESTIONS]


async def test_human_marks_posted_to_an_imported_session_leave_its_marks(store, exams, create_exam):
    exam_id = await create_exam()
    anna = imported("Anna", "2,x", human={IDS[0]: 1})
    await exams.import_marks(exam_id, QUESTIONS, [anna])
    before = await marks_of(exams, exam_id=exam_id)

    await store.configure_questions(anna["session_id"], IDS_AND_MAXIMA, {IDS[0]: 1, IDS[1]: 3})
    await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "2,x", human={IDS[0]: 1})])

    assert await marks_of(exams, exam_id=exam_id) == before == {"Anna": [["m", 1, "2,x", 0, None]]}
    (script,) = json.loads(await exams.marks({"exam_id": exam_id}))["scripts"]
    assert script["human"] == {IDS[0]: 1, IDS[1]: 3}


@pytest.mark.parametrize(
    ("questions", "differing"),
    [
        (QUESTIONS[:1], [IDS[1]]),
        ([*QUESTIONS, {"question_id": "9", "number": 3, "max_marks": 1}], ["9"]),
        ([QUESTIONS[0] | {"max_marks": 3}, QUESTIONS[1]], [IDS[0]]),
    ],
)
async def test_the_ids_and_maxima_that_marks_were_imported_for_stay(store, exams, create_exam, questions, differing):
    exam_id = await create_exam(questions=())
    anna = imported("Anna")
    await exams.import_marks(exam_id, QUESTIONS, [anna])
    before = await exams.marks({"exam_id": exam_id})

    with pytest.raises(ConflictError, match="imported") as caught:
        await store.configure_questions(anna["session_id"], questions, {})

    assert (caught.value.code, caught.value.details) == ("CONFLICT", {"question_ids": differing})
    assert await exams.marks({"exam_id": exam_id}) == before


async def test_a_script_that_the_exam_holds_already_is_not_imported_beside_it(exams, create_exam, graded):
    exam_id = await create_exam()
    await graded(exam_id)
    before = await exams.marks({"exam_id": exam_id})

    with pytest.raises(ConflictError) as caught:
        await exams.import_marks(exam_id, QUESTIONS, [imported("Ben"), imported("Anna")])

    assert (caught.value.code, caught.value.details) == ("CONFLICT", {"scripts": ["Anna"]})
    assert await exams.marks({"exam_id": exam_id}) == before


async def test_an_import_names_up_to_fifty_scripts_that_the_exam_holds_already(exams, create_exam, join):
    exam_id = await create_exam()
    names = [f"s{number:02}" for number in range(51)]
    for name in names:
        await join(exam_id, name)

    with pytest.raises(ConflictError) as caught:
        await exams.import_marks(exam_id, QUESTIONS, [imported(name) for name in names])

    assert caught.value.details == {"scripts": names[:50]}
