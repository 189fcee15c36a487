"""Answers that cannot be read are asked for twice at most, and a stripped parameter is noted."""

import json

import httpx

from app.marks.model import Stage
from tests.grading.fakes import GOOD, tries


async def test_an_answer_that_cannot_be_read_is_asked_for_twice(runs, models, fake_store):
    models.reply = lambda _: models.text("I cannot say.")
    await runs.start(runs.make())

    assert models.asked_for(Stage.ASSESSMENT) == {("acme/one", 1): 2}
    assert fake_store.statuses() == {1: ["waiting", "failed"]}


async def test_an_empty_answer_and_an_unreadable_one_are_two(runs, models, fake_time, fake_store):
    models.reply = lambda asked: models.text("" if asked.nth == 1 else "I cannot say.")
    await runs.start(runs.make())
    await fake_time.pass_(60)

    assert models.asked_for(Stage.ASSESSMENT) == {("acme/one", 1): 2}
    assert fake_store.statuses() == {1: ["failed"]}


async def test_an_unreadable_answer_and_an_empty_one_are_two(runs, models, fake_store):
    models.reply = lambda asked: models.text("I cannot say." if asked.nth == 1 else "")
    await runs.start(runs.make())

    assert models.asked_for(Stage.ASSESSMENT) == {("acme/one", 1): 2}


async def test_an_answer_with_some_marks_is_completed_as_before(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3} if asked.nth == 1 else GOOD)
    await runs.start(runs.make())

    assert fake_store.statuses() == {1: ["waiting", "succeeded"]}


async def test_what_a_model_refuses_is_noted_on_the_run_once(engine, models):
    told = {"error": {"code": 400, "message": "max_tokens must be at most 2000"}}

    def reply(asked):
        refused = json.loads(asked.text)["max_tokens"] > 2000
        return httpx.Response(400, json=told) if refused else models.marks(GOOD)

    models.reply = reply
    session = await engine.session()
    await engine.grade(engine.process(models.http, capacity=1), session, tries(3))
    progress = await engine.progress(session)

    assert len(models.asked) == 4
    assert progress["attempts"]["succeeded"] == 3
    assert progress["notes"] == ["acme/one writes at most 2000 tokens: max_tokens is lowered to that."]
