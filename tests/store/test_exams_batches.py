"""Imports in batches: nothing is seen before the end, and nothing stays of one that failed. Over both transports."""

import asyncio
from uuid import uuid4

import pytest

from app.errors import ConflictError, NotFoundError, UpstreamUnavailableError
from app.store import exams as exams_module
from tests.store.rows import IDS, QUESTIONS, imported, marks_of

NAMES = [f"s{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def one_script_a_batch(monkeypatch):
    monkeypatch.setattr(exams_module, "MARKS_AT_ONCE", 1)
    monkeypatch.setattr(exams_module, "SCRIPTS_DROPPED_AT_ONCE", 2)


def scripts(**about):
    return [imported(name, **about) for name in NAMES]


async def seen(store, exams, exam_id):
    """All that anybody can see of an exam: its marks, its questions and sessions, the list of sessions and of exams."""
    return (
        await exams.marks({"exam_id": exam_id}),
        await exams.exam(exam_id),
        await store.sessions(limit=99, before=None),
        await exams.exams(limit=99, before=None),
        await exams.export_rows({"exam_id": exam_id}, after=0, limit=99),
    )


@pytest.mark.parametrize("held_already", [False, True])
async def test_nothing_is_seen_until_the_last_batch_and_then_everything(store, exams, create_exam, held_already):
    exam_id = await create_exam(questions=())
    if held_already:
        await exams.import_marks(exam_id, QUESTIONS, scripts(human={IDS[0]: 1}))
    before = await seen(store, exams, exam_id)
    states, told = [], []

    async def look():
        states.append(await seen(store, exams, exam_id) == before)

    original = exams._ask

    async def ask(function, **arguments):
        answer = await original(function, **arguments)
        if function in {"begin_import", "import_batch"}:
            await look()
        return answer

    exams._ask = ask
    await exams.import_marks(exam_id, QUESTIONS, scripts(model="n", human={IDS[1]: 3}), told.append)

    assert states == [True] * 7
    assert told == [1, 2, 3, 4, 5, 6]
    marks = await marks_of(exams, exam_id=exam_id)
    assert sorted(marks) == NAMES
    assert all("n" in {attempt[0] for attempt in attempts} for attempts in marks.values())


@pytest.mark.parametrize("held_already", [False, True])
@pytest.mark.parametrize("last", ["import_batch", "finish_import"])
async def test_an_import_that_fails_leaves_the_exam_as_it_was(store, exams, create_exam, last, held_already):
    exam_id = await create_exam(questions=())
    if held_already:
        await exams.import_marks(exam_id, QUESTIONS, scripts())
    before = await seen(store, exams, exam_id)
    original, n_batches = exams._ask, [0]

    async def ask(function, **arguments):
        n_batches[0] += function == "import_batch"
        if function == last and n_batches[0] >= 4:
            raise UpstreamUnavailableError("away")
        return await original(function, **arguments)

    exams._ask = ask
    with pytest.raises(UpstreamUnavailableError):
        await exams.import_marks(exam_id, QUESTIONS, scripts(model="n"))
    exams._ask = original

    assert await seen(store, exams, exam_id) == before
    await exams.import_marks(exam_id, QUESTIONS, scripts(model="n"))
    assert sorted(await marks_of(exams, exam_id=exam_id)) == NAMES


async def test_an_import_whose_client_goes_away_is_removed(store, exams, create_exam):
    exam_id = await create_exam()
    before = await seen(store, exams, exam_id)
    third, original = asyncio.Event(), exams._ask

    async def ask(function, **arguments):
        if function == "import_batch" and arguments["scripts"][0]["name"] == NAMES[3]:
            third.set()
            await asyncio.sleep(60)
        return await original(function, **arguments)

    exams._ask = ask
    importing = asyncio.create_task(exams.import_marks(exam_id, QUESTIONS, scripts()))
    await third.wait()
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing

    assert await seen(store, exams, exam_id) == before
    assert await original("delete_exam", exam_id=exam_id) == []


async def test_a_mark_that_differs_in_the_last_batch_refuses_the_whole_import(store, exams, create_exam):
    exam_id = await create_exam()
    await exams.import_marks(exam_id, QUESTIONS, [imported(NAMES[-1], "2,4")])
    before = await seen(store, exams, exam_id)

    with pytest.raises(ConflictError, match="Other marks"):
        await exams.import_marks(exam_id, QUESTIONS, [*scripts()[:-1], imported(NAMES[-1], "1,4")])

    assert await seen(store, exams, exam_id) == before


async def test_questions_that_an_attempt_did_not_mark_before_are_added_at_the_end(exams, create_exam):
    exam_id = await create_exam()
    await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "2,-")])
    await exams.import_marks(exam_id, QUESTIONS, [imported("Anna", "2,4"), imported("Ben", "1,1")])
    marks = await marks_of(exams, exam_id=exam_id)
    assert (marks["Anna"][0][2], marks["Ben"][0][2]) == ("2,4", "1,1")


async def test_every_call_of_an_import_may_be_made_twice(exams, create_exam):
    exam_id = await create_exam(questions=())
    original = exams._ask

    async def twice(function, **arguments):
        await original(function, **arguments)
        return await original(function, **arguments)

    exams._ask = twice
    await exams.import_marks(exam_id, QUESTIONS, scripts())
    exams._ask = original
    assert sorted(await marks_of(exams, exam_id=exam_id)) == NAMES


async def test_another_import_that_ends_meanwhile_makes_its_scripts_known(exams, create_exam):
    exam_id = await create_exam()
    original, inside = exams._ask, []

    async def ask(function, **arguments):
        if function == "finish_import" and not inside:
            inside.append(True)
            await exams.import_marks(exam_id, QUESTIONS, scripts(model="n"))
        return await original(function, **arguments)

    exams._ask = ask
    await exams.import_marks(exam_id, QUESTIONS, scripts())
    exams._ask = original
    marks = await marks_of(exams, exam_id=exam_id)
    assert sorted(marks) == NAMES
    assert all(sorted(attempt[0] for attempt in found) == ["m", "n"] for found in marks.values())
    assert len((await exams.exam(exam_id))["sessions"]) == len(NAMES)


async def test_scripts_keep_the_order_of_the_file_whichever_batch_is_stored_first(exams, create_exam):
    exam_id = await create_exam()
    original = exams._ask

    async def ask(function, **arguments):
        if function == "import_batch" and arguments["first"] % 3 == 0:
            await asyncio.sleep(0.3)
        return await original(function, **arguments)

    exams._ask = ask
    await exams.import_marks(exam_id, QUESTIONS, scripts())
    assert list(await marks_of(exams, exam_id=exam_id)) == NAMES


async def test_batches_of_another_owner_find_no_import(exams):
    ada, bob = exams.for_owner("ada"), exams.for_owner("bob")
    exam_id, import_id = await ada.create_exam("hers", QUESTIONS), str(uuid4())
    await ada._ask("begin_import", exam_id=exam_id, import_id=import_id, questions=QUESTIONS)
    for function in ("import_batch", "finish_import"):
        with pytest.raises(NotFoundError):
            await bob._ask(
                function, exam_id=exam_id, import_id=import_id, questions=QUESTIONS, first=0, scripts=[], unmarked={}
            )
