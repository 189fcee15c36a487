import asyncio
import logging
from contextlib import suppress

import pytest

from app.work.background import Background


@pytest.fixture
def background():
    return Background()


async def for_ever():
    await asyncio.Event().wait()


async def test_work_runs_under_its_name(background):
    async def work():
        return asyncio.current_task().get_name()

    assert await background.start(work(), name="run 7") == "run 7"


async def test_a_task_that_fails_is_logged_by_name(background, caplog):
    async def work():
        raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR):
        await asyncio.gather(background.start(work(), name="run 7"), return_exceptions=True)
        await asyncio.sleep(0)

    (record,) = caplog.records
    assert "run 7" in record.getMessage()
    assert str(record.exc_info[1]) == "broken"


async def test_a_cancelled_task_is_nothing_to_report(background, caplog):
    task = background.start(for_ever(), name="run 7")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert caplog.records == []


async def test_draining_waits_for_what_ends_by_itself(background):
    ended = []

    async def work():
        await asyncio.sleep(0)
        ended.append(True)

    background.start(work(), name="short")
    await background.drain(10)

    assert ended == [True]


async def test_draining_cancels_what_does_not_end_and_waits_for_its_end(background):
    tidied = []

    async def work():
        try:
            await for_ever()
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    task = background.start(work(), name="long")
    await background.drain(0)

    assert task.cancelled()
    assert tidied == [True]


async def test_an_endless_task_is_not_waited_for(background):
    task = background.start(for_ever(), name="supervisor", endless=True)
    async with asyncio.timeout(60):
        await background.drain(60)

    assert task.cancelled()


async def test_draining_leaves_behind_what_does_not_end_when_it_is_cancelled(background, monkeypatch, caplog):
    monkeypatch.setattr("app.work.background.END_SECONDS", 0.01)
    told_to_end = asyncio.Event()

    async def stubborn():
        while not told_to_end.is_set():
            with suppress(asyncio.CancelledError):
                await told_to_end.wait()

    task = background.start(stubborn(), name="a stubborn task")
    await asyncio.sleep(0)
    await background.drain(0)

    assert not task.done()
    assert "background task a stubborn task does not end" in caplog.text
    told_to_end.set()
    await task


async def test_draining_nothing_returns_at_once(background):
    draining = asyncio.create_task(background.drain(60))
    await asyncio.sleep(0)

    assert draining.done()


async def test_finished_tasks_are_not_kept(background):
    for number in range(3):
        await background.start(asyncio.sleep(0), name=str(number), endless=number == 1)
    await asyncio.sleep(0)

    assert (background._tasks, background._endless) == (set(), set())


async def test_a_loop_that_dies_is_down_until_it_has_been_started_again():
    background, lives, dies = Background(), asyncio.Event(), asyncio.Event()
    began = []

    async def loop():
        began.append(1)
        if len(began) == 1:
            await dies.wait()
            raise ValueError("boom")
        await lives.wait()

    async def sleep(_):
        await asyncio.sleep(0)

    background.keep(loop, name="look for work", sleep=sleep)
    await asyncio.sleep(0)
    assert background.down == {}
    dies.set()
    async with asyncio.timeout(30):
        while not background.down:  # noqa: ASYNC110 - the loop dies in its own task
            await asyncio.sleep(0)
        assert background.down == {"look for work": "ValueError"}
        while background.down:  # noqa: ASYNC110 - it has to run for a second
            await asyncio.sleep(0.01)
    assert len(began) == 2
    await background.drain(1)


async def test_a_loop_that_ends_in_order_is_not_started_again():
    background, began = Background(), []

    async def loop():
        began.append(1)

    await background.keep(loop, name="look for work")
    assert (began, background.down) == ([1], {})
