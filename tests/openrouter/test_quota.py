"""Windows of calls that successful replies tell of: X-RateLimit-Limit, -Remaining and -Reset."""

import asyncio

import httpx
import pytest

from app.openrouter.quota import Quota, Window
from app.openrouter.reply import window_of
from tests.support.limited_model import EPOCH, LimitedModel, ask, client_of
from tests.support.virtual_time import run_in_virtual_time

ANSWER = b'{"id": "g", "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}], "usage": {}}'
WINDOW, LIMIT, CALLS = 10.0, 20, 70


class Windowed(LimitedModel):
    """Admits LIMIT calls in each window of WINDOW seconds, and says on every reply how many are left."""

    says = True

    async def __call__(self, request):
        window, counted = divmod(self.clock(), WINDOW)
        used = sum(at // WINDOW == window for at in self.admitted_at)
        if used >= LIMIT:
            self.refused += 1
            return httpx.Response(429, headers={"Retry-After": "1"}, json={"error": {"code": 429, "message": "slow"}})
        self.admitted_at.append(self.clock())
        headers = {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(LIMIT - used - 1),
            "X-RateLimit-Reset": str(round(1000 * (EPOCH + self.clock() - counted + WINDOW))),
        }
        await asyncio.sleep(0.2)
        return httpx.Response(200, headers=headers if self.says else {}, content=ANSWER)


def run(*, says):
    async def main(loop):
        model = Windowed(loop.time, ANSWER, rate=lambda _: 0.0, burst=0)
        model.says = says
        client, _ = client_of(model, concurrency=8)
        began = loop.time()
        results = await ask(client, CALLS)
        return model, results, loop.time() - began

    return run_in_virtual_time(main)


def test_calls_keep_within_the_windows_that_replies_tell_of():
    model, results, seconds = run(says=True)
    assert all(one.failure is None for one in results)
    assert model.refused == 0
    assert seconds <= 4 * WINDOW


def test_without_headers_the_limit_is_met_by_refusals():
    model, results, _ = run(says=False)
    assert all(one.failure is None for one in results)
    assert model.refused > 0


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1000005000"}, Window(3, 5.0)),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30", "x-ratelimit-limit": "20"}, Window(0, 30.0, 20)),
        ({"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "1.5s"}, Window(7, 1.5)),
        ({"x-ratelimit-remaining": "3"}, None),
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "30"}, None),
        ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "30"}, None),
        ({}, None),
    ],
)
def test_headers_of_a_window_are_read(headers, found):
    assert window_of(headers, 1_000_000.0) == found


def test_a_window_of_a_day_is_no_reason_to_wait():
    quota = Quota()
    quota.note(Window(0, 3600.0), 100.0, 99.0)
    assert quota.seconds_left(100.0) == 0


def test_calls_on_their_way_are_taken_off():
    quota = Quota()
    for at in (1.0, 2.0, 3.0):
        quota.taken(at)
    quota.note(Window(2, 5.0), 4.0, sent_at=1.0)
    assert quota.seconds_left(4.0) == 5.0


def test_after_the_end_of_a_window_calls_leave_again():
    quota = Quota()
    quota.note(Window(0, 5.0, 2), 0.0, sent_at=0.0)
    assert quota.seconds_left(5.0) == 0
    quota.taken(5.0)
    assert quota.seconds_left(5.0) == 0
    quota.taken(5.1)
    assert quota.seconds_left(5.1) == pytest.approx(4.9)
