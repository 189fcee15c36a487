"""Every question the app asks the database about sessions, their images and questions, over both transports."""

import asyncio
from uuid import uuid4

import pytest

from app.errors import BadRequestError, NotFoundError, UnprocessableError, UpstreamUnavailableError
from app.marks.model import Role, Stage
from app.store.sessions import Store
from tests.store.rows import (
    PLAN,
    QUESTIONS,
    URL,
    progress_of,
    register,
)


async def test_a_ping_is_answered(store):
    assert await store.ping() is None


async def test_a_database_that_does_not_answer_a_ping_is_unavailable():
    class Silent:
        async def ping(self):
            return False

    with pytest.raises(UpstreamUnavailableError):
        await Store(Silent()).ping()


async def test_a_session_is_created_renamed_and_deleted(store, create):
    session_id = await create(selected_rubric_template="default")
    assert (await progress_of(store, session_id))["name"] == "Bio"

    await store.rename_session(session_id, "数学 'x'")

    assert (await progress_of(store, session_id))["name"] == "数学 'x'"
    assert [await store.delete_session(session_id), await store.delete_session(session_id)] == [[], None]
    with pytest.raises(NotFoundError):
        await store.session_progress(session_id)


async def test_a_template_that_is_not_there_is_refused_by_field(create):
    with pytest.raises(UnprocessableError) as caught:
        await create(selected_assessment_template="not_there")

    assert caught.value.details["errors"][0]["field"] == "selected_assessment_template"


async def test_sessions_are_paged_newest_first(store, create):
    created = [await create() for _ in range(3)]

    first = await store.sessions(limit=2, before=None)
    second = await store.sessions(limit=2, before=first[-1]["id"])

    assert [row["id"] for row in first + second] == created[::-1]
    with pytest.raises(NotFoundError):
        await store.sessions(limit=2, before=str(uuid4()))


async def test_more_than_a_thousand_rows_come_whole(store, create):
    session_id = await create()
    questions = [QUESTIONS[0] | {"question_id": str(number), "number": number} for number in range(1, 1202)]
    await store.configure_questions(session_id, questions, {})

    assert len((await store.questions(session_id))["questions"]) == 1201


async def test_an_owner_sees_what_is_his_and_no_owner_sees_all(store, create):
    ada, bob = store.for_owner("ada"), store.for_owner("bob")
    hers, nobodys = await create(ada), await create()

    assert [row["id"] for row in await ada.sessions(limit=9, before=None)] == [hers]
    assert await bob.sessions(limit=9, before=None) == []
    assert [row["id"] for row in await store.sessions(limit=9, before=None)] == [nobodys, hers]
    for session_id in (hers, nobodys):
        with pytest.raises(NotFoundError):
            await bob.session_progress(session_id)
        assert await bob.session_files(session_id) == []
        assert await bob.delete_session(session_id) is None
    assert (await progress_of(ada, hers))["session_id"] == hers


async def test_images_are_registered_once_in_order(store, create):
    session_id = await create()
    await register(store, session_id)
    await register(store, session_id)
    await register(store, session_id, URL + "?2", 1)

    images = await store.images(session_id)

    assert [(row["url"], row["order_index"]) for row in images] == [(URL, 0), (URL + "?2", 1)]
    assert sorted(await store.session_files(session_id)) == ["2026-11/0.png", "2026-11/1.png"]
    with pytest.raises(BadRequestError) as taken:
        await register(store, session_id, URL + "?3", 1)
    with pytest.raises(BadRequestError) as gap:
        await register(store, session_id, URL + "?3", 7)
    assert taken.value.code == "ORDER_INDEX_TAKEN"
    assert (gap.value.code, gap.value.details) == (
        "NON_CONTIGUOUS_ORDER_INDEX",
        {"expected": 2, "got": 7, "role": "student"},
    )


async def test_registers_at_the_same_time_leave_no_gap_and_no_double(store, create):
    session_id = await create()

    outcomes = await asyncio.gather(
        *(register(store, session_id, f"{URL}?{number}", number % 4) for number in range(12)), return_exceptions=True
    )

    indexes = [row["order_index"] for row in await store.images(session_id)]
    assert indexes == list(range(min(indexes), min(indexes) + len(indexes)))
    assert outcomes.count(None) == len(indexes)
    assert {type(result) for result in outcomes if result} == {BadRequestError}


async def test_the_first_image_may_come_after_the_second(store, create):
    session_id = await create()
    for index in (1, 0, 2):
        await register(store, session_id, f"{URL}?{index}", index)

    assert [row["order_index"] for row in await store.images(session_id)] == [0, 1, 2]


async def test_a_role_s_images_begin_at_0_or_1(store, create):
    session_id = await create()
    for role, index in ((Role.STUDENT, 2), (Role.ANSWER_KEY, 7)):
        with pytest.raises(BadRequestError) as caught:
            await register(store, session_id, order_index=index, role=role)
        assert caught.value.details == {"expected": 0, "got": index, "role": role.value}
    await register(store, session_id, order_index=1)


async def test_a_file_of_two_sessions_is_no_one_s_own(store, create):
    one, two = await create(), await create()
    for session_id in (one, two):
        await register(store, session_id)

    assert await store.session_files(one) == []
    await store.delete_session(two)
    assert await store.session_files(one) == ["2026-11/0.png"]


async def test_questions_come_back_as_they_were_given(store, create):
    session_id = await create()

    await store.configure_questions(session_id, QUESTIONS, {"MAI.1b(ii)": 1.25})

    assert await store.questions(session_id) == {
        "questions": QUESTIONS,
        "human_marks_by_qid": {"MAI.1b(ii)": 1.25},
        "human_marks_2_by_qid": {},
    }


async def test_a_session_can_be_taken_as_a_template(store, start):
    session_id, _ = await start()

    template = await store.session_template(session_id)

    assert (template["name"], template["plan"], template["default_tries"]) == ("Bio", PLAN, 2)
    assert template["questions"] == QUESTIONS
    assert template["templates"] == {"rubric": "default", "assessment": "default"}


async def test_prompt_templates_are_put_listed_and_deleted(store):
    texts = {"display_name": "Strict", "system_template": "s", "user_template": "u", "schema_template": None}
    await store.put_prompt_template(Stage.RUBRIC, "strict", **texts | {"system_template": "old"})
    await store.put_prompt_template(Stage.RUBRIC, "strict", **texts)

    assert await store.prompt_templates(Stage.RUBRIC) == [{"name": "strict"} | texts]
    assert await store.prompt_templates(Stage.ASSESSMENT) == []
    await store.delete_prompt_template(Stage.RUBRIC, "strict")
    with pytest.raises(NotFoundError):
        await store.delete_prompt_template(Stage.RUBRIC, "strict")


async def test_a_snapshot_is_saved_beside_the_human_marks(store, prepare):
    session_id = await prepare()

    await store.save_stats(session_id, {"total_max_marks": 6.5}, {})
    await store.save_stats(str(uuid4()), {}, {})

    assert (await store.questions(session_id))["human_marks_by_qid"] == {"MAI.1b(ii)": 1.25}


async def test_what_is_asked_of_a_session_that_is_not_there_is_not_found(store):
    unknown = str(uuid4())
    for question in (
        store.session_progress(unknown),
        store.rename_session(unknown, "x"),
        register(store, unknown),
        store.images(unknown),
        store.configure_questions(unknown, QUESTIONS, {}),
        store.questions(unknown),
        store.grading_inputs(unknown),
        store.session_results(unknown),
        store.cancel_session(unknown, "x"),
        store.session_attempts(unknown),
        store.session_template(unknown),
    ):
        with pytest.raises(NotFoundError):
            await question
