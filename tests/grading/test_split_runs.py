"""Attempts in several requests: what they ask, what is stored when, and what is never paid twice."""

import asyncio
import json
from collections import Counter

import pytest

from app.grading.reread import reread_session
from app.marks.model import Question, Split
from app.openrouter.http_client import open_http_client
from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator
from tests.grading.fakes import ONE, tries

QUESTIONS = tuple(Question(f"q{number}", number, 4.0) for number in range(1, 5))
BY_QUESTION = [{"name": "acme/one", "split": "question"}]


def asked_question(asked):
    """The only question that a request asks for."""
    [found] = [name for name in ("1a", "1b") if f'["{name}"]' in asked.last_part]
    return found


def one_mark(models, asked, marks=None):
    name = asked_question(asked)
    return models.marks({name: (marks or {"1a": 3, "1b": 1})[name]})


async def test_each_question_is_asked_for_by_itself_after_the_same_beginning(runs, models, fake_store):
    models.reply = lambda asked: one_mark(models, asked)
    await runs.start(runs.make(split=Split.QUESTION))

    parts = [json.loads(one.text)["messages"][-1]["content"] for one in models.asked]
    assert {asked_question(one) for one in models.asked} == {"1a", "1b"}
    assert parts[0][:-1] == parts[1][:-1]
    assert parts[0][-1] != parts[1][-1]
    assert [row["marks_awarded"] for row in fake_store.outcomes[-1]["results"]] == [3, 1]


async def test_the_requests_of_an_attempt_are_made_at_once(runs, models):
    models.open.clear()
    await runs.start(runs.make(split=Split.QUESTION))
    assert len(models.asked) == 2


async def test_an_answer_is_stored_at_once_and_the_marks_when_all_are_there(runs, models, fake_store):
    held = asyncio.Event()

    async def reply(asked):
        if asked_question(asked) == "1b":
            await held.wait()
        return one_mark(models, asked)

    models.reply = reply
    await runs.start(runs.make(split=Split.QUESTION))
    [first] = fake_store.outcomes
    assert (first["status"], first["slice"], first["results"]) == ("waiting", "1a", [])
    assert first["slice_answer"]["whole"]
    held.set()
    await runs.settle()

    assert fake_store.statuses() == {1: ["waiting", "waiting", "succeeded"]}
    assert sum(one.get("cost_usd", 0) for one in fake_store.outcomes) == pytest.approx(0.02)


async def test_a_page_is_shown_alone_and_the_whole_script_where_pages_do_not_decide(runs, models, fake_store):
    def reply(asked):
        if "page 1 of the 2" in asked.last_part:
            return models.marks({"1a": 3})
        return models.marks({}) if "page 2 of the 2" in asked.last_part else models.marks({"1b": 1})

    models.reply = reply
    await runs.start(runs.make(split=Split.PAGE, pages=2))

    shown = [[n for n in (1, 2) if f"scans.test/{n}.png" in one.text] for one in models.asked]
    assert sorted(shown) == [[1], [1, 2], [2]]
    assert [row["marks_awarded"] for row in fake_store.outcomes[-1]["results"]] == [3, 1]


async def test_a_script_of_one_page_is_not_split_by_pages(runs, models, fake_store):
    await runs.start(runs.make(split=Split.PAGE))
    assert fake_store.statuses() == {1: ["succeeded"]}


async def test_a_failed_request_leaves_only_its_question_unmarked(runs, models, fake_store):
    models.reply = lambda asked: models.error(400) if asked_question(asked) == "1b" else one_mark(models, asked)
    await runs.start(runs.make(split=Split.QUESTION))

    last = fake_store.outcomes[-1]
    assert (last["status"], [row["marks_awarded"] for row in last["results"]]) == ("succeeded", [3, None])
    assert last["results"][1]["validation_errors"][0]["reason"] == "call_failed"


async def test_an_attempt_whose_requests_all_fail_is_failed(runs, models, fake_store):
    models.reply = lambda _: models.error(400)
    await runs.start(runs.make(split=Split.QUESTION))

    assert fake_store.outcomes[-1]["status"] == "failed"
    assert fake_store.finished[0] == "failed"


async def test_a_stop_lets_running_requests_finish_and_cancels_the_others(runs, models, fake_store, make_client):
    held = asyncio.Event()

    async def reply(asked):
        await held.wait()
        return one_mark(models, asked)

    models.reply = reply
    run = runs.make(make_client(capacity=1), split=Split.QUESTION, tries=2)
    await runs.start(run)
    run.stop("cancelled")
    held.set()
    await runs.settle()

    assert len(models.asked) == 1
    last = fake_store.outcomes[-1] if fake_store.outcomes[-1]["try_index"] == 1 else fake_store.outcomes[-2]
    finals = {one["try_index"]: one["status"] for one in fake_store.outcomes if "slice" not in one}
    assert finals == {1: "succeeded", 2: "cancelled"}
    assert sorted(row["marks_awarded"] or 0 for row in last["results"]) == [0, 3]


async def test_several_requests_of_an_attempt_count_as_one_call_at_work(runs, models, fake_store, fake_time):
    models.open.clear()
    await runs.start(runs.make(split=Split.QUESTION))
    await fake_time.pass_(3)

    running, waiting = fake_store.renewals[-1]
    assert ([(one.model_name, one.try_index) for one in running], waiting) == ([("acme/one", 1)], [])


async def test_a_killed_process_leaves_what_was_paid_to_the_next(engine, models):
    async def reply(asked):
        if asked_question(asked) == "1b" and len(models.asked) == 2:
            await asyncio.Event().wait()
        return one_mark(models, asked)

    models.reply = reply
    session = await engine.session()
    await engine.start(session, BY_QUESTION)
    process = engine.process(models.http)
    process.launcher.launch(session)
    await engine.until(lambda: engine.sql("select slices from grading_call")[0][0])
    await process.kill()
    engine.expire_lease(session)
    await engine.work(engine.process(models.http), session)

    assert Counter(map(asked_question, models.asked)) == {"1a": 1, "1b": 2}
    assert set((await engine.marks(session)).values()) == {3, 1}


async def test_a_repeat_asks_only_for_what_failed(engine, models):
    models.reply = lambda asked: models.error(400) if asked_question(asked) == "1b" else one_mark(models, asked)
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, BY_QUESTION)
    models.reply = lambda asked: one_mark(models, asked)
    await engine.grade(engine.process(models.http), session, [])

    assert Counter(map(asked_question, models.asked)) == {"1a": 1, "1b": 2}
    assert set((await engine.marks(session)).values()) == {3, 1}
    [call] = (await engine.calls(session)).values()
    assert (call["http_requests"], call["cost_usd"], call["status"]) == (3, 0.02, "succeeded")


async def test_what_a_second_asking_marked_is_not_paid_again_by_a_repeat(engine, models):
    asked_for = Counter()

    def reply(asked):
        name = asked_question(asked)
        asked_for[name] += 1
        if name == "1b":
            return models.error(400)
        return models.text("I cannot.") if asked_for[name] == 1 else one_mark(models, asked)

    models.reply = reply
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, BY_QUESTION)
    models.reply = lambda asked: one_mark(models, asked)
    before = len(models.asked)
    await engine.grade(engine.process(models.http), session, [])

    assert [asked_question(one) for one in models.asked[before:]] == ["1b"]
    assert set((await engine.marks(session)).values()) == {3, 1}


async def test_another_split_is_another_question_to_the_model(engine, models):
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, ONE)
    models.reply = lambda asked: one_mark(models, asked)
    await engine.grade(engine.process(models.http), session, BY_QUESTION)
    assert len(models.asked) == 3
    await engine.grade(engine.process(models.http), session, [{"name": "acme/one"}])
    assert len(models.asked) == 3, "the name alone repeats the stored plan with its split"


@pytest.mark.parametrize("split", ["question", "page", "none"])
async def test_the_simulator_marks_split_scripts_as_it_marks_whole_ones(engine, split):
    async with running_simulator(SimulatorConfig()) as simulator, open_http_client(limit=16) as http:
        session = await engine.session(questions=QUESTIONS, n_pages=2)
        process = engine.process(http, simulator.base_url)
        await engine.grade(process, session, [{"name": "simulated/careful", "tries": 2, "split": split}])
        calls = simulator.stats.calls

    expected = {
        (one.question_id, "simulated/careful", n): SimulatorConfig().true_mark(
            "simulated/careful", one.question_id, one.max_marks, n
        )
        for one in QUESTIONS
        for n in (1, 2)
    }
    assert await engine.marks(session) == expected
    assert calls == {"question": 8, "page": 4, "none": 2}[split]


async def test_stored_slices_are_read_anew_without_a_change(engine, models):
    models.reply = lambda asked: one_mark(models, asked)
    session = await engine.session()
    await engine.grade(engine.process(models.http), session, tries(2, split="question"))
    found = await reread_session(engine.store, session)

    assert (found["answers"], found["changes"]) == (2, [])
