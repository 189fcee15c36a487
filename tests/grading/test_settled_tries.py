"""Plans with `tries: {min, max, until: settled}`, over a real Postgres."""

import pytest

from app.grading.plan import plan_from_request
from app.schemas.grade import GradeSingleReq
from tests.grading.fakes import GOOD, SESSION

SETTLED = {"min": 1, "max": 5, "until": "settled"}
THREE = [{"name": f"acme/{name}", "tries": SETTLED} for name in ("one", "two", "three")]


def split(models):
    """Two markers that never agree with the third."""
    return lambda asked: models.marks(GOOD if asked.model != "acme/three" else {"1a": 0, "1b": 2})


async def made(engine, session):
    return len(await engine.calls(session))


async def test_where_all_agree_the_rest_is_not_asked_and_leaves_the_plan(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, THREE)

    progress = await engine.progress(session)
    assert len(models.asked) == 5
    assert (progress["status"], progress["progress"]) == ("graded", 1)
    assert (progress["attempts"]["total"], progress["attempts"]["succeeded"]) == (5, 5)


async def test_where_they_disagree_all_tries_are_made(engine, models):
    models.reply = split(models)
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, THREE)

    assert max(models.asked_for().values()) == 1
    assert await made(engine, session) > 10


async def test_the_same_plan_again_asks_nothing(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, THREE)
    models.asked.clear()
    for again in (THREE, []):
        await engine.grade(process, session, again)
        assert models.asked == []
        assert (await engine.progress(session))["attempts"]["total"] == 5


async def test_a_killed_process_leaves_the_decision_to_the_next(engine, models):
    models.open.clear()
    session, process = await engine.session(), engine.process(models.http)
    await engine.start(session, THREE)
    process.launcher.launch(session)
    await engine.until(lambda: len(models.asked) == 3)
    await process.kill()
    engine.expire_lease(session)
    models.open.set()
    await engine.work(engine.process(models.http), session)

    assert (await engine.progress(session))["status"] == "graded"
    assert await made(engine, session) == 5


async def test_a_number_of_tries_in_place_of_it_makes_them_all(engine, models):
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, THREE)
    await engine.grade(process, session, [one | {"tries": 2} for one in THREE])

    assert sorted(models.asked_for().values()) == [1] * 6
    assert await made(engine, session) == 6


async def test_a_cancel_ends_the_tries_that_were_not_decided_on(engine, models):
    models.open.clear()
    session, process = await engine.session(), engine.process(models.http)
    await engine.start(session, THREE)
    process.launcher.launch(session)
    await engine.until(lambda: len(models.asked) == 3)
    await engine.store.cancel_session(session, "cancelled")
    await process.launcher.stop(session, "cancelled")
    models.open.set()
    await process.launcher.wait(30)

    progress = await engine.progress(session)
    assert progress["failure_reason"] == "cancelled"
    assert progress["attempts"]["pending"] == 0
    assert len(models.asked) == 3


async def test_a_marker_that_fails_is_asked_no_more_often_than_the_plan_says(engine, models):
    models.reply = lambda _: models.error(400)
    session, process = await engine.session(), engine.process(models.http)
    await engine.grade(process, session, THREE[:1])

    assert max(models.asked_for().values()) == 1
    assert (await engine.progress(session))["status"] == "failed"


def plan(tries, stored=None, **more):
    return plan_from_request(
        GradeSingleReq(session_id=SESSION, models=[{"name": "a/b", "tries": tries}], **more), stored
    )


def test_names_alone_repeat_the_rule_and_a_number_replaces_it():
    stored = plan(SETTLED)
    assert (stored.markers[0].tries, stored.markers[0].settled_from) == (5, 1)
    assert plan(None, stored) == stored
    assert plan(3, stored).markers[0].settled_from is None
    assert plan({"min": 2, "max": 2, "until": "settled"}).markers[0].settled_from is None


@pytest.mark.parametrize(
    "wrong", [{"min": 3, "max": 2, "until": "settled"}, {"max": 5}, {"max": 21, "until": "settled"}]
)
def test_a_rule_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"tries"):
        plan(wrong)
