"""Every question the app asks the database about exams, over both transports."""

import asyncio
import json
from uuid import uuid4

import pytest

from app.errors import ConflictError, NotFoundError, UnprocessableError
from app.marks.model import Role, Stage
from app.store.exams import ExamStore
from app.store.store import CallKey, PlannedCall, Store
from app.store.transport import DataError

QUESTIONS = [
    {"question_id": "MAI.1b(ii)", "number": 1, "max_marks": 2.5, "tolerance": 0.5, "text": "Why?", "answer": None},
    {"question_id": "数学/2", "number": 2, "max_marks": 4, "tolerance": None, "text": None, "answer": "42"},
]
IDS = [question["question_id"] for question in QUESTIONS]
ANY_PAGE = {"after": 0, "limit": 50}


@pytest.fixture
def store(transport):
    return Store(transport)


@pytest.fixture
def exams(transport):
    return ExamStore(transport)


@pytest.fixture
def create_exam(exams):
    async def create_exam(name="Science", questions=QUESTIONS):
        return await exams.create_exam(name, questions)

    return create_exam


@pytest.fixture
def join(store):
    """A session of an exam."""

    async def join(exam_id, name="Anna"):
        return (await store.create_session(name=name, exam_id=exam_id))["session_id"]

    return join


@pytest.fixture
def graded(store, join):
    """A session of an exam in which model a/b was asked once: 2 marks, and none for the second question."""

    async def graded(exam_id):
        session_id = await join(exam_id)
        await store.configure_questions(session_id, QUESTIONS, {IDS[0]: 1.5}, {IDS[0]: 2})
        await store.register_image(
            session_id=session_id, role=Role.STUDENT, url="https://x.test/1.png", order_index=0, storage_path=None
        )
        inputs = await store.grading_inputs(session_id)
        call = PlannedCall(CallKey("a/b", 1, Stage.ASSESSMENT), {"model": "a/b", "input_hash": "h"})
        await store.start_grading(
            session_id,
            plan={"markers": [{"key": "a/b"}], "summary": {"model_pairs": None}},
            default_tries=1,
            calls=[call],
            inputs_version=inputs.inputs_version,
            force=False,
        )
        run = (await store.claim_session(session_id, "me")).run
        await store.record_calls(session_id, run, [OUTCOME])
        return session_id

    return graded


OUTCOME = {
    "model_name": "a/b",
    "try_index": 1,
    "stage": "assessment",
    "status": "succeeded",
    "input_hash": "h",
    "cost_usd": 0.002,
    "latency_ms": 1500,
    "completions": [{"content": "{}"}],
    "results": [
        {"question_id": IDS[0], "marks_awarded": 2, "rubric_notes": "half right", "validation_errors": []},
        {"question_id": IDS[1], "marks_awarded": 9, "rubric_notes": None, "validation_errors": []},
    ],
}


def imported(name, line="2,4", model="m", **more):
    row = {"session_id": str(uuid4()), "name": name, "human": {}, "human_2": {}, "attempts": [[model, 1, line]]}
    return row | more


async def marks_of(exams, **scope):
    """The stored marks of a scope: attempts by script."""
    stored = json.loads(await exams.marks(scope))
    return {script["name"]: script["attempts"] for script in stored["scripts"]}


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


async def test_a_tolerance_of_its_own_is_no_other_question(store, create_exam, join):
    session_id = await join(await create_exam())

    await store.configure_questions(session_id, [QUESTIONS[0] | {"tolerance": 1}, QUESTIONS[1]], {IDS[0]: 1})

    assert (await store.questions(session_id))["questions"][0]["tolerance"] == 1


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
            await exams.import_marks(exam_id, QUESTIONS, [imported("Ben"), imported("Anna", model="n"), other])

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

    row = {"session_id": session_id, "script": "Anna"} | review
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


async def test_an_answer_is_told_with_every_mark_and_note(exams, create_exam, graded, join):
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


READINGS = {
    "exam": lambda exams, scope: exams.exam(**scope),
    "marks": lambda exams, scope: exams.marks(scope),
    "reviews": lambda exams, scope: exams.reviews(scope),
    "notes": lambda exams, scope: exams.answer_notes(scope, []),
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


async def test_imported_sessions_belong_to_the_owner_of_the_exam(store, exams):
    ada = exams.for_owner("ada")
    exam_id = await ada.create_exam("hers", QUESTIONS)

    await ada.import_marks(exam_id, QUESTIONS, [imported("Anna")])

    assert len(await store.for_owner("ada").sessions(limit=9, before=None)) == 1
    assert await store.for_owner("bob").sessions(limit=9, before=None) == []


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
