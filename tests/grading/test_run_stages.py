"""Attempts of more than one call: the rubric before the assessment, and what is asked for once more."""

import pytest

from app.marks.model import CallStatus, Stage
from tests.grading.fakes import GOOD


async def test_an_incomplete_answer_is_stored_at_once_and_asked_for_once_more(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3} if asked.nth == 1 else {"1b": 1})
    await runs.start(runs.make())

    first, second = fake_store.outcomes
    assert (first["status"], second["status"]) == ("waiting", "succeeded")
    assert [row["marks_awarded"] for row in first["results"]] == [3, None]
    assert [row["marks_awarded"] for row in second["results"]] == [3, 1]


async def test_the_second_answer_fills_only_what_is_unmarked(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3} if asked.nth == 1 else {"1a": 0, "1b": 1})
    await runs.start(runs.make())

    assert [row["marks_awarded"] for row in fake_store.outcomes[-1]["results"]] == [3, 1]


async def test_only_what_is_unmarked_is_named_in_the_second_asking(runs, models):
    models.reply = lambda _: models.marks({"1a": 3})
    await runs.start(runs.make())

    second = models.asked[1].last_part
    assert ("1b" in second, "1a" in second) == (True, False)


async def test_what_is_still_unmarked_is_not_asked_for_a_third_time(runs, models, fake_store):
    models.reply = lambda _: models.marks({"1a": 3})
    await runs.start(runs.make())

    assert len(models.asked) == 2
    assert fake_store.outcomes[-1]["status"] == "succeeded"


async def test_a_question_that_the_model_declined_is_not_asked_for_again(runs, models):
    models.reply = lambda _: models.marks({"1a": 3, "1b": None})
    await runs.start(runs.make())

    assert len(models.asked) == 1


async def test_an_unreadable_answer_is_asked_for_once_more(runs, models, fake_store):
    models.reply = lambda asked: models.text("I cannot.") if asked.nth == 1 else models.marks(GOOD)
    await runs.start(runs.make())

    assert fake_store.statuses() == {1: ["waiting", "succeeded"]}


async def test_two_unreadable_answers_are_a_failure(runs, models, fake_store):
    models.reply = lambda _: models.text("I cannot.")
    await runs.start(runs.make())

    assert fake_store.outcomes[-1]["error"]["reason"] == "parse"
    assert fake_store.finished[0] == "failed"


async def test_a_second_asking_that_fails_keeps_the_first_answer(runs, models, fake_store):
    models.reply = lambda asked: models.marks({"1a": 3}) if asked.nth == 1 else models.error(400)
    await runs.start(runs.make())

    last = fake_store.outcomes[-1]
    assert (last["status"], [row["marks_awarded"] for row in last["results"]]) == ("succeeded", [3, None])


async def test_a_stored_first_answer_is_not_asked_for_again(runs, models, fake_store):
    first = '{"answers": [{"question_id": "1a", "marks_awarded": 3, "rubric_notes": "r"}]}'
    models.reply = lambda _: models.marks({"1b": 1})
    stored = [(1, Stage.ASSESSMENT, {"status": CallStatus.WAITING, "first_answer": first})]
    await runs.start(runs.make(stored=stored))

    assert len(models.asked) == 1
    assert [row["marks_awarded"] for row in fake_store.outcomes[0]["results"]] == [3, 1]


async def test_the_criteria_of_the_rubric_go_into_the_assessment(runs, models, fake_store):
    models.reply = lambda asked: models.criteria() if asked.stage is Stage.RUBRIC else models.marks(GOOD)
    await runs.start(runs.make(rubric=True))

    rubric, assessment = models.asked
    assert (rubric.stage, assessment.stage) == (Stage.RUBRIC, Stage.ASSESSMENT)
    assert "shows the working" in assessment.text
    assert "https://scans.test/rubric.png" in rubric.text
    assert (fake_store.statuses(Stage.RUBRIC), fake_store.statuses()) == ({1: ["succeeded"]}, {1: ["succeeded"]})


async def test_criteria_that_are_stored_are_not_paid_again(runs, models):
    criteria = '{"grading_criteria": [{"criterion": "names the theorem"}]}'
    stored = [(1, Stage.RUBRIC, {"status": CallStatus.SUCCEEDED, "criteria": criteria})]
    await runs.start(runs.make(rubric=True, stored=stored))

    assert [asked.stage for asked in models.asked] == [Stage.ASSESSMENT]
    assert "names the theorem" in models.asked[0].text


@pytest.mark.parametrize("reply", ["error", "text"])
async def test_a_rubric_that_cannot_be_read_fails_its_attempt_and_says_so(runs, models, fake_store, reply):
    models.reply = lambda _: models.error(400) if reply == "error" else models.text("I cannot.")
    await runs.start(runs.make(rubric=True))

    assert [asked.stage for asked in models.asked] == [Stage.RUBRIC]
    assert (fake_store.statuses(Stage.RUBRIC), fake_store.statuses()) == ({1: ["failed"]}, {1: ["failed"]})
    assessment = next(one for one in fake_store.outcomes if one["stage"] == "assessment")
    assert assessment["error"]["reason"] == "rubric_failed"
    assert [row["question_id"] for row in assessment["results"]] == ["1a", "1b"]


async def test_a_rubric_that_is_cancelled_cancels_its_attempt(runs, models, fake_store, make_client):
    models.reply = lambda _: models.error(402)
    await runs.start(runs.make(make_client(capacity=1), tries=2, rubric=True))

    assert fake_store.statuses() == {1: ["failed"], 2: ["cancelled"]}
