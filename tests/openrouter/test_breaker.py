"""A model that keeps failing is not asked any more: one probe, then its calls fail with the model's own reason."""

import asyncio
import json

import httpx
import pytest

from app.marks.reasons import Reason
from app.openrouter.call import HELD_BACK, CompletionRequest, Failure
from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from tests.support.virtual_time import run_in_virtual_time

SLOTS = 16
REFUSED = {"error": {"code": 404, "message": "no such model"}}


class World:
    """A model that answers as `behave(number, session)` says: a document, or an error document with its status."""

    def __init__(self, behave):
        self.behave = behave
        self.sent = []

    async def __call__(self, request):
        session = json.loads(request.content)["session_id"]
        self.sent.append(session)
        status, document = self.behave(len(self.sent), session)
        await asyncio.sleep(0.1)
        return httpx.Response(status, json=document)


def request(session="s1"):
    return CompletionRequest(session, "m/one", {"model": "m/one", "session_id": session, "messages": []})


@pytest.fixture
def run(make_client):
    """The results of `sessions` asked at once, the world, and the gates; `then(client)` is asked afterwards."""

    def run(behave, sessions, then=None):
        async def main(loop):
            world, gates = World(behave), ModelGates(clock=loop.time)
            http = httpx.AsyncClient(transport=httpx.MockTransport(world))
            client = make_client(http, limiter=FairLimiter(SLOTS), gates=gates)
            results = await asyncio.gather(*(client.complete(request(session)) for session in sessions))
            return results, world, gates, await then(client, loop) if then else None

        return run_in_virtual_time(main)

    return run


def test_a_model_that_always_fails_is_asked_by_its_first_wave_and_one_probe(run):
    results, world, gates, _ = run(lambda *_: (404, REFUSED), ["s1", "s2", "s3", "s4"] * 50)
    assert len(world.sent) == SLOTS + 1
    assert {result.failure.reason for result in results} == {Reason.NOT_FOUND}
    unasked = [result for result in results if not result.http_requests]
    assert len(unasked) == 200 - SLOTS - 1
    assert unasked[0].failure.message.startswith("Not asked, because the model's last 6 calls failed. The last one: ")
    assert gates.health()["m/one"].state == "failing"


def test_a_probe_that_is_answered_lets_all_other_calls_go(run, replies):
    good = replies.completion()
    results, world, gates, _ = run(lambda number, _: (404, REFUSED) if number <= SLOTS else (200, good), ["s1"] * 60)
    assert sum(result.completion is not None for result in results) == 60 - SLOTS
    assert len(world.sent) == 60
    assert gates.health()["m/one"].state == "open"


def test_a_script_that_a_model_refuses_stops_no_other_script(run, replies):
    filtered = replies.completion("", "content_filter")
    results, world, *_ = run(
        lambda _, session: (200, filtered if session == "bad" else replies.completion()), ["bad"] * 40 + ["good"] * 40
    )
    assert all(result.completion for result in results[40:])
    assert world.sent.count("bad") <= SLOTS + 1


def test_an_outage_does_not_open_the_breaker(run, replies):
    good = replies.completion()
    results, *_ = run(lambda number, _: (502, {}) if number <= 40 else (200, good), ["s1", "s2"] * 30)
    assert sum(result.completion is not None for result in results) >= 40
    assert not any("Not asked" in result.failure.message for result in results if result.failure)


def test_answers_between_the_failures_keep_the_breaker_closed(run, replies):
    good = replies.completion()
    _, world, *_ = run(lambda number, _: (200, good) if number % 4 == 0 else (404, REFUSED), ["s1"] * 100)
    assert len(world.sent) == 100


def test_after_ten_seconds_one_call_asks_again(run, replies):
    async def later(client, loop):
        at_once = await client.complete(request("s3"))
        await asyncio.sleep(11)
        return at_once, await asyncio.gather(*(client.complete(request("s3")) for _ in range(30)))

    def behave(number, _):
        return (404, REFUSED) if number <= SLOTS + 1 else (200, replies.completion())

    _, world, _, (at_once, after) = run(behave, ["s1", "s2"] * 20, later)
    assert at_once.failure.reason is Reason.NOT_FOUND
    assert at_once.http_requests == 0
    assert all(result.completion for result in after)
    assert len(world.sent) == SLOTS + 1 + 30


async def test_a_probe_that_is_cancelled_lets_the_next_call_probe():
    gates = ModelGates()
    failure = Failure(Reason.NOT_FOUND, "no such model")
    for key in ("s1", "s2", "s1", "s2", "s1"):
        gates.breakers.ended("m/one", key, (), failure)
    probed = gates.breakers.leave("m/one", "s1")
    assert probed
    waiting = asyncio.create_task(gates.breakers.probe_ended("m/one", "s2"))
    await asyncio.sleep(0)
    assert not waiting.done()
    gates.breakers.ended("m/one", "s1", probed, HELD_BACK)
    await asyncio.wait_for(waiting, 30)
    assert gates.breakers.leave("m/one", "s2")
