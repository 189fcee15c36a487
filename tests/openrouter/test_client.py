import asyncio
import json
import random

import httpx
import pytest
import respx

from app.openrouter.call import HELD_BACK
from app.openrouter.client import CompletionRequest, OpenRouterClient, Phase
from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from app.openrouter.retry import RetryPolicy
from tests.support.virtual_time import run_in_virtual_time

URL = "https://openrouter.test/api/v1/chat/completions"
API_KEY = "key-of-some-gateway"
BODY = {"model": "m/one", "max_tokens": 1000, "messages": [{"role": "user", "content": "Ada Lovelace's script"}]}
REQUEST = CompletionRequest("session", "m/one", BODY)


@pytest.fixture
async def http():
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def route():
    with respx.mock(assert_all_called=False) as router:
        yield router.post(URL)


def limited(seconds):
    return httpx.Response(429, headers={"Retry-After": str(seconds)}, json={"error": {"code": 429, "message": "slow"}})


def failing(status):
    return httpx.Response(status, json={"error": {"code": status, "message": "it failed"}})


@pytest.fixture
def good(replies):
    return httpx.Response(200, json=replies.completion("the answer"))


@pytest.fixture
def cut(replies):
    return httpx.Response(200, json=replies.completion("the ans", "length"))


async def test_a_completion_comes_back_with_its_evidence(make_client, http, route, good):
    route.return_value = good
    result = await make_client(http).complete(REQUEST)
    assert result.failure is None
    assert (result.completion.content, result.completion.finish_reason, result.completion.provider) == (
        "the answer",
        "stop",
        "Acme",
    )
    assert (result.http_requests, result.usage.cost_usd) == (1, 0.01)


async def test_the_request_carries_the_clients_headers_and_the_callers_body(make_client, http, route, good):
    route.return_value = good
    request = CompletionRequest("session", "m/one", BODY, headers={"X-Extra": "1", "Authorization": "Bearer other"})
    await make_client(http).complete(request)
    sent = route.calls.last.request
    assert json.loads(sent.content) == BODY
    assert sent.headers["authorization"] == f"Bearer {API_KEY}"
    assert sent.headers["http-referer"] == "https://school.test"
    assert sent.headers["x-title"] == "Secondmark"
    assert sent.headers["x-openrouter-cache"] == "false"
    assert sent.headers["x-extra"] == "1"


async def test_a_failure_is_a_value_with_the_partial_answer_kept(make_client, http, route, replies):
    document = replies.completion("half")
    document["choices"][0]["error"] = {"code": 400, "message": "no"}
    route.return_value = httpx.Response(200, json=document)
    result = await make_client(http).complete(REQUEST)
    assert result.completion is None
    assert result.failure.reason == "bad_request"
    assert result.exchanges[0].as_json()["content"] == "half"


async def test_cost_is_summed_over_every_request(make_client, http, route, replies, good):
    broken = httpx.Response(200, json=replies.completion("half", "error"))
    route.side_effect = [broken, good]
    result = await make_client(http).complete(REQUEST)
    assert (result.http_requests, result.usage.cost_usd, result.usage.prompt_tokens) == (2, 0.02, 200)
    assert result.completion.usage.cost_usd == 0.01


async def test_failures_are_retried_and_then_reported(make_client, http, route, clock):
    route.return_value = failing(502)
    result = await make_client(http).complete(REQUEST)
    assert result.failure.message == "The model's provider failed (HTTP 502): it failed. It was asked 3 times."
    assert clock.slept == [0.5, 1.0]


async def test_nothing_is_slept_after_the_last_try(make_client, http, route, clock):
    route.return_value = failing(502)
    await make_client(http, max_requests=1).complete(REQUEST)
    assert clock.slept == []


@pytest.mark.parametrize(("status", "reason"), [(401, "unauthorized"), (402, "no_credit")])
async def test_account_failures_are_sent_once_and_marked_fatal(make_client, http, route, status, reason):
    route.return_value = failing(status)
    result = await make_client(http).complete(REQUEST)
    assert (result.failure.reason, result.failure.account_fatal, route.call_count) == (reason, True, 1)


async def test_a_retry_after_is_waited_out_once(make_client, http, route, clock, good):
    route.side_effect = [limited(60), good]
    result = await make_client(http, draw=0.0).complete(REQUEST)
    assert result.completion is not None
    assert clock.slept == [60]


async def test_waiting_out_rate_limits_does_not_use_up_the_requests(make_client, http, route, good):
    route.side_effect = [*[limited(1)] * 20, good]
    result = await make_client(http, max_requests=1).complete(REQUEST)
    assert result.completion is not None
    assert result.http_requests == 21


async def test_a_429_holds_back_the_models_other_calls_and_no_others(make_client, http, route, clock, good):
    asleep = asyncio.Event()

    async def sleep_for_ever(_seconds):
        asleep.set()
        await asyncio.Event().wait()

    gates = ModelGates(clock=clock, sleep=sleep_for_ever)
    clock.sleep = sleep_for_ever
    route.side_effect = [limited(30), good]
    client = make_client(http, gates=gates)
    first = asyncio.create_task(client.complete(REQUEST))
    await asleep.wait()
    assert not gates.is_open("m/one")
    assert (await client.complete(CompletionRequest("session", "m/two", BODY))).completion is not None
    first.cancel()


async def test_an_answer_ends_the_time_in_which_a_model_only_said_429(make_client, http, route, clock, good):
    gates = ModelGates(clock=clock, sleep=clock.sleep)
    route.side_effect = [limited(30), good]
    await make_client(http, gates=gates).complete(REQUEST)
    assert gates.limited_seconds("m/one") == 0


async def test_a_model_that_only_ever_says_429_fails_in_time(make_client, http, route, clock):
    route.return_value = limited(60)
    result = await make_client(http, draw=0.0).complete(REQUEST)
    assert result.failure.reason == "rate_limited"
    assert sum(clock.slept) == 900


async def test_a_cut_answer_is_asked_for_once_more_with_more_room(make_client, http, route, cut, good):
    route.side_effect = [cut, good]
    result = await make_client(http).complete(REQUEST)
    assert [json.loads(call.request.content)["max_tokens"] for call in route.calls] == [1000, 2000]
    assert result.completion.content == "the answer"
    assert result.exchanges[0].answer.content == "the ans"


async def test_more_room_stays_within_the_models_limit(make_client, http, route, cut):
    route.return_value = cut
    result = await make_client(http).complete(CompletionRequest("session", "m/one", BODY, output_limit=1500))
    assert [json.loads(call.request.content)["max_tokens"] for call in route.calls] == [1000, 1500]
    assert result.failure.reason == "out_of_output_tokens"
    assert "ran out of output tokens" in result.failure.message


@pytest.mark.parametrize("body", [BODY, {"model": "m/one"}])
async def test_a_cut_answer_is_final_where_there_is_no_more_room(make_client, http, route, cut, body):
    route.return_value = cut
    request = CompletionRequest("session", "m/one", body, output_limit=1000)
    result = await make_client(http).complete(request)
    assert (result.failure.reason, result.http_requests) == ("out_of_output_tokens", 1)


async def test_the_callers_body_is_left_as_it_was(make_client, http, route, cut, good):
    route.side_effect = [cut, good]
    await make_client(http).complete(REQUEST)
    assert BODY["max_tokens"] == 1000


async def test_transport_errors_are_retried(make_client, http, route, good):
    route.side_effect = [httpx.ConnectError("no"), httpx.RemoteProtocolError("gone"), good]
    result = await make_client(http).complete(REQUEST)
    assert [exchange.outcome.sent for exchange in result.exchanges] == [False, True, True]
    assert result.completion is not None


async def test_the_deadline_bounds_a_request_and_is_retried_once(make_client, http, route):
    async def hang(_request):
        await asyncio.Event().wait()

    route.side_effect = hang
    result = await make_client(http, timeout=0.01, max_requests=9).complete(REQUEST)
    assert (result.failure.reason, result.http_requests) == ("deadline", 2)


async def test_the_deadline_bounds_a_body_that_drips(make_client, http, route):
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                yield b" "
                await asyncio.sleep(0)

    route.side_effect = lambda _: httpx.Response(200, stream=Dripping())
    result = await make_client(http, timeout=0.01, max_requests=1).complete(REQUEST)
    assert result.failure.reason == "deadline"


async def test_redirects_do_not_carry_the_key_away(make_client, route):
    route.return_value = httpx.Response(307, headers={"Location": "https://elsewhere.test"})
    async with httpx.AsyncClient(follow_redirects=True) as http:
        result = await make_client(http).complete(REQUEST)
    assert result.failure.reason == "misconfigured"


async def test_phases_are_told_in_order(make_client, http, route, good):
    route.side_effect = [failing(500), good]
    phases = []
    await make_client(http).complete(REQUEST, on_phase=phases.append)
    assert phases == [Phase.QUEUED, Phase.RUNNING, Phase.WAITING, Phase.RUNNING]


async def test_the_slot_is_held_while_running_and_not_while_waiting(make_client, http, route, good):
    limiter = FairLimiter(1)
    route.side_effect = [limited(5), failing(500), good]
    held = []
    await make_client(http, limiter=limiter).complete(
        REQUEST, on_phase=lambda phase: held.append((phase.value, limiter.in_flight))
    )
    assert set(held) == {("queued", 0), ("running", 1), ("waiting", 0)}


async def test_when_it_may_not_go_on_the_last_failure_is_final_without_waiting(make_client, http, route, clock):
    route.return_value = failing(500)
    result = await make_client(http).complete(REQUEST, keep_going=iter([True, False]).__next__)
    assert (result.failure.reason, result.http_requests, clock.slept) == ("provider_error", 1, [])


async def test_it_is_asked_again_after_the_wait_whether_to_go_on(make_client, http, route):
    route.return_value = failing(500)
    result = await make_client(http).complete(REQUEST, keep_going=iter([True, True, False]).__next__)
    assert (result.failure.reason, result.http_requests) == ("provider_error", 1)


async def test_a_call_that_may_not_start_is_held_back(make_client, http, route):
    result = await make_client(http).complete(REQUEST, keep_going=lambda: False)
    assert result.failure is HELD_BACK
    assert not route.called


async def test_evidence_is_there_for_a_caller_that_is_cancelled(make_client, http, route):
    async def hang(_request):
        call.cancel()
        await asyncio.Event().wait()

    exchanges = []
    route.side_effect = [failing(500), hang]
    call = asyncio.create_task(make_client(http).complete(REQUEST, exchanges=exchanges))
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [exchange.status for exchange in exchanges] == [500]


async def test_a_gate_that_closes_while_a_call_queues_for_its_slot_is_respected(make_client, http, route, clock, good):
    limiter, gates = FairLimiter(1), ModelGates(clock=clock, sleep=clock.sleep)
    route.return_value = good
    await limiter.acquire("other")
    call = asyncio.create_task(make_client(http, limiter=limiter, gates=gates).complete(REQUEST))
    await asyncio.sleep(0)
    gates.pause("m/one", 7)
    limiter.release()
    await call
    assert clock.slept == [7]


async def test_cancelling_passes_through_and_gives_the_slot_back(make_client, http, route):
    started, limiter = asyncio.Event(), FairLimiter(1)

    async def hang(_request):
        started.set()
        await asyncio.Event().wait()

    route.side_effect = hang
    call = asyncio.create_task(make_client(http, limiter=limiter).complete(REQUEST))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert limiter.in_flight == 0


async def test_printing_shows_no_secret_and_no_student(make_client, http, route, replies):
    route.side_effect = [
        httpx.Response(400, json={"error": {"code": 400, "message": f"Key {API_KEY} is odd"}}),
        httpx.Response(200, json=replies.completion("Ada Lovelace: 3 of 5")),
    ]
    client = make_client(http)
    printed = repr([client, REQUEST, await client.complete(REQUEST), await client.complete(REQUEST)])
    assert API_KEY not in printed
    assert "Ada" not in printed


async def test_evidence_is_plain_json(make_client, http, route, good):
    route.side_effect = [failing(500), good]
    result = await make_client(http).complete(REQUEST)
    first, second = json.loads(json.dumps([exchange.as_json() for exchange in result.exchanges]))
    assert (first["status"], first["verdict"], first["reason"]) == (500, "retryable", "provider_error")
    assert (second["content"], second["usage"]["cost_usd"]) == ("the answer", 0.01)
    assert first["at"] == "1970-01-12T13:46:40.000+00:00"


async def test_the_clients_own_address_has_no_double_slash(http, route, good, clock):
    route.return_value = good
    client = OpenRouterClient(
        http,
        base_url="https://openrouter.test/api/v1/",
        api_key=API_KEY,
        limiter=FairLimiter(1),
        gates=ModelGates(),
        policy=RetryPolicy(),
        call_timeout_seconds=1,
    )
    assert (await client.complete(REQUEST)).completion is not None


class Bucket:
    """A provider that allows 20 requests a second, 20 at once, and tells the rest within 5 ms to come back in 1 s."""

    def __init__(self, clock, good):
        self._clock, self._good = clock, good
        self._tokens, self._at = 20.0, clock()
        self.refused = 0

    async def __call__(self, _request):
        now = self._clock()
        self._tokens, self._at = min(20.0, self._tokens + (now - self._at) * 20), now
        if self._tokens < 1:
            self.refused += 1
            await asyncio.sleep(0.005)
            return limited(1)
        self._tokens -= 1
        await asyncio.sleep(0.2)
        return httpx.Response(200, content=self._good)


def test_a_rate_limited_model_is_used_close_to_its_rate(replies):
    async def main(loop):
        bucket = Bucket(loop.time, replies.encoded(replies.completion()))
        async with httpx.AsyncClient(transport=httpx.MockTransport(bucket)) as http:
            client = OpenRouterClient(
                http,
                base_url="https://openrouter.test/api/v1",
                api_key=API_KEY,
                limiter=FairLimiter(16),
                gates=ModelGates(clock=loop.time),
                policy=RetryPolicy(),
                call_timeout_seconds=30,
                monotonic=loop.time,
                draw=random.Random(1).random,  # noqa: S311 -- jitter that is the same in every run
            )
            results = await asyncio.gather(*(client.complete(REQUEST) for _ in range(200)))
        return results, loop.time(), bucket.refused

    results, wall, refused = run_in_virtual_time(main)
    assert all(result.completion for result in results)
    # The burst, and then 20 a second: 9.2 s at best. A client that does not hold back wastes 160 requests here.
    assert wall <= 1.25 * 9.2
    assert refused <= 80


async def test_a_refused_account_stops_sessions_that_begin_then_and_no_session_that_begins_anew(
    make_client, http, route, good, clock
):
    route.side_effect = [failing(402), good]
    client = make_client(http)
    refused = await client.complete(REQUEST)
    neighbour = await client.complete(CompletionRequest("another session", "m/one", BODY))
    clock.now += 0.1
    again = await client.complete(REQUEST)
    assert (refused.failure.account_fatal, refused.http_requests) == (True, 1)
    assert (neighbour.failure.reason, neighbour.http_requests) == (refused.failure.reason, 0)
    assert again.completion is not None
