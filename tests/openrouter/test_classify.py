import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.marks.model import Usage
from app.marks.reasons import Reason as Why
from app.openrouter.classify import OutcomeKind, classify, classify_exception

NOW = 1_790_000_000.0
COMPLETED, RETRYABLE = OutcomeKind.COMPLETED, OutcomeKind.RETRYABLE
TERMINAL, FATAL = OutcomeKind.TERMINAL, OutcomeKind.ACCOUNT_FATAL


@pytest.fixture
def reply(replies):
    def classified(status, document, headers=(), **kwargs):
        body = document if isinstance(document, bytes) else replies.encoded(document)
        return classify(status, dict(headers), body, NOW, **kwargs)

    return classified


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, (TERMINAL, Why.MISCONFIGURED)),
        (304, (TERMINAL, Why.MISCONFIGURED)),
        (400, (TERMINAL, Why.BAD_REQUEST)),
        (401, (FATAL, Why.UNAUTHORIZED)),
        (402, (FATAL, Why.NO_CREDIT)),
        (403, (TERMINAL, Why.FORBIDDEN)),
        (404, (TERMINAL, Why.NOT_FOUND)),
        (405, (TERMINAL, Why.BAD_REQUEST)),
        (408, (RETRYABLE, Why.PROVIDER_TIMEOUT)),
        (413, (TERMINAL, Why.TOO_LONG)),
        (422, (TERMINAL, Why.BAD_REQUEST)),
        (425, (RETRYABLE, Why.PROVIDER_ERROR)),
        (429, (RETRYABLE, Why.RATE_LIMITED)),
        (500, (RETRYABLE, Why.PROVIDER_ERROR)),
        (502, (RETRYABLE, Why.PROVIDER_ERROR)),
        (503, (RETRYABLE, Why.PROVIDER_ERROR)),
        (504, (RETRYABLE, Why.PROVIDER_TIMEOUT)),
        (524, (RETRYABLE, Why.PROVIDER_TIMEOUT)),
        (529, (RETRYABLE, Why.PROVIDER_ERROR)),
    ],
)
@pytest.mark.parametrize("body", ["document", "html", "nothing"])
def test_every_status_has_its_verdict_whatever_the_body(reply, replies, status, expected, body):
    bodies = {"document": replies.error(status), "html": b"<html>Bad gateway</html>", "nothing": b""}
    outcome = reply(status, bodies[body])
    assert (outcome.kind, outcome.reason) == expected
    assert f"HTTP {status}" in outcome.message


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (401, (FATAL, Why.UNAUTHORIZED)),
        ("402", (FATAL, Why.NO_CREDIT)),
        (400, (TERMINAL, Why.BAD_REQUEST)),
        ("404", (TERMINAL, Why.NOT_FOUND)),
        (429, (RETRYABLE, Why.RATE_LIMITED)),
        ("429", (RETRYABLE, Why.RATE_LIMITED)),
        (502, (RETRYABLE, Why.PROVIDER_ERROR)),
        (504, (RETRYABLE, Why.PROVIDER_TIMEOUT)),
        ("rate_limit_exceeded", (RETRYABLE, Why.RATE_LIMITED)),
        ("invalid_request", (TERMINAL, Why.BAD_REQUEST)),
        ("image_download_failed", (RETRYABLE, Why.IMAGE_DOWNLOAD_FAILED)),
        ("unheard_of", (RETRYABLE, Why.PROVIDER_ERROR)),
        (None, (RETRYABLE, Why.PROVIDER_ERROR)),
        (True, (RETRYABLE, Why.PROVIDER_ERROR)),
        (7, (RETRYABLE, Why.PROVIDER_ERROR)),
        ({"odd": 1}, (RETRYABLE, Why.PROVIDER_ERROR)),
    ],
)
@pytest.mark.parametrize("place", ["top", "choice"])
def test_an_error_inside_http_200_goes_by_its_code(reply, replies, code, expected, place):
    error = replies.error(code)["error"]
    document = {"error": error} if place == "top" else replies.completion("so far")
    if place == "choice":
        document["choices"][0]["error"] = error
    outcome = reply(200, document)
    assert (outcome.kind, outcome.reason) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("invalid_image", (TERMINAL, Why.IMAGE)),
        ("image_too_large", (TERMINAL, Why.IMAGE)),
        ("image_too_small", (TERMINAL, Why.IMAGE)),
        ("unsupported_image_format", (TERMINAL, Why.IMAGE)),
        ("image_not_found", (TERMINAL, Why.IMAGE)),
        ("image_download_failed", (RETRYABLE, Why.IMAGE_DOWNLOAD_FAILED)),
        ("payload_too_large", (TERMINAL, Why.TOO_LONG)),
        ("context_length_exceeded", (TERMINAL, Why.TOO_LONG)),
        ("content_policy_violation", (TERMINAL, Why.CONTENT_FILTER)),
        ("refusal", (TERMINAL, Why.REFUSED)),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 404, 502])
def test_a_precise_error_type_says_more_than_the_status(reply, replies, kind, expected, status):
    outcome = reply(status, replies.error(status, error_type=kind))
    assert (outcome.kind, outcome.reason) == expected


def test_a_general_error_type_does_not_overrule_a_real_status(reply, replies):
    assert reply(400, replies.error(400, error_type="rate_limit_exceeded")).kind is TERMINAL


@pytest.mark.parametrize("status", [200, 429, 503])
def test_what_openrouter_says_is_not_retryable_is_not(reply, replies, status):
    outcome = reply(status, replies.error(503, availability={"retryable": False}))
    assert outcome.kind is TERMINAL


def test_a_4xx_stays_terminal_though_it_calls_itself_retryable(reply, replies):
    assert reply(400, replies.error(400, availability={"retryable": True})).kind is TERMINAL


def test_a_spent_key_limit_stops_the_account(reply, replies):
    outcome = reply(403, replies.error(403, "Key limit exceeded (daily limit)."))
    assert (outcome.kind, outcome.reason) == (FATAL, Why.NO_CREDIT)


@pytest.mark.parametrize(
    ("content", "finish", "expected"),
    [
        ("marks", "stop", (COMPLETED, None)),
        ("marks", None, (COMPLETED, None)),
        ("marks", "tool_calls", (COMPLETED, None)),
        ("marks", "end_turn", (COMPLETED, None)),
        ([{"type": "text", "text": "ma"}, {"type": "text", "text": "rks"}], "stop", (COMPLETED, None)),
        ("mar", "length", (RETRYABLE, Why.OUT_OF_OUTPUT_TOKENS)),
        ("", "length", (RETRYABLE, Why.OUT_OF_OUTPUT_TOKENS)),
        ("marks", "content_filter", (TERMINAL, Why.CONTENT_FILTER)),
        ("marks", "error", (RETRYABLE, Why.PROVIDER_ERROR)),
        ("", "stop", (RETRYABLE, Why.EMPTY_ANSWER)),
        (" \n", "stop", (RETRYABLE, Why.EMPTY_ANSWER)),
        (None, "tool_calls", (RETRYABLE, Why.EMPTY_ANSWER)),
        (7, "stop", (RETRYABLE, Why.EMPTY_ANSWER)),
    ],
)
def test_a_choice_goes_by_its_finish_and_its_content(reply, replies, content, finish, expected):
    outcome = reply(200, replies.completion(content, finish))
    assert (outcome.kind, outcome.reason) == expected


def test_a_cut_that_only_the_provider_names_is_a_cut(reply, replies):
    document = replies.completion("mar", None)
    document["choices"][0]["native_finish_reason"] = "MAX_TOKENS"
    assert reply(200, document).reason is Why.OUT_OF_OUTPUT_TOKENS


@pytest.mark.parametrize(
    ("native", "expected"),
    [("RECITATION", (TERMINAL, Why.CONTENT_FILTER)), ("MALFORMED_RESPONSE", (RETRYABLE, Why.PROVIDER_ERROR))],
)
def test_an_error_goes_by_what_the_provider_calls_it(reply, replies, native, expected):
    document = replies.completion("", "error")
    document["choices"][0]["native_finish_reason"] = native
    outcome = reply(200, document)
    assert (outcome.kind, outcome.reason) == expected


def test_a_refusal_without_content_is_terminal(reply, replies):
    document = replies.completion(None)
    document["choices"][0]["message"]["refusal"] = "I cannot grade Ada Lovelace"
    outcome = reply(200, document)
    assert (outcome.kind, outcome.reason) == (TERMINAL, Why.REFUSED)
    assert "Ada" not in outcome.message


@pytest.mark.parametrize("kind", ["refusal", "content_policy_violation"])
def test_what_is_said_about_a_refusal_is_not_quoted(reply, replies, kind):
    assert "Ada" not in reply(400, replies.error(400, "Ada Lovelace is rude", error_type=kind)).message


@pytest.mark.parametrize("choices", [None, [], {}, "none", [None], ["text"]])
def test_a_reply_without_a_choice_is_an_empty_answer(reply, replies, choices):
    assert reply(200, replies.completion(choices=choices)).reason is Why.EMPTY_ANSWER


@pytest.mark.parametrize(
    "body", [b"", b"   \n", b"<!DOCTYPE html><html></html>", b"[1]", b'"text"', b'{"choices": [', b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_asked_for_again(reply, body):
    outcome = reply(200, body)
    assert (outcome.kind, outcome.reason) == (RETRYABLE, Why.BAD_RESPONSE)


def test_blanks_before_the_body_are_keep_alives(reply, replies):
    assert reply(200, b"\n \n  \n" + replies.encoded(replies.completion())).kind is COMPLETED


def test_a_broken_byte_costs_a_character_and_not_the_answer(reply, replies):
    body = replies.encoded(replies.completion("marks")).replace(b"marks", b"mar\xffks")
    assert reply(200, body).answer.content == "mar\N{REPLACEMENT CHARACTER}ks"


def test_a_completion_carries_its_evidence(reply, replies):
    usage = {
        "prompt_tokens": 900,
        "completion_tokens": 80,
        "completion_tokens_details": {"reasoning_tokens": 50},
        "prompt_tokens_details": {"cached_tokens": 700},
        "cost": 0.0125,
    }
    outcome = reply(200, replies.completion("marks", usage=usage))
    assert outcome.answer.usage == Usage(900, 80, 50, 700, 0.0125)
    assert (outcome.answer.content, outcome.answer.provider, outcome.answer.generation_id, outcome.answer.model) == (
        "marks",
        "Acme",
        "gen-1",
        "m/one",
    )


@pytest.mark.parametrize("usage", [None, [], {"cost": "1", "prompt_tokens": True}, {"cost": -1}, {"cost": 10**400}])
def test_usage_that_makes_no_sense_counts_as_unreported(reply, replies, usage):
    assert reply(200, replies.completion(usage=usage)).answer.usage == Usage()


def test_infinite_usage_counts_as_unreported(reply, replies):
    body = replies.encoded(replies.completion()).replace(b"0.01", b"Infinity").replace(b"100", b"NaN")
    assert reply(200, body).answer.usage == Usage(completion_tokens=20)


def test_a_failure_keeps_its_partial_content_and_its_cost(reply, replies):
    document = replies.completion("half an ans")
    document["choices"][0]["error"] = {"code": 502, "message": "gone"}
    outcome = reply(200, document)
    assert (outcome.answer.content, outcome.answer.usage.cost_usd) == ("half an ans", 0.01)


def test_the_generation_id_is_in_the_header_of_every_reply(reply, replies):
    assert reply(500, replies.error(500), {"x-generation-id": "gen-9"}).answer.generation_id == "gen-9"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (({}, {}), None),
        (({"retry-after": "7"}, {}), 7),
        (({"retry-after": " 2.5 "}, {}), 2.5),
        (({"retry-after": "Mon, 21 Sep 2026 14:13:50 GMT"}, {}), 30),
        (({"retry-after": "Mon, 21 Sep 2020 14:13:50 GMT"}, {}), 0),
        (({"retry-after": "Mon, 21 Sep 2026 14:13:50 -0000"}, {}), 30),
        (({"retry-after": "soon"}, {}), None),
        (({"retry-after": "-3"}, {}), None),
        (({"retry-after": "nan"}, {}), None),
        (({"retry-after": "1e9"}, {}), None),
        (({"retry-after": "٣"}, {}), None),
        (({}, {"availability": {"retry_after": 4}}), 4),
        (({}, {"availability": {"retry_after": "4"}}), 4),
        (({}, {"availability": {"retry_after": True}}), None),
        (({"retry-after": "2"}, {"availability": {"retry_after": 9}}), 9),
        (({"x-ratelimit-reset": "1790000012000"}, {}), 12),
        (({"x-ratelimit-reset": "1790000012000", "retry-after": "3"}, {}), 3),
        (({"x-ratelimit-reset": "1690000012000"}, {}), 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_asked_for_is_read_from_header_and_body(reply, replies, asked, wait, status):
    headers, metadata = asked
    assert reply(status, replies.error(status, **metadata), headers).wait_seconds == wait


def test_a_terminal_failure_asks_for_no_wait(reply, replies):
    assert reply(400, replies.error(400), {"retry-after": "7"}).wait_seconds is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Model is down", "Model is down"),
        ("Cannot use https://x.supabase.co/object/sign/scan.png?token=eyJhb.c now", "Cannot use [address] now"),
        ("Cannot use data:image/png;base64,iVBORw0 now", "Cannot use [address] now"),
        ("Cannot use grading-images/ada.png now", "Cannot use [address] now"),
        ("Bad key sk-or-v1-abcdef given", "Bad key [key] given"),
        ("Header was Bearer abc.def", "Header was [key]"),
        ("Key my-own-gateway-key is spent", "Key [key] is spent"),
        ('Invalid prompt: "Ada Lovelace writes that force is mass times acceleration"', "Invalid prompt: [...]"),
        ("Provider said {'prompt': 'Ada Lovelace'}", "Provider said"),
        ("Blob " + "QUJD" * 30, "Blob [...]"),
        ("two\n lines\x00 here", "two lines here"),
    ],
)
def test_messages_quote_openrouter_without_secrets_addresses_or_students(reply, replies, said, shown):
    outcome = reply(400, replies.error(400, said), secret="my-own-gateway-key")
    assert outcome.message == f"The model's provider does not accept this request (HTTP 400): {shown}"


def test_long_messages_are_cut_short(reply, replies):
    assert len(reply(400, replies.error(400, "why not " * 500)).message) < 300


def test_metadata_is_never_quoted(reply, replies):
    outcome = reply(403, replies.error(403, "Flagged", flagged_input="Ada Lovelace", raw="Ada Lovelace"))
    assert "Ada" not in outcome.message


@pytest.mark.parametrize("error", ["plain text", ["a"], 5])
def test_an_error_that_is_no_object_is_still_an_error(reply, error):
    assert reply(200, {"error": error}).kind is RETRYABLE


REQUEST = httpx.Request("POST", "https://openrouter.test/?token=secret")


@pytest.mark.parametrize(
    ("error", "verdict", "reason", "sent"),
    [
        (TimeoutError(), RETRYABLE, Why.DEADLINE, True),
        (httpx.ReadTimeout("x"), RETRYABLE, Why.DEADLINE, True),
        (httpx.WriteTimeout("x"), RETRYABLE, Why.DEADLINE, True),
        (httpx.ConnectError("x"), RETRYABLE, Why.UNREACHABLE, False),
        (httpx.ConnectTimeout("x"), RETRYABLE, Why.UNREACHABLE, False),
        (httpx.PoolTimeout("x"), RETRYABLE, Why.UNREACHABLE, False),
        (httpx.ProxyError("x"), RETRYABLE, Why.CONNECTION_LOST, True),
        (httpx.RemoteProtocolError("x"), RETRYABLE, Why.CONNECTION_LOST, True),
        (httpx.ReadError("x"), RETRYABLE, Why.CONNECTION_LOST, True),
        (httpx.WriteError("x"), RETRYABLE, Why.CONNECTION_LOST, True),
        (httpx.DecodingError("x"), RETRYABLE, Why.BAD_RESPONSE, True),
        (httpx.LocalProtocolError("x"), TERMINAL, Why.MISCONFIGURED, False),
        (httpx.UnsupportedProtocol("x"), TERMINAL, Why.MISCONFIGURED, False),
    ],
)
def test_every_exception_has_its_verdict(error, verdict, reason, sent):
    outcome = classify_exception(error)
    assert (outcome.kind, outcome.reason, outcome.sent) == (verdict, reason, sent)


def test_an_exceptions_own_text_is_not_shown():
    outcome = classify_exception(httpx.ReadError(f"reading {REQUEST.url}", request=REQUEST))
    assert "secret" not in outcome.message


KEYS = [
    "error",
    "code",
    "message",
    "metadata",
    "error_type",
    "availability",
    "retryable",
    "retry_after",
    "choices",
    "content",
    "usage",
    "cost",
    "id",
    "provider",
    "finish_reason",
    "native_finish_reason",
    "prompt_tokens",
    "completion_tokens_details",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(status=st.integers(200, 599), document=JSON, retry_after=st.text(max_size=30))
def test_no_reply_whatever_raises(status, document, retry_after):
    outcome = classify(status, {"retry-after": retry_after}, json.dumps(document).encode(), NOW)
    assert (outcome.reason is None) == (outcome.kind is COMPLETED)


@given(body=st.binary(max_size=200))
def test_no_bytes_whatever_raise(body):
    assert classify(200, {}, body, NOW).kind is not COMPLETED
