"""Every question the app asks the database about sessions, over both transports."""

import asyncio
import json
from uuid import uuid4

import pytest

from app.errors import BadRequestError, ConflictError, NotFoundError, UnprocessableError, UpstreamUnavailableError
from app.marks.model import CallStatus, Image, Question, Role, SessionStatus, Stage
from app.store.store import CallKey, GradingInputs, Lease, PlannedCall, RunSummary, Store

QUESTIONS = [
    {"question_id": "MAI.1b(ii)", "number": 1, "max_marks": 2.5, "tolerance": 0.5, "text": "Why?", "answer": None},
    {"question_id": "数学/2", "number": 2, "max_marks": 4, "tolerance": None, "text": None, "answer": "42"},
]
URL = "https://example.org/a.png"
PLAN = {"markers": [{"key": "a/b"}], "summary": {"selected_models": ["a/b"], "model_pairs": None}}
ONE, TWO = (CallKey("a/b", number, Stage.ASSESSMENT) for number in (1, 2))
USED = {"prompt_tokens": 100, "completion_tokens": 20, "reasoning_tokens": 5, "cached_tokens": 60, "cost_usd": 0.002}


@pytest.fixture
def store(transport):
    return Store(transport)


@pytest.fixture
def create(store):
    async def create(store=store, **fields):
        return (await store.create_session(name="Bio", **fields))["session_id"]

    return create


@pytest.fixture
def prepare(store, create):
    async def prepare():
        session_id = await create()
        await store.configure_questions(session_id, QUESTIONS, {"MAI.1b(ii)": 1.25})
        await register(store, session_id)
        return session_id

    return prepare


@pytest.fixture
def start(store, prepare):
    """A session in grading with two calls, claimed by `me`."""

    async def start():
        session_id = await prepare()
        assert await start_grading(store, session_id, ONE, TWO) == "started"
        return session_id, await store.claim_session(session_id, "me")

    return start


async def register(store, session_id, url=URL, order_index=0, role=Role.STUDENT):
    await store.register_image(
        session_id=session_id, role=role, url=url, order_index=order_index, storage_path=f"2026-11/{order_index}.png"
    )


async def start_grading(store, session_id, *keys, plan=PLAN, force=False):
    inputs = await store.grading_inputs(session_id)
    calls = [PlannedCall(key, {"model": "a/b", "input_hash": "h"}) for key in keys]
    return await store.start_grading(
        session_id, plan=plan, default_tries=2, calls=calls, inputs_version=inputs.inputs_version, force=force
    )


def outcome(key, marks, status="succeeded", **more):
    results = [
        {"question_id": question_id, "marks_awarded": mark, "rubric_notes": "n", "validation_errors": []}
        for question_id, mark in marks.items()
    ]
    row = {"model_name": key.model_name, "try_index": key.try_index, "stage": key.stage.value, "input_hash": "h"}
    return row | USED | {"status": status, "completions": [{"content": "{}"}], "results": results} | more


FULL = {"MAI.1b(ii)": 2.5, "数学/2": 4}


async def progress_of(store, session_id):
    return json.loads(await store.session_progress(session_id))


async def test_a_ping_is_answered(store):
    await store.ping()


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


async def test_a_start_is_planned_on_all_there_is(store, prepare):
    session_id = await prepare()

    inputs = await store.grading_inputs(session_id)

    assert inputs == GradingInputs(
        plan=None,
        default_tries=1,
        inputs_version=inputs.inputs_version,
        questions=tuple(Question(**row) for row in QUESTIONS),
        images=(Image(Role.STUDENT, URL, 0, "2026-11/0.png"),),
        templates=inputs.templates,
    )


async def test_a_start_writes_every_call(store, start):
    session_id, claimed = await start()

    attempts = (await progress_of(store, session_id))["attempts"]

    assert (attempts["total"], attempts["pending"]) == (2, 2)
    assert (claimed.session_id, claimed.run, claimed.plan, claimed.stop_reason) == (session_id, 1, PLAN, None)
    assert claimed.questions == tuple(Question(**row) for row in QUESTIONS)
    assert claimed.images == (Image(Role.STUDENT, URL, 0, "2026-11/0.png"),)
    assert [(call.key, call.status, call.input_hash) for call in claimed.calls] == [
        (ONE, CallStatus.PENDING, "h"),
        (TWO, CallStatus.PENDING, "h"),
    ]


async def test_the_same_plan_joins_another_one_is_busy(store, start):
    session_id, _ = await start()

    assert await start_grading(store, session_id, ONE, TWO) == "joined"
    with pytest.raises(ConflictError) as caught:
        await start_grading(store, session_id, ONE, plan=PLAN | {"markers": [{"key": "c/d"}]})
    assert caught.value.code == "SESSION_BUSY"


async def test_a_start_on_old_questions_is_stale(store, prepare):
    session_id = await prepare()
    inputs = await store.grading_inputs(session_id)
    await store.configure_questions(session_id, QUESTIONS[:1], {})

    answer = await store.start_grading(
        session_id, plan=PLAN, default_tries=1, calls=[], inputs_version=inputs.inputs_version, force=False
    )

    assert answer == "stale"
    assert (await progress_of(store, session_id))["status"] == "created"


async def test_one_process_has_a_session_until_it_lets_go(store, prepare):
    session_id = await prepare()
    assert await store.claim_session(session_id, "me") is None
    await start_grading(store, session_id, ONE)

    assert await store.unclaimed_sessions() == [session_id]
    assert await store.claim_session(session_id, "me") is not None
    assert await store.unclaimed_sessions() == []
    assert await store.claim_session(session_id, "you") is None
    assert await store.renew_lease(session_id, "you", running=[], waiting=[]) == Lease(held=False, stop_reason=None)
    await store.release_lease(session_id, "you")
    assert await store.claim_session(session_id, "you") is None
    await store.release_lease(session_id, "me")
    assert await store.claim_session(session_id, "you") is not None


async def test_a_renewal_says_which_calls_are_at_work(store, start):
    session_id, _ = await start()

    assert await store.renew_lease(session_id, "me", running=[ONE], waiting=[TWO]) == Lease(held=True, stop_reason=None)

    attempts = (await progress_of(store, session_id))["attempts"]
    assert (attempts["running"], attempts["waiting"], attempts["pending"]) == (1, 1, 0)


async def test_an_outcome_is_stored_with_its_marks_once(store, start):
    session_id, claimed = await start()

    recorded = [await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL)]) for _ in range(2)]
    late = await store.record_calls(session_id, claimed.run, [outcome(ONE, dict.fromkeys(FULL, 0))])

    assert (recorded, late) == ([1, 0], 0)
    stored = await store.session_results(session_id)
    assert {row["question_id"]: row["marks_awarded"] for row in stored["results"]} == FULL
    progress = await progress_of(store, session_id)
    assert (progress["progress"], progress["cost_usd"]) == (0.5, 0.002)
    assert progress["tokens"] == {"input": 100, "output": 20, "reasoning": 5, "cached": 60}


async def test_only_configured_questions_and_marks_within_the_maximum_are_stored(store, start):
    session_id, claimed = await start()

    await store.record_calls(session_id, claimed.run, [outcome(ONE, {"MAI.1b(ii)": 2.51, "数学/2": 0, "unknown": 1})])

    rows = {row["question_id"]: row for row in (await store.session_results(session_id))["results"]}
    assert set(rows) == set(FULL)
    assert rows["MAI.1b(ii)"]["marks_awarded"] is None
    assert rows["MAI.1b(ii)"]["validation_errors"][0]["reason"] == "out_of_range"
    assert rows["数学/2"]["marks_awarded"] == 0


async def test_what_a_model_wrote_is_made_storable_and_that_is_noted(store, start):
    session_id, claimed = await start()
    dirty = [{"content": "a\0b \ud800 \ud83d\ude00", "number": float("nan"), "deep": [{"k\0": float("inf")}]}]

    assert await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL, completions=dirty)]) == 1

    assert len((await store.session_results(session_id))["results"]) == 2


async def test_outcomes_of_another_run_or_from_other_inputs_change_nothing(store, start):
    session_id, claimed = await start()

    assert await store.record_calls(session_id, claimed.run + 1, [outcome(ONE, FULL)]) == 0
    assert await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL, input_hash="other")]) == 0
    assert await store.record_calls(str(uuid4()), 1, [outcome(ONE, FULL)]) == 0
    assert (await store.session_results(session_id))["results"] == []


async def test_an_incomplete_first_answer_waits_with_its_text(store, start):
    session_id, claimed = await start()
    waiting = outcome(ONE, {"MAI.1b(ii)": 1, "数学/2": None}, "waiting", first_answer="the text")
    await store.record_calls(session_id, claimed.run, [waiting])

    again = await store.claim_session(session_id, "me")

    assert [(call.key, call.first_answer) for call in again.calls] == [(ONE, "the text"), (TWO, None)]


async def test_a_run_is_summed_up_and_ended_by_who_has_it(store, start):
    session_id, claimed = await start()
    failure = {"reason": "refused", "message": "No."}
    failed = outcome(TWO, dict.fromkeys(FULL), "failed", error=failure)
    await store.record_calls(session_id, claimed.run, [outcome(ONE, FULL), failed])

    summary = await store.run_summary(session_id)

    assert summary == RunSummary(attempts=2, succeeded=1, unfinished=0, marked=1, first_failure="No.")
    assert await store.finish_session(session_id, "you", SessionStatus.GRADED, None) is False
    assert await store.finish_session(session_id, "me", SessionStatus.GRADED, None) is True
    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["progress"], progress["failure_reason"]) == ("graded", 1, None)


async def test_a_run_with_open_calls_ends_failed_only(store, start):
    session_id, _ = await start()

    assert await store.finish_session(session_id, "me", SessionStatus.GRADED, None) is False
    assert await store.finish_session(session_id, "me", SessionStatus.FAILED, "no credit") is True
    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["failure_reason"]) == ("failed", "no credit")
    assert progress["attempts"]["cancelled"] == 2


async def test_a_cancel_reaches_whoever_runs_the_session(store, start):
    session_id, _ = await start()

    await store.cancel_session(session_id, "cancelled")

    assert await store.renew_lease(session_id, "me", running=[], waiting=[]) == Lease(
        held=True, stop_reason="cancelled"
    )


async def test_a_cancel_ends_a_run_that_nobody_works_on(store, prepare):
    session_id = await prepare()
    await start_grading(store, session_id, ONE)

    await store.cancel_session(session_id, "cancelled")

    progress = await progress_of(store, session_id)
    assert (progress["status"], progress["failure_reason"]) == ("failed", "cancelled")
    with pytest.raises(ConflictError):
        await store.cancel_session(session_id, "cancelled")


async def test_attempts_are_told_finished_ones_first(store, start):
    session_id, claimed = await start()
    await store.record_calls(session_id, claimed.run, [outcome(TWO, FULL)])

    attempts = (await store.session_attempts(session_id))["attempts"]

    assert [(row["try_index"], row["status"]) for row in attempts] == [(2, "succeeded"), (1, "pending")]


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
