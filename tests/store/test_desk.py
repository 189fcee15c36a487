"""The review desk's answers, settings and history of reviews, over both transports."""

from uuid import uuid4

import pytest

from app.errors import NotFoundError
from app.store.desk import DeskStore
from tests.store.rows import IDS


@pytest.fixture
def desk(transport):
    return DeskStore(transport)


@pytest.fixture
def take(desk):
    async def take(exam_id, holder, wanted, *, keep=(), n=1, again=False, store=desk):
        seat = {"holder": holder, "reviewer": holder, "keep": keep, "n": n, "again": again}
        return await store.take(exam_id, wanted=wanted, **seat)

    return take


@pytest.fixture
def review(exams):
    async def review(session_id, mark, question_id=IDS[0], **more):
        given = {"question_id": question_id, "mark": mark, "reviewer": "Ada", "note": None} | more
        return await exams.record_review(session_id, **given)

    return review


async def test_desks_hold_different_answers_and_give_back_what_they_do_not_keep(take, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    wanted = [(session_id, question_id) for question_id in IDS]

    assert await take(exam_id, "one", wanted) == wanted[:1]
    assert await take(exam_id, "two", wanted, n=2) == wanted[1:]
    assert await take(exam_id, "one", [], keep=wanted) == wanted[:1]
    assert await take(exam_id, "one", [], n=0) == []
    assert await take(exam_id, "two", wanted, n=2) == wanted


async def test_a_reviewed_answer_comes_again_only_if_wanted(take, review, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    await review(session_id, 1)

    assert await take(exam_id, "one", [(session_id, IDS[0])]) == []
    assert await take(exam_id, "one", [(session_id, IDS[0])], again=True) == [(session_id, IDS[0])]


async def test_an_answer_comes_with_everything_that_the_desk_shows(desk, review, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    await review(session_id, 1, note="see 数学")

    told = await desk.answers(exam_id, [(session_id, IDS[1]), (session_id, IDS[0])])

    assert (told["blind_marking"], told["double_marking"]) == (False, False)
    second, first = told["answers"]
    assert (second["question_id"], second["answer"], second["max_marks"]) == (IDS[1], "42", 4)
    assert [mark["marks_awarded"] for mark in first["marks"]] == [2]
    assert [(row["mark"], row["note"]) for row in first["reviews"]] == [(1, "see 数学")]
    assert [image["url"] for image in first["images"]] == ["https://x.test/1.png"]


async def test_a_setting_that_is_not_given_stays(desk, create_exam):
    exam_id = await create_exam()

    assert await desk.configure(exam_id, blind_marking=True, double_marking=None) == {
        "blind_marking": True,
        "double_marking": False,
    }
    assert (await desk.configure(exam_id, blind_marking=None, double_marking=True))["blind_marking"] is True


async def test_a_withdrawn_review_stays_in_the_history_with_who_withdrew_it(desk, review, create_exam, graded):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    for mark in (1, 2):
        await review(session_id, mark)
    latest = {"question_id": IDS[0], "review_id": None, "withdrawn_by": "Bob"}

    assert (await desk.withdraw(session_id, exam_id=exam_id, **latest))["final_mark"] == 1
    for scope in ({"exam_id": exam_id}, {"session_id": session_id}):
        second, first = await desk.history(scope, 9)
        assert (second["mark"], second["withdrawn_by"]) == (2, "Bob")
        assert (first["mark"], first["withdrawn_at"]) == (1, None)
        assert len(await desk.history(scope, 1)) == 1


async def test_the_calls_behind_the_marks_are_told_with_their_answers(desk, create_exam, graded):
    session_id = await graded(await create_exam())

    (call,) = await desk.calls(session_id, model_name="a/b", try_index=1)

    assert (call["model_name"], call["status"], call["cost_usd"]) == ("a/b", "succeeded", 0.002)
    assert call["completions"] == [{"content": "{}"}]
    assert await desk.calls(session_id, model_name=None, try_index=2) == []
    assert await desk.calls(session_id, model_name="c/d", try_index=None) == []


ASKED = {
    "take": lambda desk, exam_id, session_id: desk.take(
        exam_id, holder="x", reviewer=None, keep=[], wanted=[], n=1, again=True
    ),
    "answers": lambda desk, exam_id, session_id: desk.answers(exam_id, []),
    "configure": lambda desk, exam_id, session_id: desk.configure(exam_id, blind_marking=True, double_marking=True),
    "withdraw": lambda desk, exam_id, session_id: desk.withdraw(
        session_id, question_id=IDS[0], review_id=None, withdrawn_by="x"
    ),
    "history of an exam": lambda desk, exam_id, session_id: desk.history({"exam_id": exam_id}, 9),
    "history of a session": lambda desk, exam_id, session_id: desk.history({"session_id": session_id}, 9),
    "calls": lambda desk, exam_id, session_id: desk.calls(session_id, model_name=None, try_index=None),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_what_is_another_owner_s_or_nobody_s_is_not_there(desk, review, create_exam, graded, asked):
    exam_id = await create_exam()
    session_id = await graded(exam_id)
    await review(session_id, 1)

    for store, where in ((desk.for_owner("bob"), (exam_id, session_id)), (desk, (str(uuid4()), str(uuid4())))):
        with pytest.raises(NotFoundError):
            await ASKED[asked](store, *where)
    await ASKED[asked](desk, exam_id, session_id)
