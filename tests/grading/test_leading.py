"""Where a model's cache pays, the first call of a kind goes ahead of the others: runs over fakes."""

import json

import pytest

from app.openrouter.catalogue import ModelCapabilities, ModelPrice
from app.work.leads import Leads
from tests.grading.fakes import slow

CACHES = ModelCapabilities(price=ModelPrice(2e-6, 8e-6, 0.0, 2e-7, 2.5e-6))
OTHER = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(autouse=True)
def an_answer_takes_a_second(models, fake_time):
    models.reply = lambda _: slow(fake_time, models, 1)


async def test_the_first_try_goes_ahead_and_the_others_follow_its_answer(runs, models, fake_time, fake_store):
    await runs.start(runs.make(tries=4, known=CACHES))
    assert [one.try_index for one in models.asked] == [1]

    await fake_time.pass_(1)
    assert [one.try_index for one in models.asked] == [1, 2, 3, 4]
    await fake_time.pass_(1)
    assert fake_store.finished == ("graded", None)


async def test_where_no_cache_is_known_all_start_at_once(runs, models):
    await runs.start(runs.make(tries=4))
    assert len(models.asked) == 4


async def test_a_first_try_that_fails_lets_the_next_go_ahead(runs, models, fake_store):
    models.reply = lambda asked: models.error(400) if asked.try_index == 1 else models.marks({"1a": 3, "1b": 1})
    await runs.start(runs.make(tries=3, known=CACHES))

    assert fake_store.statuses() == {1: ["failed"], 2: ["succeeded"], 3: ["succeeded"]}


async def test_scripts_of_an_exam_follow_its_first_call_on_the_same_provider(runs, models, fake_time):
    of_exam = {"model": "deepseek/one", "exam_id": "e", "known": CACHES, "leads": Leads()}
    for session_id, page in ((OTHER, "1"), (OTHER.replace("1", "2"), "2")):
        await runs.start(runs.make(session_id=session_id, page=page, **of_exam))
    assert len(models.asked) == 1

    await fake_time.pass_(1)
    sent = [json.loads(one.text) for one in models.asked]
    assert len(sent) == 2
    assert sent[0]["session_id"] == sent[1]["session_id"]
    assert sent[0]["session_id"].endswith("/deepseek/one")


async def test_a_script_alone_keeps_a_provider_of_its_own(runs, models):
    await runs.start(runs.make(session_id=OTHER, known=CACHES))
    assert json.loads(models.asked[0].text)["session_id"] == f"{OTHER}/acme/one"


async def test_a_stop_ends_the_calls_that_wait_for_the_first(runs, models, fake_store, fake_time):
    run = runs.make(tries=3, known=CACHES)
    await runs.start(run)
    run.stop("cancelled")
    await fake_time.pass_(1)

    assert len(models.asked) == 1
    assert fake_store.statuses() == {1: ["succeeded"], 2: ["cancelled"], 3: ["cancelled"]}
    assert fake_store.finished == ("failed", "cancelled")


async def test_an_incomplete_answer_is_asked_for_again_with_the_cache_as_it_is(runs, models, fake_store, fake_time):
    models.reply = lambda asked: models.marks({"1a": 3} if asked.nth == 1 else {"1b": 1})
    await runs.start(runs.make(tries=2, known=CACHES))

    assert fake_store.statuses() == {1: ["waiting", "succeeded"], 2: ["waiting", "succeeded"]}
