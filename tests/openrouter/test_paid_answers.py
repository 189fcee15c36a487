"""What was paid for is read wherever it stands, kept whole, and not asked for a third time."""

import json
import zlib
from base64 import b64decode

import httpx
import pytest
import respx

from app.grading.answers.marks import parse_answer
from app.marks.model import Question
from app.marks.reasons import Reason
from app.openrouter.call import MOST_BYTES, CompletionRequest, pack, unpack

URL = "https://openrouter.test/api/v1/chat/completions"
QUESTIONS = (Question("1a", 1, 3.0), Question("1b", 2, 2.0), Question("2", 3, 5.0))
MARKS = {"1a": 2, "1b": 1, "2": 3.5}
OTHERS = {"1a": 3, "1b": 2, "2": 5}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "marks"}}
BODY = {"model": "m/one", "max_tokens": 9900, "messages": [], "response_format": SCHEMA, "provider": {}}
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "cost": 0.01}


def answers(marks=MARKS):
    return {
        "answers": [{"question_id": key, "marks_awarded": mark, "rubric_notes": "."} for key, mark in marks.items()]
    }


TEXT = json.dumps(answers())


def reply(finish="stop", native="stop", *, message=None, usage=USAGE, **choice):
    if message is not None:
        choice["message"] = {"role": "assistant", **message}
    ends = {"finish_reason": finish, "native_finish_reason": native}
    return {"id": "gen-1", "provider": "Acme", "choices": [{"index": 0, **ends, **choice}], "usage": usage}


def error(status, message="Provider returned error", raw=None, provider=None, **metadata):
    passed_on = {} if raw is None else {"raw": json.dumps(raw)}
    named = {} if provider is None else {"provider_name": provider}
    return httpx.Response(
        status, json={"error": {"code": status, "message": message, "metadata": named | passed_on | metadata}}
    )


@pytest.fixture
def play(make_client):
    """Asks with the given replies in order, the last one repeated; (result, bodies that were sent)."""

    async def play(*replies, **request):
        queue = list(replies)

        def answer(_):
            one = queue.pop(0) if len(queue) > 1 else queue[0]
            if isinstance(one, httpx.Response):
                return httpx.Response(one.status_code, headers=one.headers, content=one.content)
            return httpx.Response(200, content=one if isinstance(one, bytes) else json.dumps(one).encode())

        with respx.mock(assert_all_called=False) as router:
            route = router.post(URL)
            route.side_effect = answer
            async with httpx.AsyncClient() as http:
                client = request.pop("client", None) or make_client(http)
                result = await client.complete(CompletionRequest("session", "m/one", BODY, **request))
            return result, [json.loads(call.request.content) for call in route.calls]

    return play


def marks_of(result):
    parsed = parse_answer(result.completion.text, QUESTIONS)
    return {mark.question_id: mark.marks_awarded for mark in parsed.marks}


PART = {"type": "text", "text": TEXT}
CALL = {"id": "c", "type": "function", "function": {"name": "marks", "arguments": TEXT}}
PLACES = {
    "a string": {"content": TEXT},
    "a list of strings": {"content": [TEXT]},
    "a list of pieces of a string": {"content": [TEXT[:30], TEXT[30:]]},
    "typed parts": {"content": [{"type": "output_text", "text": TEXT}]},
    "a part with a value": {"content": [{"type": "text", "text": {"value": TEXT}}]},
    "a part": {"content": PART},
    "an object": {"content": answers()},
    "a json part": {"content": [{"type": "json", "json": answers()}]},
    "parts of a Gemini": {"content": {"role": "model", "parts": [{"text": TEXT}]}},
    "parsed": {"content": None, "parsed": answers()},
    "a tool call": {"content": None, "tool_calls": [CALL]},
    "a tool call with an object": {"content": "", "tool_calls": [{"function": {"arguments": answers()}}]},
    "a function call": {"content": None, "function_call": {"name": "marks", "arguments": TEXT}},
    "a tool_use part": {"content": [{"type": "tool_use", "name": "marks", "input": answers()}]},
    "text beside empty content": {"content": "", "text": TEXT},
    "content beside thinking": {"content": TEXT, "reasoning": json.dumps(answers(OTHERS))},
    "a text part behind thinking": {"content": [{"type": "thinking", "thinking": json.dumps(answers(OTHERS))}, PART]},
    "a part behind a thought": {"content": [{"text": json.dumps(answers(OTHERS)), "thought": True}, {"text": TEXT}]},
}


@pytest.mark.parametrize("place", PLACES)
async def test_the_answer_is_read_where_the_provider_put_it(play, place):
    result, sent = await play(reply(message=PLACES[place]))

    assert (marks_of(result), len(sent)) == (MARKS, 1)


FOREIGN = {
    "delta": {"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": TEXT}}]},
    "text of a choice": {"choices": [{"finish_reason": "stop", "text": TEXT}]},
    "the second choice": {"choices": [{"message": {"content": ""}}, {"message": {"content": TEXT}}]},
    "the form of Anthropic": {"type": "message", "role": "assistant", "content": [PART], "stop_reason": "end_turn"},
    "the form of Gemini": {"candidates": [{"content": {"parts": [{"text": TEXT}]}, "finishReason": "STOP"}]},
    "the form of Ollama": {"message": {"role": "assistant", "content": TEXT}, "done_reason": "stop"},
    "the form of Responses": {"output": [{"type": "reasoning"}, {"type": "message", "content": [PART]}]},
    "a wrapper": {"data": reply(message={"content": TEXT})},
}


@pytest.mark.parametrize("form", FOREIGN)
async def test_the_answer_is_read_from_replies_of_another_form(play, form):
    result, sent = await play(FOREIGN[form])

    assert (marks_of(result), len(sent)) == (MARKS, 1)


def events(*documents, end="data: [DONE]\n\n"):
    return ("".join(f"data: {json.dumps(one)}\n\n" for one in documents) + end).encode()


def chunk(piece=None, finish=None, **delta):
    content = {} if piece is None else {"content": piece}
    return {"id": "gen-1", "choices": [{"index": 0, "delta": delta | content, "finish_reason": finish}]}


PIECES = [chunk(TEXT[at : at + 20]) for at in range(0, len(TEXT), 20)]
PLAIN = json.dumps(reply(message={"content": TEXT}))
BODIES = {
    "a comment before JSON": f": OPENROUTER PROCESSING\n\n{PLAIN}".encode(),
    "many comments": (": OPENROUTER PROCESSING\n\n" * 50 + PLAIN).encode(),
    "DONE after JSON": f"{PLAIN}\n\ndata: [DONE]\n\n".encode(),
    "JSON on a data line": f"data: {PLAIN}\n\ndata: [DONE]\n\n".encode(),
    "a second object": f'{PLAIN}\n{{"usage": {{"cost": 9}}}}'.encode(),
    "pretty JSON after a comment": f": ping\n{json.dumps(json.loads(PLAIN), indent=2)}\n".encode(),
    "a stream": events(*PIECES, chunk(finish="stop")),
    "a stream without an end": events(*PIECES, chunk(finish="stop"), end=""),
    "a stream with named events": events(*PIECES, chunk(finish="stop")).replace(b"data: {", b"event: m\ndata: {"),
    "a stream with CRLF": events(*PIECES, chunk(finish="stop")).replace(b"\n", b"\r\n"),
    "a stream with thinking": events(chunk(reasoning="{"), *PIECES, chunk(finish="stop")),
    "a stream with its cost last": events(*PIECES, chunk(finish="stop"), {"choices": [], "usage": USAGE}),
    "a stream of tool arguments": events(
        chunk(tool_calls=[{"index": 0, "function": {"name": "marks", "arguments": TEXT[:9]}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": TEXT[9:]}}]),
        chunk(finish="tool_calls"),
    ),
    "a stream that ends with the whole message": events(*PIECES, reply(message={"content": TEXT})),
    "a stream that tells no end": events(*PIECES, end=""),
    "a list of chunks": json.dumps([*PIECES, chunk(finish="stop")]).encode(),
    "JSON in a string": json.dumps(PLAIN).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
}


@pytest.mark.parametrize("body", BODIES)
async def test_a_gateway_that_streams_all_the_same_is_read(play, body):
    result, sent = await play(BODIES[body])

    assert (marks_of(result), len(sent)) == (MARKS, 1)
    assert result.exchanges[0].body == BODIES[body]


async def test_the_cost_of_a_stream_is_counted(play):
    result, _ = await play(BODIES["a stream with its cost last"])

    assert result.usage.cost_usd == 0.01


HALF_A_CALL = chunk(tool_calls=[{"index": 0, "function": {"name": "marks", "arguments": TEXT[:40]}}])


@pytest.mark.parametrize("pieces", [PIECES[:3], [HALF_A_CALL]], ids=["content", "tool arguments"])
async def test_a_stream_that_stops_in_the_middle_is_no_answer(play, pieces):
    result, sent = await play(events(*pieces, end=""), reply(message={"content": TEXT}))

    assert (marks_of(result), len(sent)) == (MARKS, 2)


async def test_a_stream_that_breaks_off_with_an_error_is_no_answer(play):
    broken = {"error": {"code": 502, "message": "Provider disconnected"}, "choices": [{"finish_reason": "error"}]}
    result, sent = await play(events(*PIECES[:3], broken), reply(message={"content": TEXT}))

    assert (marks_of(result), len(sent)) == (MARKS, 2)
    assert result.exchanges[0].outcome.reason is Reason.PROVIDER_ERROR


async def test_parts_that_are_thinking_give_no_mark(play):
    content = [{"type": "reasoning", "text": json.dumps(answers(OTHERS))}, {"type": "text", "text": '{"1a": 1}'}]
    result, _ = await play(reply(message={"content": content}))

    assert marks_of(result) == {"1a": 1, "1b": None, "2": None}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"content": None, "reasoning": TEXT}, Reason.ONLY_THOUGHT),
        ({"content": "", "reasoning_content": TEXT}, Reason.ONLY_THOUGHT),
        ({"content": [{"type": "thinking", "thinking": TEXT}]}, Reason.ONLY_THOUGHT),
        ({"content": ""}, Reason.EMPTY_ANSWER),
        ({"content": None, "tool_calls": [CALL, {"function": {"arguments": "{}"}}]}, Reason.EMPTY_ANSWER),
    ],
)
async def test_an_answer_that_cannot_be_used_is_asked_for_once_more_and_kept(play, message, reason):
    result, sent = await play(reply(message=message))

    assert (result.failure.reason, len(sent)) == (reason, 2)
    assert json.loads(result.exchanges[0].body)["choices"][0]["message"]["content"] == message["content"]


async def test_an_answer_that_was_unreadable_before_is_not_asked_for_a_third_time(play):
    _, sent = await play(reply(message={"content": ""}), unread=1)

    assert len(sent) == 1


CUT = json.dumps(answers())[:60]
ENDS = [
    ("stop", "MAX_TOKENS", Reason.OUT_OF_OUTPUT_TOKENS, 2),
    ("max_output_tokens", None, Reason.OUT_OF_OUTPUT_TOKENS, 2),
    ("model_context_window_exceeded", None, Reason.TOO_LONG, 1),
    ("stop", "RECITATION", Reason.CONTENT_FILTER, 1),
    ("SAFETY", "SAFETY", Reason.CONTENT_FILTER, 1),
    ("stop", "PROHIBITED_CONTENT", Reason.CONTENT_FILTER, 1),
    ("stop", "content-filter", Reason.CONTENT_FILTER, 1),
    ("sensitive", None, Reason.CONTENT_FILTER, 1),
    ("refusal", "refusal", Reason.REFUSED, 1),
    ("network_error", None, Reason.PROVIDER_ERROR, 3),
    ("insufficient_system_resource", None, Reason.PROVIDER_ERROR, 3),
    ("stop", "MALFORMED_FUNCTION_CALL", Reason.PROVIDER_ERROR, 3),
]


@pytest.mark.parametrize(("finish", "native", "reason", "requests"), ENDS)
async def test_an_abnormal_end_is_told_as_what_it_is(play, finish, native, reason, requests):
    result, sent = await play(reply(finish, native, message={"content": CUT}))

    assert (result.failure.reason, len(sent)) == (reason, requests)
    stored = result.exchanges[0].as_json()
    assert (stored["finish_reason"], stored["native_finish_reason"]) == (finish.lower(), native and native.lower())


@pytest.mark.parametrize("native", ["stop", "STOP", "end_turn", "stop_sequence", "eos", "COMPLETE", "tool_use", None])
async def test_a_normal_end_is_an_answer(play, native):
    result, _ = await play(reply("stop", native, message={"content": TEXT}))

    assert marks_of(result) == MARKS


async def test_a_cut_answer_stays_the_reason_whatever_the_retry_says(play):
    told = "max_tokens is too large: 19800. This model supports at most 16384 completion tokens."
    result, sent = await play(reply("length", "length", message={"content": CUT}), error(400, told))

    assert result.failure.reason is Reason.OUT_OF_OUTPUT_TOKENS
    assert "16384" in result.failure.message
    assert [body["max_tokens"] for body in sent] == [9900, 19800, 16384]


async def test_a_limit_that_is_told_is_kept_for_later_calls(play, make_client):
    told = error(400, "max_tokens must be less than or equal to 8192")
    async with httpx.AsyncClient() as http:
        client = make_client(http)
        first, sent = await play(told, reply(message={"content": TEXT}), client=client)
        _, later = await play(reply(message={"content": TEXT}), client=client)

    assert [body["max_tokens"] for body in sent + later] == [9900, 8192, 8192]
    assert first.notes == ("m/one writes at most 8192 tokens: max_tokens is lowered to that.",)


@pytest.mark.parametrize(
    "told",
    [
        "This response_format type is unavailable now",
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        "Structured outputs are not supported by this model",
    ],
)
async def test_a_form_that_the_endpoint_refuses_is_asked_for_less_strictly_and_that_is_remembered(
    play, make_client, told
):
    async with httpx.AsyncClient() as http:
        client = make_client(http)
        refusals = [error(400, told), error(400, told)]
        first, sent = await play(*refusals, reply(message={"content": TEXT}), client=client)
        _, later = await play(reply(message={"content": TEXT}), client=client)

    forms = [body.get("response_format", {}).get("type") for body in sent + later]
    assert forms == ["json_schema", "json_object", None, None]
    assert marks_of(first) == MARKS
    assert first.notes[-1] == "m/one does not take response_format: it is left out."


@pytest.mark.parametrize(
    "told", ["messages.0 has an unsupported role", "The prompt is invalid", "model is not available"]
)
async def test_a_refusal_of_something_else_strips_nothing(play, told):
    result, sent = await play(error(400, told))

    assert (result.failure.reason, len(sent)) == (Reason.BAD_REQUEST, 1)


async def test_reasoning_that_a_model_insists_on_is_told_and_not_overruled(play, make_client):
    body = BODY | {"reasoning": {"enabled": False}}
    told = "Reasoning is mandatory for this endpoint and cannot be disabled."
    result, sent = await play(error(400, told), encoded=None)
    async with httpx.AsyncClient() as http:
        with respx.mock as router:
            router.post(URL).side_effect = lambda _: error(400, told)
            asked = await make_client(http).complete(CompletionRequest("session", "m/one", body))

    assert (result.failure.reason, asked.failure.reason) == (Reason.BAD_REQUEST, Reason.BAD_REQUEST)
    assert (len(sent), asked.http_requests) == (1, 1)
    assert "mandatory" in result.failure.message


RETRIED = [409, 424, 425, 499, 500, 502, 529]


@pytest.mark.parametrize("status", RETRIED)
async def test_what_may_work_a_moment_later_is_asked_again(play, status):
    result, sent = await play(error(status, "Conflict: lock timeout"), reply(message={"content": TEXT}))

    assert (marks_of(result), len(sent)) == (MARKS, 2)


async def test_the_reply_is_kept_whole_without_the_key(make_client):
    key = "key-of-some-gateway"
    body = json.dumps(reply(message={"content": TEXT}, usage={}) | {"debug": key}).encode()
    with respx.mock as router:
        router.post(URL).return_value = httpx.Response(200, content=body)
        async with httpx.AsyncClient() as http:
            result = await make_client(http).complete(CompletionRequest("session", "m/one", BODY))

    kept = unpack(result.exchanges[0].as_json()["reply"])
    assert kept == body.replace(key.encode(), b"[key]")


@pytest.mark.parametrize("size", [0, 1, MOST_BYTES, 3_000_000])
def test_a_body_that_shrinks_is_kept_whole(size):
    assert unpack(pack(b" " * size)) == b" " * size


def test_of_a_huge_body_the_head_and_the_tail_are_kept():
    body = b"<" + b" " * 5_000_000 + b">"
    packed = pack(body)

    assert unpack(packed) is None
    assert packed["size"] == len(body)
    assert zlib.decompress(b64decode(packed["head"])).startswith(b"<")
    assert zlib.decompress(b64decode(packed["tail"])).endswith(b">")


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}, 0.02),
        ({"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}, 0.021),
        ({"cost": 0, "cost_details": {"upstream_inference_cost": 0.02}}, 0.02),
        ({"cost": 0.02, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.02}}, 0.02),
        ({"cost": 0.02, "cost_details": {"upstream_inference_cost": 0.02}}, 0.02),
        ({"cost": 0.02, "cost_details": {"upstream_inference_cost": None}}, 0.02),
    ],
)
async def test_the_bill_of_the_users_own_key_counts(play, usage, cost):
    result, _ = await play(reply(message={"content": TEXT}, usage=usage))

    assert result.usage.cost_usd == pytest.approx(cost)
