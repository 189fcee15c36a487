import json
from dataclasses import replace

import pytest

from app.grading import outcome
from app.grading.answers.marks import parse_answer
from app.marks.model import Question, Stage, Usage
from app.marks.reasons import Reason
from app.openrouter.call import CallResult, Exchange, Failure
from app.openrouter.classify import Classified, OutcomeKind
from app.openrouter.reply import Answer
from app.store.runs import CallKey

QUESTIONS = (Question("1a", 1, 4.0), Question("1b", 2, 2.0))
KEY = CallKey("acme/one", 2, Stage.ASSESSMENT)


def answer_of(content):
    return Answer(content, "stop", provider="Acme", generation_id="g", model="acme/one")


def exchange(content, verdict=OutcomeKind.COMPLETED):
    return Exchange(0.0, 1.5, 200, Classified(verdict, answer=answer_of(content)))


def result_of(content):
    completion = answer_of(content)
    usage = Usage(prompt_tokens=200, completion_tokens=30, reasoning_tokens=10, cached_tokens=50, cost_usd=0.02)
    exchanges = (exchange(None, OutcomeKind.RETRYABLE), exchange(content))
    return CallResult(completion, None, exchanges, usage, http_requests=2, latency_seconds=3.0004)


def answer(**marks):
    return json.dumps(
        {"answers": [{"question_id": k, "marks_awarded": v, "rubric_notes": "r"} for k, v in marks.items()]}
    )


def marked(content, failure=None):
    row = outcome.call_row(KEY, "hash", result_of(content))
    return outcome.marked(row, parse_answer(content, QUESTIONS), content, failure)


def test_the_row_of_a_call_sums_the_cost_of_all_its_requests():
    row = outcome.call_row(KEY, "hash", result_of("{}"))

    assert {name: row[name] for name in ("prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd")} == {
        "prompt_tokens": 200,
        "completion_tokens": 30,
        "cached_tokens": 50,
        "cost_usd": 0.02,
    }
    assert (row["http_requests"], row["latency_ms"], len(row["completions"])) == (2, 3000, 2)


def test_the_row_of_a_call_that_was_never_sent_holds_only_its_key():
    assert outcome.call_row(KEY, "hash", None)["completions"] == []


def test_a_failed_call_still_says_which_provider_had_answered_last():
    result = replace(result_of("half"), completion=None, failure=Failure(Reason.PROVIDER_ERROR, "It broke."))

    assert outcome.call_row(KEY, "hash", result)["provider"] == "Acme"


def test_an_answer_with_a_mark_is_a_success_whatever_else_it_lacks():
    row = marked(answer(**{"1a": 3}))

    assert (row["status"], row["error"]) == ("succeeded", None)
    assert [one["marks_awarded"] for one in row["results"]] == [3, None]
    assert row["results"][1]["validation_errors"][0]["reason"] == "missing"


def test_an_answer_that_only_declines_is_a_success_without_marks():
    row = marked(answer(**{"1a": None, "1b": None}))

    assert (row["status"], [one["marks_awarded"] for one in row["results"]]) == ("succeeded", [None, None])


def test_an_answer_in_which_nothing_can_be_read_failed_and_is_kept_word_for_word():
    row = marked("I cannot see any script.")

    assert (row["status"], row["error"]["reason"]) == ("failed", "parse")
    assert row["results"][0]["raw_output"] == {
        "content": "I cannot see any script.",
        "finish_reason": "stop",
        "parse_error": row["error"]["message"],
    }


def test_an_unread_answer_whose_repeat_failed_gives_the_repeats_reason():
    assert marked("Nothing.", Failure(Reason.PROVIDER_ERROR, "It broke."))["error"]["reason"] == "provider_error"


def test_a_mark_for_an_unknown_question_is_noted_and_belongs_to_nobody():
    row = marked(answer(**{"1a": 3, "1b": 1, "9": 99}))

    assert [one["question_id"] for one in row["results"]] == ["1a", "1b"]
    assert row["validation_errors"][0]["found"] == "9"


def test_an_incomplete_first_answer_waits_and_keeps_its_text():
    content = answer(**{"1a": 3})
    row = outcome.waiting(outcome.call_row(KEY, "hash", result_of(content)), parse_answer(content, QUESTIONS), content)

    assert (row["status"], row["error"], row["first_answer"]) == ("waiting", None, content)
    assert row["results"][0]["marks_awarded"] == 3


def test_an_unreadable_first_answer_waits_without_an_error():
    row = outcome.call_row(KEY, "hash", result_of("Nothing."))

    assert outcome.waiting(row, parse_answer("Nothing.", QUESTIONS), "Nothing.")["error"] is None


def test_a_failed_call_leaves_every_question_unmarked_with_its_reason():
    row = outcome.failed(
        outcome.call_row(KEY, "hash", None), Failure(Reason.IMAGE, "The image is too large."), QUESTIONS
    )

    assert row["status"] == "failed"
    assert row["error"] == {"reason": "image", "message": "The image is too large."}
    assert [(one["question_id"], one["marks_awarded"]) for one in row["results"]] == [("1a", None), ("1b", None)]
    assert {one["validation_errors"][0]["message"] for one in row["results"]} == {"The image is too large."}


def test_a_cancelled_call_is_not_called_failed():
    row = outcome.failed(outcome.call_row(KEY, "hash", None), Failure(Reason.CANCELLED, "No credit."), QUESTIONS)

    assert (row["status"], row["error"]["reason"]) == ("cancelled", "cancelled")


@pytest.mark.parametrize("content", ["a \0 byte", "half a \ud800 pair", "x\U0001f600"])
def test_an_escaped_outcome_is_plain_ascii_and_still_readable(content):
    row = outcome.escaped(marked(content), "It could not be stored.")

    assert json.dumps(row, ensure_ascii=False).isascii()
    assert ascii(content)[1:-1] in row["completions"][0]["escaped"]


def test_an_escaped_outcome_failed_and_marks_nothing():
    row = outcome.escaped(marked(answer(**{"1a": 3, "1b": 1})), "It could not be stored.")

    assert (row["status"], row["error"]["reason"]) == ("failed", "not_storable")
    assert [(one["question_id"], one["marks_awarded"]) for one in row["results"]] == [("1a", None), ("1b", None)]
    assert row["results"][0]["validation_errors"][0]["message"] == "It could not be stored."
