"""Where one reply holds text in several places: words beside JSON are no answer, and two answers are both kept."""

import json

import pytest

from app.openrouter.classify import classify

ANSWER = json.dumps({"answers": [{"question_id": "1", "marks_awarded": 2}]})
OTHER = ANSWER.replace("2}", "3}")


def text_of(*messages):
    choices = [{"message": message, "finish_reason": "stop"} for message in messages]
    return classify(200, {}, json.dumps({"choices": choices}).encode(), now=0).answer.text


def called(arguments):
    return [{"id": "c1", "type": "function", "function": {"name": "marks", "arguments": arguments}}]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "I call the tool.", "tool_calls": called(ANSWER)},
        {"content": "Here you are.", "parsed": json.loads(ANSWER)},
        {"content": ANSWER, "parsed": json.loads(ANSWER)},
        {"content": ANSWER, "tool_calls": called(ANSWER.replace(" ", ""))},
    ],
)
def test_words_beside_the_json_and_the_same_json_again_are_left_out(message):
    assert json.loads(text_of(message)) == json.loads(ANSWER)


def test_two_different_answers_of_one_reply_are_both_kept_for_who_reads_it():
    both = f"{ANSWER}\n\n{OTHER}"
    assert text_of({"content": ANSWER, "tool_calls": called(OTHER)}) == both
    assert text_of({"content": ANSWER}, {"content": OTHER}) == both
    assert text_of({"content": ""}, {"content": OTHER}, {"content": OTHER}) == OTHER


def test_text_without_json_comes_from_the_usual_place():
    assert text_of({"content": "The text of a page.", "text": "Something else."}) == "The text of a page."
