"""The short way for replies as OpenRouter sends nearly all of them: it reads what the way for any reply reads."""

import json
from itertools import product

import pytest

from app.openrouter import content, wire
from app.openrouter.reply import read_reply

MESSAGES = [
    {"role": "assistant", "content": '{"answers": []}', "refusal": None, "reasoning": None},
    {"content": " marks ", "refusal": "no", "reasoning": "because"},
    {"content": "marks", "reasoning_details": [{"type": "reasoning.text", "text": "t"}], "thoughts": []},
    {"content": "marks", "tool_calls": [{"function": {"arguments": '{"answers": [1]}'}}]},
    {"content": "I call the tool.", "tool_calls": [{"function": {"arguments": '{"answers": [1]}'}}]},
    {"content": "marks", "parsed": {"answers": []}},
    {"content": "marks", "text": "other"},
    {"content": "  ", "reasoning": "thought only"},
    {"content": "", "refusal": "I must not"},
    {"content": None},
    {"content": ["a", {"type": "text", "text": "b"}]},
    {"content": {"answers": []}},
    {},
]
CHOICES = [{}, {"delta": {"content": "piece"}}, {"text": "beside"}, {"content": "beside"}, {"error": {"code": 502}}]
DOCUMENTS = [
    {"object": "chat.completion"},
    {"object": "chat.completion.chunk", "usage": {}},
    {"object": "chat.completion", "error": {"code": 429}},
    {"object": "chat.completion", "usage": {"prompt_tokens": True, "completion_tokens": 10**12, "cost": 0.1}},
    {"object": None, "usage": {"prompt_tokens": 5.0, "completion_tokens": -1}},
]


def body(document, *choices):
    return json.dumps({**document, "choices": list(choices)}).encode()


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("beside", CHOICES)
def test_a_reply_is_read_the_same_both_ways(monkeypatch, document, beside):
    choices = [{"finish_reason": "stop", "message": message, **beside} for message in MESSAGES]
    bodies = [body(document, one) for one in choices] + [body(document, *two) for two in product(choices[:5], repeat=2)]
    short = [read_reply({}, one) for one in bodies]

    monkeypatch.setattr(wire, "is_usual", lambda _: False)
    monkeypatch.setattr(content, "has_one_text", lambda *_: False)

    assert short == [read_reply({}, one) for one in bodies]


def test_a_usual_reply_goes_the_short_way():
    message = MESSAGES[0]

    assert wire.is_usual({"object": "chat.completion", "choices": [{"message": message}]})
    assert content.has_one_text({"message": message, "finish_reason": "stop"}, message)


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", b""])
def test_a_byte_order_mark_before_a_reply_is_passed_over(before):
    assert read_reply({}, before + body({"id": "g"}, {"message": MESSAGES[0]})).answer.generation_id == "g"
