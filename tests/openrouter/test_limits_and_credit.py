"""A limit that nobody waits for, and credit that does not suffice: whose calls end, and whose go on."""

import asyncio
import json

import httpx
import pytest
import respx

from app.marks.reasons import Reason
from app.openrouter.call import CompletionRequest
from app.openrouter.limits import FairLimiter

URL = "https://openrouter.test/api/v1/chat/completions"
AFFORD = "This request requires more credits, or fewer max_tokens. You requested {} tokens, but can only afford 4000."


def request(model="m/one", max_tokens=9900, **more):
    return CompletionRequest("session", model, {"model": model, "max_tokens": max_tokens, "messages": []}, **more)


@pytest.fixture
async def http():
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def route():
    with respx.mock(assert_all_called=False) as router:
        yield router.post(URL)


def sent(route):
    return [json.loads(call.request.content) for call in route.calls]


def daily_limit(clock, hours=8):
    reset = str(int((clock.now + hours * 3600) * 1000))
    error = {"code": 429, "message": "Rate limit exceeded", "metadata": {"headers": {"X-RateLimit-Reset": reset}}}
    return httpx.Response(429, json={"error": error})


async def test_a_daily_limit_ends_the_call_at_once_and_says_when_it_ends(make_client, http, route, clock):
    route.side_effect = lambda _: daily_limit(clock)
    result = await make_client(http).complete(request())

    assert (result.failure.reason, result.http_requests, clock.slept) == (Reason.RATE_LIMITED, 1, [])
    assert "It asks to wait 28800 s" in result.failure.message
    assert result.failure.message.endswith("The limit ends at 1970-01-12 21:46 UTC.")


async def test_calls_of_the_limited_model_that_wait_end_without_a_request(make_client, http, route, clock, replies):
    def answer(asked):
        limited = json.loads(asked.content)["model"] == "m/one"
        return daily_limit(clock) if limited else httpx.Response(200, json=replies.completion())

    route.side_effect = answer
    client = make_client(http, limiter=FairLimiter(1))
    calls = [client.complete(request(model)) for model in ("m/one", "m/one", "m/two", "m/one")]
    first, second, other, third = await together(calls)

    assert [body["model"] for body in sent(route)] == ["m/one", "m/two"]
    assert other.completion is not None
    assert first.failure.message == second.failure.message == third.failure.message
    assert {one.failure.reason for one in (first, second, third)} == {Reason.RATE_LIMITED}


async def test_a_later_start_tries_the_limited_model_again(make_client, http, route, clock, replies):
    route.side_effect = [daily_limit(clock), httpx.Response(200, json=replies.completion())]
    client = make_client(http)
    await client.complete(request())
    clock.now += 1

    assert (await client.complete(request())).completion is not None


async def test_a_single_429_hours_after_another_does_not_end_a_call(make_client, http, route, clock, replies):
    slow = httpx.Response(429, json={"error": {"code": 429, "message": "slow down"}})
    broken = httpx.Response(400, json={"error": {"code": 400, "message": "no"}})
    client = make_client(http, rate_limit_wait_seconds=900)
    route.side_effect = [slow, httpx.ConnectError("gone")] + [httpx.ConnectError("gone")] * 2
    await client.complete(request())
    clock.now += 5 * 3600
    route.side_effect = [slow, httpx.Response(200, json=replies.completion())]

    assert (await client.complete(request())).completion is not None
    assert broken.status_code == 400


async def test_what_the_account_can_pay_for_is_asked_for_where_it_suffices(make_client, http, route, replies):
    def answer(asked):
        wanted = json.loads(asked.content)["max_tokens"]
        if wanted > 4000:
            return httpx.Response(402, json={"error": {"code": 402, "message": AFFORD.format(wanted)}})
        return httpx.Response(200, json=replies.completion())

    route.side_effect = answer
    result = await make_client(http).complete(request(least_tokens=2000))

    assert [body["max_tokens"] for body in sent(route)] == [9900, 4000]
    assert result.completion is not None


async def test_a_call_that_needs_more_than_can_be_paid_for_fails_alone(make_client, http, route):
    route.side_effect = lambda _: httpx.Response(402, json={"error": {"code": 402, "message": AFFORD.format(9900)}})
    result = await make_client(http).complete(request(least_tokens=5000))

    assert (result.failure.reason, result.http_requests) == (Reason.TOO_EXPENSIVE, 1)
    assert not result.failure.account_fatal


async def together(calls):
    return await asyncio.gather(*calls)
