import asyncio

import pytest

from app.errors import UpstreamUnavailableError
from app.grading.recorder import BATCH, Recorder
from app.store.transport import DataError, StoreError

AWAY = UpstreamUnavailableError("The database does not answer.")


class Store:
    """Keeps batches. `refuses` names models whose outcomes are data errors until escaped; `trouble` is raised first."""

    def __init__(self):
        self.batches = []
        self.open = asyncio.Event()
        self.open.set()
        self.trouble = []
        self.refuses = set()
        self.refuses_escaped = False

    async def record_calls(self, session_id, run, outcomes):
        await self.open.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        for one in outcomes:
            is_escaped = (one.get("error") or {}).get("reason") == "not_storable"
            if one["model_name"] in self.refuses and (self.refuses_escaped or not is_escaped):
                raise DataError("A value cannot be stored.")
        self.batches.append([(one["model_name"], one["status"]) for one in outcomes])


def outcome(model):
    return {
        "model_name": model,
        "try_index": 1,
        "stage": "assessment",
        "input_hash": "h",
        "status": "succeeded",
        "error": None,
        "completions": [{"content": "text"}],
        "results": [{"question_id": "1a", "marks_awarded": 3}],
    }


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def slept():
    return []


@pytest.fixture
def recorder(store, slept):
    async def sleep(seconds):
        slept.append(seconds)
        await asyncio.sleep(0)

    return Recorder(store, "session", 1, sleep=sleep)


async def start(recorder, *names):
    tasks = [asyncio.create_task(recorder.record(outcome(name))) for name in names]
    await asyncio.sleep(0.0)
    await asyncio.sleep(0.0)
    return tasks


async def test_an_outcome_is_stored_when_record_returns(recorder, store):
    await recorder.record(outcome("a"))

    assert store.batches == [[("a", "succeeded")]]


async def test_outcomes_that_come_while_one_is_written_share_the_next_write(recorder, store):
    store.open.clear()
    first = await start(recorder, "a")
    rest = await start(recorder, "b", "c", "d")
    store.open.set()
    await asyncio.gather(*first, *rest)

    assert [[name for name, _ in batch] for batch in store.batches] == [["a"], ["b", "c", "d"]]


async def test_a_write_holds_a_bounded_number_of_outcomes(recorder, store):
    store.open.clear()
    tasks = await start(recorder, *(str(number) for number in range(2 * BATCH + 1)))
    store.open.set()
    await asyncio.gather(*tasks)

    assert [len(batch) for batch in store.batches] == [BATCH, BATCH, 1]


async def test_nobody_is_told_before_the_write_is_done(recorder, store):
    store.open.clear()
    (task,) = await start(recorder, "a")

    assert not task.done()
    store.open.set()
    await task


async def test_a_database_that_is_away_for_minutes_is_asked_until_it_is_back(recorder, store, slept):
    store.trouble = [AWAY] * 100
    await recorder.record(outcome("a"))

    assert sum(slept) > 180
    assert store.batches == [[("a", "succeeded")]]


async def test_waits_between_writes_grow_to_two_seconds(recorder, store, slept):
    store.trouble = [AWAY] * 7
    await recorder.record(outcome("a"))

    assert slept == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]


async def test_an_outage_that_is_over_leaves_no_long_wait_behind(recorder, store, slept):
    store.trouble = [AWAY] * 7
    await recorder.record(outcome("a"))
    store.trouble = [AWAY]
    await recorder.record(outcome("b"))

    assert slept[7:] == [0.2]


async def test_any_other_trouble_of_the_database_is_waited_out_too(recorder, store):
    store.trouble = [StoreError("The database is not up to date.", sqlstate="42883")]
    await recorder.record(outcome("a"))

    assert store.batches == [[("a", "succeeded")]]


async def test_an_outcome_that_is_refused_as_data_is_stored_as_a_failure(recorder, store, slept):
    store.refuses = {"bad"}
    await recorder.record(outcome("bad"))

    assert store.batches == [[("bad", "failed")]]
    assert slept == []


async def test_one_refused_outcome_takes_no_other_with_it(recorder, store):
    store.refuses = {"bad"}
    store.open.clear()
    tasks = await start(recorder, "first", "a", "bad", "b")
    store.open.set()
    await asyncio.gather(*tasks)

    assert [name_and_status for batch in store.batches for name_and_status in batch] == [
        ("first", "succeeded"),
        ("a", "succeeded"),
        ("bad", "failed"),
        ("b", "succeeded"),
    ]


async def test_an_outage_while_they_are_written_one_by_one_is_waited_out(recorder, store, slept):
    store.refuses = {"bad"}
    store.open.clear()
    tasks = await start(recorder, "a", "bad")
    store.trouble = [DataError("A value cannot be stored."), AWAY, AWAY]
    store.open.set()
    await asyncio.gather(*tasks)

    assert [name for batch in store.batches for name, _ in batch] == ["a", "bad"]
    assert len(slept) == 2


async def test_an_outcome_that_is_refused_escaped_too_is_told_to_its_caller_alone(recorder, store):
    store.refuses, store.refuses_escaped = {"bad"}, True
    store.open.clear()
    good, bad, late = await start(recorder, "a", "bad", "b")
    store.open.set()
    answers = await asyncio.gather(good, bad, late, return_exceptions=True)

    assert [type(answer) for answer in answers] == [type(None), DataError, type(None)]


async def test_a_fault_of_ours_is_told_to_those_who_wait(recorder, store):
    store.trouble = [KeyError("model_name")]

    with pytest.raises(KeyError):
        await recorder.record(outcome("a"))
    await recorder.record(outcome("b"))
    assert store.batches == [[("b", "succeeded")]]


async def test_the_outcome_of_a_cancelled_caller_is_stored_all_the_same(recorder, store):
    store.open.clear()
    tasks = [*await start(recorder, "a"), *await start(recorder, "b")]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    store.open.set()
    await recorder.drain()

    assert [name for batch in store.batches for name, _ in batch] == ["a", "b"]


async def test_draining_waits_for_what_came_last(recorder, store):
    store.trouble = [AWAY, AWAY]
    await start(recorder, "a", "b")
    await recorder.drain()

    assert [name for batch in store.batches for name, _ in batch] == ["a", "b"]


async def test_draining_nothing_returns_at_once_and_stores_nothing(recorder, store):
    await recorder.drain()

    assert store.batches == []
