"""Listeners of an exam are told of each change, and the stream ends with the last script."""

import asyncio

import pytest

from app.grading.exam_feed import ExamFeed, exam_progress
from app.work.background import Background


def script(name, status, finished):
    attempts = {"total": 4, "finished": finished, "failed": 0}
    row = {
        "session_id": name,
        "name": name,
        "status": status,
        "failure_reason": None,
        "cost_usd": 0.25,
        "simulated": False,
    }
    return row | {"attempts": attempts, "progress": finished / 4, "run": 1, "seed": False}


def exam(*scripts):
    return {"exam_id": "e", "name": "Science", "sessions": list(scripts), "questions": [], "markers": []}


class Exams:
    """An exam that moves on with every read."""

    def __init__(self, *states):
        self.states = list(states)

    def for_owner(self, _owner):
        return self

    async def exam(self, _exam_id):
        return self.states.pop(0)


async def some_turns(_seconds):
    """So many turns of the loop that the listener has taken what it was told."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_each_change_is_told_and_the_end():
    states = [exam(script("a", "grading", n), script("b", "created", 0)) for n in (0, 1, 1, 3)]
    states.append(exam(script("a", "graded", 4), script("b", "created", 0)))
    background = Background()
    feed = ExamFeed(Exams(*states), background, sleep=some_turns)

    events = [event async for event in await feed.listen("e", None, None)]

    assert [event.name for event in events] == ["progress", "progress", "progress", "progress", "done"]
    assert [event.data["attempts"]["finished"] for event in events] == [0, 1, 3, 4, 4]
    assert events[-1].data["progress"] == 0.5


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), "created"),
        (("created", "created"), "created"),
        (("graded", "grading"), "grading"),
        (("graded", "failed"), "graded"),
        (("failed", "created"), "failed"),
    ],
)
def test_an_exam_is_graded_where_any_script_is_and_none_is_under_way(statuses, status):
    scripts = [script(str(n), one, 0) for n, one in enumerate(statuses)]

    assert exam_progress(exam(*scripts))["status"] == status
