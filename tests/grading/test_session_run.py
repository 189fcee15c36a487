"""A run over fakes, from its first call to how it ends; several runs at once."""

import gc
import weakref

import pytest

from app.grading.session_run import ending
from app.store.runs import RunSummary
from tests.grading.fakes import GOOD, slow


def summary(**changes):
    return RunSummary(**{"attempts": 3, "succeeded": 3, "unfinished": 0, "marked": 3, "first_failure": None} | changes)


@pytest.mark.parametrize(
    ("counts", "stop_reason", "expected"),
    [
        ({}, None, ("graded", None)),
        ({"succeeded": 1, "marked": 1, "first_failure": "It broke."}, None, ("graded", None)),
        (
            {"succeeded": 0, "marked": 0, "first_failure": "It broke."},
            None,
            ("failed", "No attempt gave marks. It broke."),
        ),
        ({"succeeded": 3, "marked": 0}, None, ("failed", "No attempt gave marks.")),
        ({"unfinished": 2}, None, ("failed", "2 calls ended without a stored outcome.")),
        ({}, "No credit.", ("failed", "No credit.")),
        ({"unfinished": 2}, "cancelled", ("failed", "cancelled")),
    ],
)
def test_a_run_is_graded_when_one_attempt_gave_marks_and_nothing_stopped_it(counts, stop_reason, expected):
    assert ending(summary(**counts), stop_reason) == expected


async def test_every_attempt_is_asked_once_and_stored(runs, models, fake_store):
    await runs.start(runs.make(tries=5))

    assert set(models.asked_for().values()) == {1}
    assert fake_store.statuses() == {number: ["succeeded"] for number in range(1, 6)}
    assert fake_store.finished == ("graded", None)


async def test_a_run_with_nothing_left_to_do_is_finished_at_once(runs, models, fake_store):
    await runs.start(runs.make(tries=0))

    assert models.asked == []
    assert fake_store.finished is not None


async def test_a_failed_attempt_takes_no_other_with_it(runs, models, fake_store):
    models.reply = lambda asked: models.error(400) if asked.try_index == 2 else models.marks(GOOD)
    await runs.start(runs.make(tries=3))

    assert fake_store.statuses() == {1: ["succeeded"], 2: ["failed"], 3: ["succeeded"]}


async def test_an_attempt_that_breaks_by_a_fault_of_ours_ends_the_run_visibly(runs, fake_store, monkeypatch):
    def broken(content, questions):
        raise ZeroDivisionError

    monkeypatch.setattr("app.grading.answers.marks.parse_answer", broken)
    fake_store.unfinished = 1
    await runs.start(runs.make())

    assert fake_store.finished == ("failed", "1 calls ended without a stored outcome.")


async def test_of_four_sessions_none_is_left_behind(runs, models, fake_time, make_client):
    client, tries = make_client(capacity=4), 20
    models.reply = lambda _: slow(fake_time, models, 1)
    names = [f"00000000-0000-0000-0000-00000000000{number}" for number in range(4)]
    await runs.start(runs.make(client, tries=tries, session_id=names[0]))
    for name in names[1:]:
        await runs.start(runs.make(client, tries=tries, session_id=name))
    answered = dict.fromkeys(names, 0)
    while answered[names[0]] < tries / 2:
        await fake_time.pass_(1)
        answered = {name: sum(one.session == name for one in models.answered) for name in names}

    assert min(answered.values()) >= tries / 5


async def test_a_run_that_has_ended_is_gone_without_a_search_for_garbage(runs):
    # Its requests hold images, and a process looks for garbage rarely.
    run = runs.make(tries=3)
    await (await runs.start(run))
    gone = weakref.ref(run)
    gc.disable()
    try:
        del run
        assert gone() is None
    finally:
        gc.enable()
