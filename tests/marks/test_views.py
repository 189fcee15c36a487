from typing import Any

import pytest

from app.marks.rubric_view import by_question
from app.marks.views import (
    errors_by_model_try,
    results_by_question,
    reusable,
    rubric_results,
    statistics,
    tokens_by_stage,
)

UNREAD = {"reason": "unreadable", "message": "No number."}
FAILED = {"reason": "timeout", "message": "No answer in time."}


def call(model="m", number=1, stage="assessment", **more) -> dict[str, Any]:
    return {
        "model_name": model,
        "try_index": number,
        "stage": stage,
        "status": "succeeded",
        "error": None,
        "criteria": None,
        "validation_errors": [],
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "reasoning_tokens": 5,
        "cost_usd": 0.1,
    } | more


def result(question_id="a", mark: float | None = 1.0, model="m", number=1, errors=()):
    return {
        "question_id": question_id,
        "model_name": model,
        "try_index": number,
        "marks_awarded": mark,
        "rubric_notes": "n",
        "validation_errors": list(errors),
    }


def question(question_id, number=1, max_marks=2.0):
    return {
        "question_id": question_id,
        "number": number,
        "max_marks": max_marks,
        "tolerance": None,
        "text": None,
        "answer": None,
    }


@pytest.fixture
def stored():
    def build(*, calls=(), results=(), human=None):
        return {
            "questions": [question("a"), question("b", 2)],
            "human_marks_by_qid": human or {},
            "calls": list(calls),
            "results": list(results),
        }

    return build


def told(error):
    """An error as clients print it: the sentence as the reason, the word as the code."""
    return error | {"reason": error["message"], "code": error["reason"]}


def test_results_stand_under_question_and_marker_with_the_tokens_of_their_assessment(stored):
    usage = {"input_tokens": 100, "output_tokens": 20, "reasoning_tokens": 5, "total_tokens": 120}
    calls = [call(), call(stage="rubric", prompt_tokens=9), call(model="n", number=2)]

    table = results_by_question(stored(calls=calls, results=[result(), result(model="n", number=2, mark=None)]))

    assert table == {
        "a": {
            "m": [
                {
                    "try_index": 1,
                    "marks_awarded": 1.0,
                    "rubric_notes": "n",
                    "token_usage": usage,
                    "validation_errors": [],
                }
            ],
            "n": [
                {
                    "try_index": 2,
                    "marks_awarded": None,
                    "rubric_notes": "Not marked: The answer gives no mark. n",
                    "token_usage": usage,
                    "validation_errors": [],
                }
            ],
        },
        "b": {},
    }


def test_a_mark_that_was_imported_has_no_tokens(stored):
    assert results_by_question(stored(results=[result()]))["a"]["m"][0]["token_usage"] is None


def test_a_failed_attempt_says_its_reason_once_not_for_every_question(stored):
    calls = [call(status="failed", error=FAILED)]
    results = [result(question_id, None, errors=[{"reason": "call_failed", "message": "x"}]) for question_id in "ab"]

    assert errors_by_model_try(stored(calls=calls, results=results)) == {
        "m": {"1": [told(FAILED) | {"stage": "assessment"}]}
    }


def test_a_question_without_a_mark_says_why_and_which_it_is_and_remarks_are_left_out(stored):
    odd = {"reason": "unknown_question", "message": "Not asked."}
    calls = [call(validation_errors=[odd]), call(number=2)]
    results = [result("a", None, errors=[UNREAD]), result("b"), result("a", number=2)]

    assert errors_by_model_try(stored(calls=calls, results=results)) == {
        "m": {"1": [told(UNREAD) | {"question_id": "a"}]}
    }


def test_an_attempt_that_kept_its_marks_through_a_failed_repeat_says_both(stored):
    calls = [call(status="succeeded", error=FAILED)]

    errors = errors_by_model_try(stored(calls=calls, results=[result("a"), result("b", None, errors=[UNREAD])]))

    assert errors["m"]["1"] == [told(FAILED) | {"stage": "assessment"}, told(UNREAD) | {"question_id": "b"}]


def test_cancelled_attempts_are_among_the_errors(stored):
    cancelled = {"reason": "cancelled", "message": "Stopped."}

    errors = errors_by_model_try(stored(calls=[call(status="cancelled", error=cancelled)]))

    assert errors == {"m": {"1": [told(cancelled) | {"stage": "assessment"}]}}


def test_what_went_well_or_has_not_happened_is_no_error(stored):
    assert errors_by_model_try(stored(calls=[call(), call(number=2, status="pending")], results=[result()])) == {}


def test_criteria_are_told_of_rubric_calls_that_are_over(stored):
    criteria = '{"grading_criteria": [{"question_id": "a", "marks": 1, "criterion": "Names the organ."}]}'
    calls = [
        call(stage="rubric", criteria=criteria),
        call(stage="rubric", number=2, status="failed", error=FAILED),
        call(stage="rubric", number=3, status="running"),
        call(number=1),
    ]

    assert rubric_results(stored(calls=calls)) == {
        "m": {
            "1": {
                "try_index": 1,
                "rubric_response": by_question(criteria, [question("a"), question("b", 2)]),
                "validation_errors": [],
            },
            "2": {"try_index": 2, "rubric_response": None, "validation_errors": [FAILED]},
        }
    }


def test_tokens_are_told_by_stage_with_both_stages_there(stored):
    assert tokens_by_stage(stored()) == {"rubric": {}, "assessment": {}}
    told = tokens_by_stage(stored(calls=[call(stage="rubric"), call(), call(number=2, completion_tokens=0)]))

    assert [(stage, list(models["m"])) for stage, models in told.items()] == [
        ("rubric", ["1"]),
        ("assessment", ["1", "2"]),
    ]
    assert told["assessment"]["m"]["2"]["total_tokens"] == 100


def test_statistics_sum_tokens_and_cost_over_both_stages(stored):
    figures = statistics(stored(calls=[call(stage="rubric"), call(), call(cost_usd=0.2)], results=[result()]))

    assert figures["totals"]["token_usage_stats"] == {
        "m": {
            "calls": 3,
            "input_tokens": 300,
            "output_tokens": 60,
            "reasoning_tokens": 15,
            "total_tokens": 360,
            "cost_usd": 0.4,
        }
    }


def test_statistics_hold_the_human_s_marks_totals_and_discrepancies(stored):
    figures = statistics(stored(results=[result(mark=0.5)], human={"a": 2.0}))

    assert figures["human_marks_by_qid"] == {"a": 2.0}
    assert figures["totals"]["total_max_marks"] == 4
    assert figures["discrepancies_by_model_try"]["m"]["1"]["lt100"] == {"count": 1, "questions": ["a"]}


def test_a_template_gives_each_pair_its_own_tries():
    pairs = [{"rubricModel": "a/r", "assessmentModel": "a/m"}, {"rubricModel": "b/r", "assessmentModel": "b/m"}]
    markers = [{"key": pair["assessmentModel"], "tries": n, "assessment": {}} for n, pair in enumerate(pairs, start=2)]
    session = {
        "name": None,
        "plan": {"summary": {"model_pairs": pairs}, "markers": markers},
        "default_tries": 1,
        "questions": [],
        "human_marks_by_qid": {},
        "images": [],
        "templates": {},
    }

    assert reusable(session, str)["model_pairs"] == [pairs[0] | {"tries": 2}, pairs[1] | {"tries": 3}]
