"""The counts of a poll in the process that owns the run."""

import asyncio

import pytest

from app.marks.model import Stage
from app.openrouter.call import Phase
from app.store.runs import CallKey
from app.work.leased_work import Phases
from app.work.live_counts import with_live_counts

NONE = dict.fromkeys(("pending", "running", "waiting", "succeeded", "failed", "cancelled"), 0)


@pytest.fixture
async def at_work():
    """Phases of so many running and waiting calls."""
    tasks = []

    def at_work(running, waiting=0):
        phases = Phases()
        for number, phase in enumerate([Phase.RUNNING] * running + [Phase.WAITING] * waiting):
            tasks.append(asyncio.create_task(asyncio.sleep(0)))
            phases.enter(tasks[-1], CallKey("a/b", number + 1, Stage.ASSESSMENT), phase)
        return phases

    yield at_work
    await asyncio.gather(*tasks)


async def test_what_runs_and_waits_is_counted_as_of_now(at_work):
    stored = {"attempts": NONE | {"total": 10, "pending": 7, "running": 1, "succeeded": 2}}

    counted = with_live_counts(stored, at_work(3, waiting=2))["attempts"]

    assert counted == stored["attempts"] | {"pending": 3, "running": 3, "waiting": 2}


async def test_a_call_that_runs_while_its_run_is_stopped_is_not_cancelled(at_work):
    stored = {"attempts": NONE | {"total": 10, "running": 1, "cancelled": 9}}

    counted = with_live_counts(stored, at_work(3))["attempts"]

    assert counted == stored["attempts"] | {"running": 3, "cancelled": 7}
