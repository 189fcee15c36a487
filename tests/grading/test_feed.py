"""Live progress without a network: the moments that a real run meets only by chance."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import NotFoundError
from app.grading.feed import SessionFeed
from app.store.records import AttemptRow
from app.work.background import Background
from app.work.feed import Sent, Snapshot, events_since

STARTED, LATER = "2026-11-21T10:00:00+00:00", "2026-11-21T10:05:00+00:00"


def attempt(number: int, status: str) -> dict[str, Any]:
    return {"model_name": "m/a", "try_index": number, "status": status, "message": None}


def snapshot(*statuses: str, status: str = "grading", started_at: str | None = STARTED, **more: Any) -> Snapshot:
    attempts = tuple(attempt(number, one) for number, one in enumerate(statuses, start=1))
    return Snapshot({"status": status, "started_at": started_at, **more}, attempts)


def names(sent: Sent, now: Snapshot) -> list[str]:
    return [event.name for event in events_since(sent, now)[0]]


class FakeStore:
    """Answers progress and attempts from a list of snapshots, a step further with each answer; then it is `gone`."""

    def __init__(self, *steps: Snapshot) -> None:
        self.gone = asyncio.Event()
        self._steps: Iterator[Snapshot] = iter(steps)

    def for_owner(self, owner_id: str | None) -> "FakeStore":
        return self

    def _next(self) -> Snapshot:
        try:
            return next(self._steps)
        except StopIteration:
            self.gone.set()
            raise NotFoundError("gone") from None

    async def session_progress(self, session_id: str) -> bytes:
        return json.dumps(self._next().progress).encode()

    async def session_attempts(self, session_id: str) -> tuple[str | None, list[AttemptRow]]:
        step = self._next()
        return step.progress["started_at"], list(step.attempts)


async def events_of(*steps: Snapshot, last_event_id: str | None = None) -> list[tuple[str, Any]]:
    feed = SessionFeed(FakeStore(*steps), Background(), sleep=lambda _: asyncio.sleep(0))
    return [(event.name, event.data) async for event in await feed.listen("s", None, last_event_id)]


def test_a_change_of_the_estimate_alone_is_no_news():
    sent = events_since(Sent(), snapshot("running", estimated_seconds_left=9))[1]
    assert names(sent, snapshot("running", estimated_seconds_left=8)) == []
    assert names(sent, snapshot("running", estimated_seconds_left=8, cost_usd=1)) == ["progress"]


def test_a_repeat_counts_finished_attempts_anew():
    sent = events_since(Sent(), snapshot("succeeded", "failed", status="graded"))[1]
    repeated = snapshot("succeeded", "pending", started_at=LATER)
    events, sent = events_since(sent, repeated)
    assert [event.data["try_index"] for event in events if event.name == "attempt"] == [1]
    events, _ = events_since(sent, snapshot("succeeded", "succeeded", started_at=LATER))
    assert [event.data["try_index"] for event in events if event.name == "attempt"] == [2]


def test_an_id_carries_on_where_it_was_given():
    events, _ = events_since(Sent(), snapshot("succeeded", "failed", "running"))
    ids = [event.id for event in events if event.name == "attempt"]
    for count, event_id in enumerate(ids, start=1):
        later, _ = events_since(Sent.from_event_id(event_id), snapshot("succeeded", "failed", "succeeded"))
        assert [event.data["try_index"] for event in later if event.name == "attempt"] == [1, 2, 3][count:]


@pytest.mark.parametrize("strange", [None, "", "1", ":", "x:-1", "x:1.5", f"{LATER}:1"])
def test_an_id_of_another_start_or_of_nobody_begins_at_the_beginning(strange):
    events, _ = events_since(Sent.from_event_id(strange), snapshot("succeeded", "failed"))
    assert [event.data["try_index"] for event in events if event.name == "attempt"] == [1, 2]


async def test_the_end_is_never_sent_before_the_last_attempt():
    running = snapshot("succeeded", "running")
    over = snapshot("succeeded", "succeeded", status="graded")
    # The run ends between the two reads of one look.
    events = await events_of(running, over, over, over)
    assert [name for name, _ in events][-1] == "done"
    assert [data["try_index"] for name, data in events if name == "attempt"] == [1, 2]


async def test_a_repeat_that_begins_between_two_reads_is_not_mistaken_for_the_end():
    over = snapshot("succeeded", "failed", status="graded")
    again = snapshot("succeeded", "running", started_at=LATER)
    done = snapshot("succeeded", "succeeded", started_at=LATER, status="graded")
    events = await events_of(over, again, again, again, done, done)
    assert [name for name, _ in events].count("done") == 1
    assert events[-1][1]["started_at"] == LATER
    assert sorted(data["try_index"] for name, data in events if name == "attempt") == [1, 2]


async def test_a_listener_that_is_busy_when_the_session_goes_away_still_ends():
    before, after = snapshot("running"), snapshot("waiting", cost_usd=1)
    store = FakeStore(before, before, after, after)
    feed = SessionFeed(store, Background(), sleep=lambda _: asyncio.sleep(0))
    stream = await feed.listen("s", None, None)
    sent = [(await anext(stream)).name for _ in range(3)]
    await asyncio.wait_for(store.gone.wait(), 30)
    assert sent == ["attempts", "progress", "attempts"]
    assert await asyncio.wait_for(_rest(stream), 30) == ["progress"]


async def test_closing_ends_every_stream_and_lets_nobody_wait_any_more():
    step = snapshot("running")
    asleep = asyncio.Event()

    async def for_ever(_: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    feed = SessionFeed(FakeStore(*[step] * 8), Background(), sleep=for_ever)
    streams = [await feed.listen("s", None, None) for _ in range(2)]
    listening = [asyncio.create_task(_rest(stream)) for stream in streams]
    await asyncio.wait_for(asleep.wait(), 30)  # the reading begins only after all who listen have joined
    feed.close()
    assert await asyncio.wait_for(asyncio.gather(*listening), 30) == [["attempts", "progress"]] * 2
    assert await _rest(await feed.listen("s", None, None)) == ["attempts", "progress"]


async def _rest(stream: Any) -> list[str]:
    return [event.name async for event in stream]
