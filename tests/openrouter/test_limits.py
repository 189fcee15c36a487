import asyncio

import pytest

from app.openrouter.gates import ModelGates
from app.openrouter.limits import FairLimiter
from tests.support.virtual_time import run_in_virtual_time


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def hold(limiter, key, finish, log=None):
    async with limiter.permit(key):
        if log is not None:
            log.append(key)
        await finish.wait()


async def start(limiter, keys, finish, log=None):
    tasks = [asyncio.create_task(hold(limiter, key, finish, log)) for key in keys]
    await settle()
    return tasks


async def run_in_turns(limiter, keys):
    """The order in which the keys' tasks get the only slot, each giving it back at once."""
    order = []

    async def take(key):
        async with limiter.permit(key):
            order.append(key)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(key) for key in keys))
    return order


async def test_never_more_slots_than_the_capacity():
    limiter, finish = FairLimiter(3), asyncio.Event()
    tasks = await start(limiter, "aabbcc", finish)
    assert limiter.in_flight == 3
    finish.set()
    await asyncio.gather(*tasks)
    assert (limiter.in_flight, limiter.peak) == (0, 3)


async def test_waiting_keys_take_turns():
    assert "".join(await run_in_turns(FairLimiter(1), "aaaabbcc")) == "aabcabca"[:8]


async def test_within_a_key_the_first_comes_first():
    limiter, order = FairLimiter(1), []

    async def take(number):
        async with limiter.permit("a"):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_a_key_that_comes_late_does_not_wait_for_the_others_queue():
    order = await run_in_turns(FairLimiter(1), "a" * 100 + "b")
    assert order.index("b") <= 2


def test_when_one_of_four_sessions_is_half_done_the_others_are_at_least_a_fifth_done():
    async def main(_loop):
        limiter, done = FairLimiter(16), dict.fromkeys("abcd", 0)
        seen = []

        async def call(key):
            async with limiter.permit(key):
                await asyncio.sleep(0.5)
            done[key] += 1
            if not seen and done[key] == 50:
                seen.append(dict(done))

        async def session(key, delay):
            await asyncio.sleep(delay)
            await asyncio.gather(*(call(key) for _ in range(100)))

        await asyncio.gather(*(session(key, index * 0.1) for index, key in enumerate("abcd")))
        return seen[0]

    assert min(run_in_virtual_time(main).values()) >= 20


async def test_a_cancelled_waiter_is_passed_over():
    limiter, finish, log = FairLimiter(1), asyncio.Event(), []
    tasks = await start(limiter, "abc", finish, log)
    tasks[1].cancel()
    finish.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log == ["a", "c"]
    assert limiter.in_flight == 0


async def test_a_waiter_cancelled_with_the_slot_in_its_hand_passes_it_on():
    limiter, finish, log = FairLimiter(1), asyncio.Event(), []
    await limiter.acquire("holder")
    tasks = await start(limiter, "ab", finish, log)
    limiter.release()
    tasks[0].cancel()
    await settle()
    assert log == ["b"]
    finish.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert limiter.in_flight == 0


async def test_the_last_waiter_cancelled_with_the_slot_in_its_hand_frees_it():
    limiter = FairLimiter(1)
    await limiter.acquire("holder")
    (task,) = await start(limiter, "a", asyncio.Event())
    limiter.release()
    task.cancel()
    await settle()
    assert limiter.in_flight == 0


async def test_an_exception_inside_gives_the_slot_back():
    limiter = FairLimiter(1)
    with pytest.raises(RuntimeError):
        async with limiter.permit("a"):
            raise RuntimeError
    assert limiter.in_flight == 0


async def test_a_thousand_cancelled_waiters_leave_nothing_behind():
    limiter, finish = FairLimiter(1), asyncio.Event()
    tasks = await start(limiter, [str(number % 7) for number in range(1000)], finish)
    for task in tasks[1:]:
        task.cancel()
    finish.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (limiter.in_flight, len(limiter._waiting)) == (0, 0)


def test_a_limiter_has_room_for_something():
    with pytest.raises(ValueError, match="at least 1"):
        FairLimiter(0)


@pytest.fixture
def gates(clock):
    return ModelGates(clock=clock, sleep=clock.sleep)


async def test_a_gate_is_open_unless_paused(gates, clock):
    (await gates.turn("m/one")).close()
    assert gates.is_open("m/one")
    assert clock.slept == []


async def test_a_pause_holds_one_model_and_no_other(gates, clock):
    gates.pause("m/one", 5)
    assert not gates.is_open("m/one")
    assert gates.is_open("m/two")
    (await gates.turn("m/one")).close()
    assert clock.slept == [5]
    assert gates.is_open("m/one")


async def test_a_shorter_pause_does_not_shorten_a_longer_one(gates, clock):
    gates.pause("m/one", 5)
    gates.pause("m/one", 1)
    (await gates.turn("m/one")).close()
    assert clock.slept == [5]


async def test_who_waits_notices_that_the_pause_grew(gates, clock):
    gates.pause("m/one", 5)
    waiting = asyncio.create_task(gates.turn("m/one"))
    await asyncio.sleep(0)
    gates.pause("m/one", 3)
    await waiting
    assert clock.slept == [5, 3]


def test_a_model_is_limited_for_as_long_as_calls_waited_since_its_last_answer(gates, clock):
    gates.pause("m/one", 5)
    clock.now += 3
    assert gates.limited_seconds("m/one") == 3
    gates.pause("m/one", 5)
    clock.now += 9
    assert gates.limited_seconds("m/one") == 8
    gates.answered("m/one")
    assert gates.limited_seconds("m/one") == 0


def test_hours_in_which_nobody_waited_do_not_count(gates, clock):
    gates.pause("m/one", 5)
    clock.now += 4 * 3600
    gates.pause("m/one", 5)
    clock.now += 1

    assert gates.limited_seconds("m/one") == 6


def test_a_block_ends_the_calls_that_began_before_it_and_no_later_ones(gates, clock):
    gates.block("m/one", "Limited until midnight.")

    assert gates.blocked("m/one", clock.now) == "Limited until midnight."
    assert gates.blocked("m/one", clock.now + 1) is None
    assert gates.blocked("m/two", clock.now) is None


async def test_a_larger_capacity_lets_those_who_wait_go_at_once():
    limiter, finish, log = FairLimiter(1), asyncio.Event(), []
    tasks = await start(limiter, ["a", "b", "c"], finish, log)
    limiter.resize(2)
    await settle()
    assert (log, limiter.in_flight) == (["a", "b"], 2)
    finish.set()
    await asyncio.gather(*tasks)
    assert limiter.in_flight == 0


async def test_a_smaller_capacity_holds_as_soon_as_requests_end():
    limiter = FairLimiter(3)
    finishes = [asyncio.Event() for _ in range(4)]
    tasks = [(await start(limiter, [key], finish))[0] for key, finish in zip("abcd", finishes, strict=True)]
    limiter.resize(1)
    for finish in finishes[:2]:
        finish.set()
        await settle()
    assert limiter.in_flight == 1
    assert not tasks[3].done()
    finishes[2].set()
    await settle()
    assert limiter.in_flight == 1
    finishes[3].set()
    await asyncio.gather(*tasks)
    assert limiter.in_flight == 0
