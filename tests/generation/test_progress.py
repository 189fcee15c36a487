import pytest

from app.generation.progress import status_of, watched

SUMMARY = {
    "id": "t",
    "name": "Cells",
    "status": "generating",
    "model": "a/b",
    "questions_generated": 3,
    "target_questions": 8,
    "elapsed_time": 4.2,
    "failure_reason": None,
    "cost_usd": 0.1,
    "created_at": "2026-11-21T10:00:00",
    "finished_at": None,
    "unused_pages": [],
    "left_out": [],
    "notes": [],
}


@pytest.mark.parametrize("status", ["pending", "generating"])
def test_the_message_of_a_test_in_the_making(status):
    found = status_of(SUMMARY | {"status": status})

    assert found["message"] == "Generating... usually under 1 minute. 3 of 8 questions created"
    assert found["progress"] == 0.375


@pytest.mark.parametrize("status", ["completed", "partial", "failed"])
def test_the_message_of_a_test_that_is_over(status):
    assert status_of(SUMMARY | {"status": status})["message"] == "3 of 8 questions created"


def test_pages_that_no_question_may_use_are_named():
    assert status_of(SUMMARY)["notes"] == []
    found = status_of(SUMMARY | {"unused_pages": [1, 4]})
    assert found["unused_pages"] == [1, 4]
    left_out = [{"what": "pictures", "count": 1, "pages": [], "message": "1 picture left out."}]
    assert status_of(SUMMARY | {"left_out": left_out})["notes"] == ["1 picture left out."]
    assert found["notes"] == ["Pages 1, 4 are not used: too little running text for a question."]


def slot(number, **changes):
    row = {"slot": number, "accepted_at": None, "given_up": False, "message": None, "tried": False, "round": 0}
    return row | {"changed_at": None} | changes


def test_those_who_watch_see_one_attempt_for_each_place_the_finished_first():
    slots = [slot(1), slot(2, given_up=True, changed_at="11:00", message="no"), slot(3, accepted_at="10:30")]
    progress, attempts = watched({"test": SUMMARY, "tokens": {"input": 1, "output": 2}, "slots": slots})

    assert [(a["try_index"], a["status"]) for a in attempts] == [(3, "succeeded"), (2, "failed"), (1, "running")]
    assert (progress["attempts"]["total"], progress["attempts"]["failed"]) == (3, 1)
    assert "elapsed_time" not in progress


def test_what_is_left_of_a_cancelled_test_is_cancelled():
    _, attempts = watched({"test": SUMMARY | {"status": "failed"}, "tokens": {}, "slots": [slot(1, tried=True)]})

    assert attempts[0]["status"] == "cancelled"


def test_places_that_were_written_say_how_often():
    progress, _ = watched({"test": SUMMARY, "tokens": {}, "slots": [slot(1), slot(2, round=3), slot(3, round=1)]})

    assert progress["rounds"] == {"2": 3, "3": 1}
