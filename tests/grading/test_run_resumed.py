"""Runs over a real Postgres whose process was killed: what the next one does, and what it does not pay again."""

import asyncio
import json

from app.marks.model import Stage
from tests.grading.fakes import GOOD, ONE, tries


async def killed_half_way(engine, models, session, *, asked, stored):
    """A process that is killed when it has asked and stored so much, and hangs at the rest."""
    process = engine.process(models.http)
    process.launcher.launch(session)
    await engine.until(lambda: (len(models.asked), engine.stored(session)) == (asked, stored))
    await process.kill()
    engine.expire_lease(session)


async def hang(models, asked):
    """Hangs for as long as the process that asks lives."""
    await asyncio.Event().wait()


async def test_a_killed_process_leaves_its_session_to_the_next(engine, models):
    models.reply = lambda asked: hang(models, asked) if asked.nth == 1 and asked.try_index > 2 else models.marks(GOOD)
    session = await engine.session()
    await engine.start(session, tries(5))
    await killed_half_way(engine, models, session, asked=5, stored=2)
    await engine.work(engine.process(models.http), session)

    assert models.asked_for() == {("acme/one", n): 1 if n <= 2 else 2 for n in range(1, 6)}
    assert len(await engine.marks(session)) == 10
    assert (await engine.progress(session))["status"] == "graded"


async def test_a_session_whose_lease_is_good_is_nobody_elses(engine, models):
    models.open.clear()
    session = await engine.session()
    await engine.start(session, ONE)
    first, second = engine.process(models.http), engine.process(models.http)
    first.launcher.launch(session)
    await engine.until(lambda: models.asked)
    await engine.work(second, session)

    assert len(models.asked) == 1


async def test_a_second_asking_that_is_resumed_does_not_pay_for_the_first_answer_again(engine, models):
    models.reply = lambda asked: (
        models.marks({"1a": 3}) if asked.nth == 1 else hang(models, asked) if asked.nth == 2 else models.marks(GOOD)
    )
    session = await engine.session()
    await engine.start(session, ONE)
    await killed_half_way(engine, models, session, asked=2, stored=1)
    models.reply = lambda _: models.marks({"1a": 0, "1b": 2})
    await engine.work(engine.process(models.http), session)

    assert len(models.asked) == 3
    assert "1b" in models.asked[2].last_part
    assert await engine.marks(session) == {("1a", "acme/one", 1): 3, ("1b", "acme/one", 1): 2}
    assert (await engine.calls(session))["acme/one", 1]["prompt_tokens"] == 200


async def test_criteria_that_were_read_are_not_paid_again_on_resume(engine, models):
    models.reply = lambda asked: models.criteria() if asked.stage is Stage.RUBRIC else hang(models, asked)
    session = await engine.session(rubric=True)
    await engine.start(session, ONE)
    await killed_half_way(engine, models, session, asked=2, stored=1)
    models.reply = lambda _: models.marks(GOOD)
    await engine.work(engine.process(models.http), session)

    assert models.asked_for(Stage.RUBRIC) == {("acme/one", 1): 1}
    assert "shows the working" in models.asked[-1].text
    assert (await engine.progress(session))["status"] == "graded"


async def test_a_resumed_run_shows_the_examples_of_its_start_whatever_the_human_says_now(engine, models):
    example = await engine.session(human={"1a": 2, "1b": 0})
    models.reply = lambda asked: hang(models, asked) if asked.nth == 1 and asked.try_index > 1 else models.marks(GOOD)
    session = await engine.session()
    await engine.start(session, [{"name": "acme/one", "tries": 2, "examples": [example]}])
    await killed_half_way(engine, models, session, asked=2, stored=1)
    await engine.configure(example, human={"1a": 0, "1b": 0})
    await engine.work(engine.process(models.http), session)

    assert len({json.dumps(json.loads(asked.text)["messages"]) for asked in models.asked}) == 1
    assert "1a: 2 of" in models.asked[-1].text
