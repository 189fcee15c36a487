"""The learning gate in virtual time: calls leave one after the other, as fast as the model admits them."""

import asyncio
from itertools import pairwise

import pytest

from app.openrouter.gates import ModelGates
from app.openrouter.pace import Pace
from tests.support.limited_model import LATENCY, SLOW, LimitedModel, ask, client_of
from tests.support.virtual_time import run_in_virtual_time

CALLS, SLOTS = 200, 16


@pytest.fixture
def limited_run(replies):
    """What (seconds, model, results, gates) a run of calls against a limited model comes to."""

    def run(rate, burst, *, calls=CALLS, **more):
        async def main(loop):
            answer = replies.encoded(replies.completion())
            model = LimitedModel(loop.time, answer, rate if callable(rate) else lambda _: rate, burst, **more)
            client, gates = client_of(model, concurrency=SLOTS)
            results = await ask(client, calls)
            return loop.time(), model, results, gates

        return run_in_virtual_time(main)

    return run


# No client can know of the limit before the first wave has met it, nor with a burst above the slots before the second.
UNKNOWABLE = {1: 15, 20: 12}


@pytest.mark.parametrize("form", ["seconds", "date", "body", "none"])
@pytest.mark.parametrize("burst", [1, 20])
@pytest.mark.parametrize("rate", [5, 20, 50])
def test_a_limited_model_is_used_near_its_rate_with_few_refusals(limited_run, rate, burst, form):
    seconds, model, results, _ = limited_run(rate, burst, form=form, retry_after=2.0 if form == "date" else 1.0)
    assert all(result.completion for result in results)
    assert seconds <= 1.05 * ((CALLS - burst) / rate + LATENCY)
    assert model.refused - UNKNOWABLE[burst] <= 0.065 * CALLS


def test_a_refused_call_waits_no_longer_than_until_the_model_admits_others(limited_run):
    seconds, model, results, _ = limited_run(50, 20, retry_after=60)
    assert all(result.completion for result in results)
    assert model.refused
    assert seconds < 60


def test_a_call_that_is_refused_alone_waits_as_long_as_it_is_told(limited_run):
    seconds, model, results, _ = limited_run(0.2, 1, calls=2, retry_after=5)
    assert all(result.completion for result in results)
    assert model.refused == 1
    assert 5 <= seconds < 6


@pytest.mark.parametrize("places", [1, 4, 8])
def test_a_limit_of_calls_at_once_is_learned_as_such(limited_run, places):
    seconds, model, results, gates = limited_run(1, 1, at_once=places)
    assert all(result.completion for result in results)
    assert seconds <= 1.12 * CALLS * SLOW / places
    assert model.refused - (SLOTS - places) <= 0.08 * CALLS
    health = gates.health()["m/one"]
    assert (health.rate, health.at_once) == (None, places)
    assert gates.rates() == {}, "a rate that never was a limit must not be used after a restart"


def test_a_process_that_was_crowded_out_is_soon_as_fast_as_the_limit(replies):
    seconds = {}

    async def main(loop):
        model = LimitedModel(loop.time, replies.encoded(replies.completion()), lambda _: 20, 20)

        async def one(seed):
            client, _ = client_of(model, concurrency=SLOTS, seed=seed)
            await ask(client, CALLS)
            seconds[seed] = loop.time()

        await asyncio.gather(one(1), one(2))

    run_in_virtual_time(main)
    assert max(seconds.values()) <= 1.5 * 2 * CALLS / 20


@pytest.mark.parametrize("form", ["seconds", "none"])
def test_a_model_with_a_burst_of_one_meets_no_herd(limited_run, form):
    seconds, model, results, _ = limited_run(20, 1, calls=40, form=form)
    assert all(result.completion for result in results)
    # The bucket alone takes 2.15 s. Fifteen of the first wave cannot but be refused.
    assert seconds <= 2.6
    assert model.refused <= 20


def test_calls_of_a_limited_model_leave_one_after_the_other(limited_run):
    _, model, _, _ = limited_run(20, 1)
    learned = [at for at in model.admitted_at if at > 3]
    gaps = [after - before for before, after in pairwise(learned)]
    assert min(gaps) >= 0.049


def test_a_limit_that_falls_to_a_tenth_is_followed_within_five_seconds(limited_run):
    _, model, results, _ = limited_run(lambda now: 50 if now < 4 else 5, 5, calls=260)
    assert all(result.completion for result in results)
    assert sum(9 <= at < 14 for at in model.admitted_at) >= 23
    assert model.refused <= 40


def test_a_limit_that_rises_tenfold_is_followed_within_ten_seconds(limited_run):
    _, model, results, _ = limited_run(lambda now: 5 if now < 10 else 50, 5, calls=700)
    assert all(result.completion for result in results)
    assert sum(20 <= at < 22 for at in model.admitted_at) >= 90


def test_a_rate_from_before_a_restart_needs_no_refusal_to_be_found():
    pace, now = Pace(hint=20.0), 0.0
    for _ in range(15):
        now = max(now, pace.ready_at)
        pace.sent(now, waiting=100)
    assert pace.is_limited
    assert now == pytest.approx(14 / 20, rel=0.03)


def test_the_gates_say_how_each_model_fares(limited_run):
    *_, gates = limited_run(20, 1)
    health = gates.health()["m/one"]
    assert (health.state, health.waiting, health.error_share) == ("limited", 0, 0.0)
    assert health.rate == pytest.approx(20, rel=0.1)


def test_a_pace_without_a_refusal_holds_nobody_back():
    pace = Pace()
    assert all(pace.seconds_left(0.0) <= 0 and pace.sent(0.0) for _ in range(100))
    assert not pace.is_limited


def test_of_a_herd_that_is_refused_only_the_first_counts():
    pace = Pace()
    herd = [pace.sent(0.0) for _ in range(16)]
    for sent in herd:
        pace.refused(sent, 0.003, 1.0)
    assert pace.refusals == 1


def test_a_server_that_means_its_retry_after_is_left_alone():
    pace, now = Pace(), 0.0
    for _ in range(6):
        sent = pace.sent(now)
        pace.refused(sent, now + 0.003, 60.0)
        now = pace.ready_at
    assert pace.seconds_left(now - 60) >= 60 - 1e-6
    assert now > 120


async def test_a_call_that_queued_for_its_slot_while_the_limit_became_known_asks_again():
    gates = ModelGates()
    first, second = await gates.turn("m/one"), await gates.turn("m/one")
    sent = first.leave()
    gates.refused("m/one", sent, 1.0)
    assert second.leave() is None


async def test_a_cancelled_call_gives_its_turn_to_the_next():
    now = [0.0]
    gates = ModelGates(clock=lambda: now[0], sleep=lambda _: asyncio.Event().wait())
    sent = (await gates.turn("m/one")).leave()
    gates.refused("m/one", sent, None)
    waiting = asyncio.create_task(gates.turn("m/one"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    now[0] = 1.0
    turn = await asyncio.wait_for(gates.turn("m/one"), 30)
    assert turn.leave() is not None


def test_a_restored_rate_that_is_refused_only_after_many_calls_stays_a_rate():
    pace, now = Pace(20.0), 100.0
    for _ in range(12):
        sent = pace.sent(now)
        now = pace.ready_at
    pace.refused(sent, now, None)
    assert 10 < pace.rate < 20
