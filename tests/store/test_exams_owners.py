"""Whose exam it is: what others find in its place, over both transports."""

from uuid import uuid4

import pytest

from app.errors import NotFoundError
from tests.store.rows import ANY_PAGE, IDS, QUESTIONS, imported

READINGS = {
    "exam": lambda exams, scope: exams.exam(**scope),
    "marks": lambda exams, scope: exams.marks(scope),
    "version": lambda exams, scope: exams.marks_version(scope),
    "reviews": lambda exams, scope: exams.reviews(scope),
    "notes": lambda exams, scope: exams.answer_notes(scope, []),
    "examples": lambda exams, scope: exams.shown_examples(scope),
    "export": lambda exams, scope: exams.export_rows(scope, **ANY_PAGE),
    "import": lambda exams, scope: exams.import_marks(**scope, questions=QUESTIONS, scripts=[imported("Ben")]),
    "page": lambda exams, scope: exams.exams(limit=9, before=scope["exam_id"]),
}


@pytest.mark.parametrize("reading", READINGS)
async def test_an_exam_of_another_owner_is_not_there(store, exams, reading):
    ada, bob = exams.for_owner("ada"), exams.for_owner("bob")
    for of_another in (await ada.create_exam("hers", QUESTIONS), await exams.create_exam("nobody's", QUESTIONS)):
        with pytest.raises(NotFoundError):
            await READINGS[reading](bob, {"exam_id": of_another})
        assert (await exams.exam(of_another))["sessions"] == []


@pytest.mark.parametrize("reading", READINGS)
async def test_an_exam_that_never_was_is_not_there(exams, reading):
    with pytest.raises(NotFoundError):
        await READINGS[reading](exams, {"exam_id": str(uuid4())})


async def test_an_owner_lists_joins_and_reviews_what_is_his(store, exams):
    ada, bob = exams.for_owner("ada"), exams.for_owner("bob")
    exam_id = await ada.create_exam("hers", QUESTIONS)
    session_id = (await store.for_owner("ada").create_session(name="Anna", exam_id=exam_id))["session_id"]
    review = {"question_id": IDS[0], "mark": 1, "reviewer": None, "note": None}

    assert [row["exam_id"] for row in await ada.exams(limit=9, before=None)] == [exam_id]
    assert await bob.exams(limit=9, before=None) == []
    with pytest.raises(NotFoundError):
        await store.for_owner("bob").create_session(name="Ben", exam_id=exam_id)
    for scope in ({}, {"exam_id": exam_id}):
        with pytest.raises(NotFoundError):
            await bob.record_review(session_id, **scope, **review)
    assert await ada.record_review(session_id, **review)
    assert len((await ada.exam(exam_id))["sessions"]) == 1


async def test_imported_sessions_belong_to_the_owner_of_the_exam(store, exams):
    ada = exams.for_owner("ada")
    exam_id = await ada.create_exam("hers", QUESTIONS)

    await ada.import_marks(exam_id, QUESTIONS, [imported("Anna")])

    assert len(await store.for_owner("ada").sessions(limit=9, before=None)) == 1
    assert await store.for_owner("bob").sessions(limit=9, before=None) == []


async def test_a_session_that_an_api_key_adds_belongs_to_the_owner_of_the_exam(store, exams):
    ada = exams.for_owner("ada")
    exam_id = await ada.create_exam("hers", QUESTIONS)

    session_id = (await store.create_session(name="Anna", exam_id=exam_id))["session_id"]

    assert [row["id"] for row in await store.for_owner("ada").sessions(limit=9, before=None)] == [session_id]
    assert await ada.delete_exam(exam_id) == [session_id]
    await store.for_owner("ada").delete_session(session_id)
    assert await ada.delete_exam(exam_id) == []
    with pytest.raises(NotFoundError):
        await ada.exam(exam_id)
