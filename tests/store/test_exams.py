"""Exams in the database, their sessions and questions, over both transports."""

import asyncio
from uuid import uuid4

import pytest

from app.errors import ConflictError, NotFoundError
from app.store.transport import DataError
from tests.store.rows import (
    ANY_PAGE,
    IDS,
    QUESTIONS,
    imported,
    marks_of,
)


async def test_an_exam_is_created_with_its_questions(exams, create_exam):
    exam_id = await create_exam("数学 'x'")

    exam = await exams.exam(exam_id)

    assert (exam["exam_id"], exam["name"], exam["sessions"]) == (exam_id, "数学 'x'", [])
    assert exam["questions"] == QUESTIONS


async def test_exams_are_paged_newest_first(exams, create_exam, join):
    created = [await create_exam() for _ in range(3)]
    await join(created[0])

    first = await exams.exams(limit=2, before=None)
    second = await exams.exams(limit=2, before=first[-1]["exam_id"])

    assert [row["exam_id"] for row in first + second] == created[::-1]
    assert second[0]["sessions"] == {"total": 1, "created": 1, "grading": 0, "graded": 0, "failed": 0}
    assert second[0]["n_questions"] == 2
    with pytest.raises(NotFoundError):
        await exams.exams(limit=2, before=str(uuid4()))


async def test_a_session_inherits_the_questions_of_its_exam(store, create_exam, join):
    session_id = await join(await create_exam())

    assert (await store.questions(session_id))["questions"] == QUESTIONS


async def test_the_first_configured_session_gives_an_empty_exam_its_questions(store, exams, create_exam, join):
    exam_id = await create_exam(questions=())
    first = await join(exam_id)

    await store.configure_questions(first, QUESTIONS[:1], {})
    assert (await exams.exam(exam_id))["questions"] == QUESTIONS[:1]
    await store.configure_questions(first, QUESTIONS, {})

    assert (await exams.exam(exam_id))["questions"] == QUESTIONS
    assert (await store.questions(await join(exam_id)))["questions"] == QUESTIONS


async def test_questions_cannot_change_under_a_second_session(store, exams, create_exam, join):
    exam_id = await create_exam(questions=())
    first = await join(exam_id)
    await store.configure_questions(first, QUESTIONS, {})
    await join(exam_id, "Ben")

    with pytest.raises(ConflictError):
        await store.configure_questions(first, QUESTIONS[:1], {})

    assert (await exams.exam(exam_id))["questions"] == QUESTIONS


@pytest.mark.parametrize(
    ("questions", "difference"),
    [
        (QUESTIONS[:1], {"missing": [IDS[1]], "unknown": [], "maxima": {}}),
        (
            [*QUESTIONS, {"question_id": "9", "number": 3, "max_marks": 1}],
            {"missing": [], "unknown": ["9"], "maxima": {}},
        ),
        (
            [QUESTIONS[0] | {"max_marks": 3}, QUESTIONS[1]],
            {"missing": [], "unknown": [], "maxima": {IDS[0]: {"exam": 2.5, "session": 3}}},
        ),
    ],
)
async def test_a_session_with_other_ids_or_maxima_conflicts(store, create_exam, join, questions, difference):
    session_id = await join(await create_exam())

    with pytest.raises(ConflictError) as caught:
        await store.configure_questions(session_id, questions, {})

    assert (caught.value.code, caught.value.details) == ("CONFLICT", difference)
    assert (await store.questions(session_id))["questions"] == QUESTIONS


async def test_a_tolerance_that_is_given_becomes_the_exams(store, exams, create_exam, join):
    exam_id = await create_exam()
    anna, ben = await join(exam_id), await join(exam_id, "Ben")

    await store.configure_questions(anna, [QUESTIONS[0] | {"tolerance": 1}, QUESTIONS[1]], {IDS[0]: 1})
    await store.configure_questions(ben, [QUESTIONS[0] | {"tolerance": None}, QUESTIONS[1]], {})

    told = {name: (await store.questions(session))["questions"] for name, session in (("anna", anna), ("ben", ben))}
    told |= {"exam": (await exams.exam(exam_id))["questions"]}
    told |= {"next": (await store.questions(await join(exam_id, "Cleo")))["questions"]}
    tolerances = {name: [question["tolerance"] for question in questions] for name, questions in told.items()}
    assert tolerances == {"anna": [1, None], "ben": [None, None], "exam": [1, None], "next": [1, None]}


async def test_two_first_sessions_at_once_agree_on_one_question_set(store, exams, create_exam, join):
    for _ in range(5):
        exam_id = await create_exam(questions=())
        sessions = [await join(exam_id, name) for name in ("Anna", "Ben")]
        sets = (QUESTIONS[:1], QUESTIONS)

        outcomes = await asyncio.gather(
            *(store.configure_questions(session, chosen, {}) for session, chosen in zip(sessions, sets, strict=True)),
            return_exceptions=True,
        )

        assert [type(outcome) for outcome in outcomes if outcome is not None] == [ConflictError]
        assert (await exams.exam(exam_id))["questions"] == sets[outcomes.index(None)]


async def test_an_exam_lists_its_sessions_with_what_was_done(store, exams, create_exam, graded, join):
    exam_id = await create_exam()
    done, empty = await graded(exam_id), await join(exam_id, "Ben")
    await store.create_session(name="a stranger")

    first, second = (await exams.exam(exam_id))["sessions"]

    assert (first["session_id"], first["name"], first["progress"], first["cost_usd"]) == (done, "Anna", 1, 0.002)
    assert first["attempts"] == {"total": 1, "finished": 1, "failed": 0}
    assert (first["n_student_images"], first["n_human_marks"]) == (1, 1)
    assert (second["session_id"], second["status"], second["progress"]) == (empty, "created", 0)


async def test_a_deleted_session_takes_its_marks_and_reviews_out_of_the_exam(store, exams, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    await exams.import_marks(exam_id, QUESTIONS, [imported("Ben")])
    await exams.record_review(session_id, question_id=IDS[0], mark=1, reviewer=None, note=None)
    scope = {"exam_id": exam_id}

    assert await store.delete_session(session_id) is not None

    assert list(await marks_of(exams, **scope)) == ["Ben"]
    assert await exams.reviews(scope) == []
    assert {row["script"] for row in (await exams.export_rows(scope, **ANY_PAGE))[0]} == {"Ben"}
    assert (await exams.exam(exam_id))["questions"] == QUESTIONS


async def test_an_exam_goes_once_it_is_empty_and_only_for_its_owner(store, exams):
    ada, bob = exams.for_owner("ada"), exams.for_owner("bob")
    exam_id = await ada.create_exam("Science", QUESTIONS)
    session_id = (await store.for_owner("ada").create_session(name="Anna", exam_id=exam_id))["session_id"]

    assert [await bob.delete_exam(exam_id), await ada.delete_exam(exam_id)] == [[], [session_id]]
    await store.for_owner("ada").delete_session(session_id)
    assert [await bob.delete_exam(exam_id), len((await ada.exam(exam_id))["questions"])] == [[], len(QUESTIONS)]
    assert await ada.delete_exam(exam_id) == []
    with pytest.raises(NotFoundError):
        await ada.exam(exam_id)


@pytest.mark.parametrize("text", ["a \0 byte", "half a \ud800 pair"])
async def test_text_that_cannot_be_stored_is_refused_and_leaves_nothing(exams, create_exam, join, text):
    exam_id = await create_exam(questions=())
    session_id = await join(await create_exam())

    for refused in (
        exams.create_exam(text, []),
        exams.create_exam("x", [QUESTIONS[0] | {"question_id": text}]),
        exams.import_marks(exam_id, QUESTIONS, [imported("Anna"), imported(text)]),
        exams.import_marks(exam_id, QUESTIONS, [imported("Anna"), imported("Ben", model=text)]),
        exams.record_review(session_id, question_id=IDS[0], mark=1, reviewer=text, note=None),
        exams.record_review(session_id, question_id=IDS[0], mark=1, reviewer=None, note=text),
    ):
        with pytest.raises(DataError):
            await refused

    assert len(await exams.exams(limit=9, before=None)) == 2
    assert await marks_of(exams, exam_id=exam_id) == {}
    assert await exams.reviews({"session_id": session_id}) == []


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
async def test_a_number_that_is_none_is_refused_and_leaves_nothing(exams, create_exam, join, number):
    exam_id = await create_exam()
    session_id = await join(exam_id)

    for refused in (
        exams.create_exam("x", [QUESTIONS[0] | {"max_marks": number}]),
        exams.import_marks(exam_id, QUESTIONS, [imported("Ben", human={IDS[0]: number})]),
        exams.record_review(session_id, question_id=IDS[0], mark=number, reviewer=None, note=None),
    ):
        with pytest.raises(DataError):
            await refused

    assert len(await exams.exams(limit=9, before=None)) == 1
    assert await marks_of(exams, exam_id=exam_id) == {"Anna": []}
