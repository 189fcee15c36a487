"""Whose refusal it is, tested both ways round, and how long a limit lasts."""

import json

import pytest

from app.marks.reasons import Reason
from app.openrouter.classify import OutcomeKind, classify

NOW = 1_800_000_000.0
AFFORD = "This request requires more credits, or fewer max_tokens. You requested 9900 tokens, but can only afford 4000."
PASSED_ON = "Provider returned error"


def outcome_of(status, message, http_headers=None, /, **metadata):
    body = {"error": {"code": status, "message": message, "metadata": metadata}}
    return classify(status, http_headers or {}, json.dumps(body).encode(), NOW)


THE_ACCOUNTS = [
    (401, "User not found.", {}, Reason.UNAUTHORIZED),
    (401, "No auth credentials found", {"provider_name": None}, Reason.UNAUTHORIZED),
    (402, "Insufficient credits. Add more at the credits page", {}, Reason.NO_CREDIT),
    (402, "Your account or API key has insufficient credits.", {"provider_name": None}, Reason.NO_CREDIT),
    (403, "Key limit exceeded (total limit).", {}, Reason.NO_CREDIT),
    (403, "Your account has been suspended.", {}, Reason.UNAUTHORIZED),
]


@pytest.mark.parametrize(("status", "message", "metadata", "reason"), THE_ACCOUNTS)
def test_a_refusal_of_the_account_stops_the_run(status, message, metadata, reason):
    outcome = outcome_of(status, message, **metadata)

    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCOUNT_FATAL, reason)


NOT_THE_ACCOUNTS = [
    (401, PASSED_ON, {"provider_name": "OpenAI", "raw": '{"error": "Incorrect API key"}'}, Reason.PROVIDER_ACCOUNT),
    (401, PASSED_ON, {}, Reason.PROVIDER_ACCOUNT),
    (401, "Your BYOK key for this provider is invalid", {}, Reason.PROVIDER_ACCOUNT),
    (402, PASSED_ON, {"provider_name": "DeepSeek", "raw": "Insufficient Balance"}, Reason.PROVIDER_ACCOUNT),
    (402, "Payment required", {"provider_name": "Acme"}, Reason.PROVIDER_ACCOUNT),
    (402, AFFORD, {}, Reason.TOO_EXPENSIVE),
    (402, "Prompt tokens limit exceeded: 5000 > 3000.", {}, Reason.TOO_EXPENSIVE),
    (403, PASSED_ON, {"provider_name": "OpenAI", "raw": "unsupported_country_region_territory"}, Reason.REGION),
    (403, PASSED_ON, {"raw": {"error": {"message": "User location is not supported"}}}, Reason.REGION),
    (403, "The input was flagged", {"reasons": ["violence"], "flagged_input": "..."}, Reason.CONTENT_FILTER),
    (403, PASSED_ON, {"provider_name": "Acme", "raw": "something"}, Reason.FORBIDDEN),
    (400, PASSED_ON, {"raw": "messages.0: image exceeds 5 MB maximum"}, Reason.IMAGE),
    (400, PASSED_ON, {"raw": "Could not process image"}, Reason.IMAGE),
    (400, PASSED_ON, {"raw": "Failed to download image from URL"}, Reason.IMAGE_DOWNLOAD_FAILED),
    (400, PASSED_ON, {"raw": "Output blocked by content management policy"}, Reason.CONTENT_FILTER),
    (400, PASSED_ON, {"raw": "prompt is too long: 300000 tokens"}, Reason.TOO_LONG),
    (400, PASSED_ON, {"raw": "something else"}, Reason.BAD_REQUEST),
    (400, PASSED_ON, {"raw": "Unknown key: plugins"}, Reason.BAD_REQUEST),
    (429, PASSED_ON, {"provider_name": "OpenAI", "raw": {"code": "insufficient_quota"}}, Reason.PROVIDER_ACCOUNT),
    (429, PASSED_ON, {"provider_name": "Google", "raw": "You exceeded your current quota"}, Reason.RATE_LIMITED),
]


@pytest.mark.parametrize(("status", "message", "metadata", "reason"), NOT_THE_ACCOUNTS)
def test_a_refusal_of_a_provider_or_of_one_request_stops_no_run(status, message, metadata, reason):
    outcome = outcome_of(status, message, **metadata)

    assert outcome.reason is reason
    assert outcome.kind is not OutcomeKind.ACCOUNT_FATAL


@pytest.mark.parametrize(("status", "message", "metadata", "reason"), NOT_THE_ACCOUNTS)
def test_a_provider_is_never_quoted(status, message, metadata, reason):
    secret = "Ada Lovelace's answer"
    raw = metadata.get("raw")
    if raw is not None:
        metadata = metadata | {"raw": f"{raw if isinstance(raw, str) else json.dumps(raw)} {secret}"}

    assert secret not in outcome_of(status, message, **metadata).message


@pytest.mark.parametrize(
    "inside_200", [{"code": 402}, {"code": "402"}, {"metadata": {"error_type": "payment_required"}}]
)
def test_a_refusal_inside_200_is_judged_the_same_way(inside_200):
    for message, verdict in ((AFFORD, OutcomeKind.TERMINAL), ("Insufficient credits", OutcomeKind.ACCOUNT_FATAL)):
        body = {"error": {"message": message} | inside_200}
        assert classify(200, {}, json.dumps(body).encode(), NOW).kind is verdict


WAITS = [
    ({"Retry-After": "7"}, {}, 7),
    ({}, {"headers": {"Retry-After": "7"}}, 7),
    ({}, {"headers": {"X-RateLimit-Reset": str(int((NOW + 28_800) * 1000))}}, 28_800),
    ({}, {"headers": {"x-ratelimit-reset": int(NOW + 28_800)}}, 28_800),
    ({}, {"headers": {"X-RateLimit-Reset": "45"}}, 45),
    ({}, {"headers": {"x-ratelimit-reset-requests": "1m30s"}}, 90),
    ({}, {"retry_after": 12.5}, 12.5),
    ({}, {"availability": {"retry_after": 9}}, 9),
    ({}, {"raw": '{"error": {"details": [{"retryDelay": "34s"}]}}'}, 34),
    ({}, {"raw": "Rate limit reached. Please try again in 1m2.5s."}, 62.5),
    ({"Retry-After-Ms": "1500"}, {}, 1.5),
    ({}, {}, None),
]


@pytest.mark.parametrize(("headers", "metadata", "wait"), WAITS)
def test_a_limit_is_read_wherever_it_is_told(headers, metadata, wait):
    lowered = {name.lower(): value for name, value in headers.items()}

    assert outcome_of(429, "Rate limit exceeded", lowered, **metadata).wait_seconds == wait


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("simulated", "No endpoints found for simulated/careful"),
        ("a-key-of-16-chars", "No endpoints found for [key]/careful"),
    ],
)
def test_a_key_that_is_a_word_is_not_taken_out_of_messages(key, shown):
    body = {"error": {"code": 404, "message": f"No endpoints found for {key}/careful"}}

    assert shown in classify(404, {}, json.dumps(body).encode(), NOW, secret=key).message


def test_a_refusal_names_its_provider():
    raw = '{"error": {"message": "Insufficient Balance"}}'

    assert "(provider: DeepSeek)" in outcome_of(402, PASSED_ON, provider_name="DeepSeek", raw=raw).message
    assert "provider:" not in outcome_of(402, PASSED_ON, provider_name="Ada wrote: <b>2</b>", raw=raw).message
