import asyncio

from app.openrouter.call import Phase
from app.work.leads import Leads
from tests.support.virtual_time import run_in_virtual_time

LATENCY = 2.0


class Calls:
    """Calls of one kind under `leads`: when each was sent, by its name."""

    def __init__(self, loop, leads):
        self._loop = loop
        self._leads = leads
        self.sent = {}

    async def make(self, name, beginnings=("exam",), *, seconds=LATENCY, is_answered=True):
        async with self._leads.turn(beginnings) as lead:
            self.sent[name] = self._loop.time()
            lead.enter(Phase.RUNNING)
            await asyncio.sleep(seconds)
            lead.is_answered = is_answered


def sent_by(story, **settings):
    """When each call of `story(calls)` was sent, in virtual time."""

    async def main(loop):
        calls = Calls(loop, Leads(**settings))
        await story(calls)
        return calls.sent

    return run_in_virtual_time(main)


def together(*makes):
    return asyncio.gather(*makes)


def test_the_first_call_goes_ahead_and_the_others_follow_together():
    async def story(calls):
        await together(*(calls.make(name) for name in "abcd"))

    assert sent_by(story) == {"a": 0.0, "b": LATENCY, "c": LATENCY, "d": LATENCY}


def test_calls_that_begin_otherwise_do_not_wait():
    async def story(calls):
        await together(calls.make("a", ("one",)), calls.make("b", ("two",)))

    assert sent_by(story) == {"a": 0.0, "b": 0.0}


def test_scripts_follow_the_first_of_their_exam_and_tries_the_first_of_their_script():
    async def story(calls):
        await together(*(calls.make((script, n), ("exam", script)) for script in "AB" for n in range(3)))

    sent = sent_by(story)
    assert sent["A", 0] == 0.0
    assert sent["A", 1] == sent["A", 2] == sent["B", 0] == LATENCY
    assert sent["B", 1] == sent["B", 2] == 2 * LATENCY


def test_when_the_first_one_fails_the_next_goes_ahead():
    async def story(calls):
        await together(calls.make("a", is_answered=False), calls.make("b"), calls.make("c"))

    assert sent_by(story) == {"a": 0.0, "b": LATENCY, "c": 2 * LATENCY}


def test_nobody_waits_longer_than_the_patience_from_the_first_request_on():
    async def story(calls):
        fails = {"seconds": 7.0, "is_answered": False}
        await together(calls.make("a", **fails), calls.make("b", **fails), *(calls.make(name) for name in "cd"))

    assert sent_by(story, patience=10.0) == {"a": 0.0, "b": 7.0, "c": 10.0, "d": 10.0}


def test_a_first_call_that_waits_for_a_slot_uses_up_no_patience():
    async def story(calls):
        async def queued():
            async with calls._leads.turn(("exam",)) as lead:
                await asyncio.sleep(50)
                lead.enter(Phase.RUNNING)
                await asyncio.sleep(LATENCY)
                lead.is_answered = True

        await together(queued(), calls.make("b"))

    assert sent_by(story, patience=10.0) == {"b": 50 + LATENCY}


def test_a_prompt_that_was_not_used_for_long_gets_a_first_call_again():
    async def story(calls):
        await calls.make("a")
        await asyncio.sleep(200)
        await together(calls.make("b"), calls.make("c"))
        await asyncio.sleep(300)
        await together(calls.make("d"), calls.make("e"))

    sent = sent_by(story, kept=270.0)
    assert sent["b"] == sent["c"]
    assert sent["e"] == sent["d"] + LATENCY


def test_a_follower_that_is_cancelled_as_it_is_woken_hands_on():
    async def story(calls):
        async def ahead():
            await calls.make("a", is_answered=False)
            second.cancel()

        first = asyncio.create_task(ahead())
        second, third = (asyncio.create_task(calls.make(name)) for name in "bc")
        await asyncio.gather(first, second, third, return_exceptions=True)

    assert sent_by(story) == {"a": 0.0, "c": LATENCY}


def test_a_thousand_failures_in_a_row_are_handed_on_one_by_one():
    async def story(calls):
        await together(*(calls.make(n, seconds=0, is_answered=False) for n in range(1000)))

    assert len(sent_by(story)) == 1000


def test_prompts_that_no_run_needs_are_forgotten(monkeypatch):
    monkeypatch.setattr("app.work.leads._MOST_KEPT", 10)

    async def main(loop):
        leads = Leads()
        calls = Calls(loop, leads)
        for n in range(100):
            await calls.make(n, (str(n),), seconds=100.0)
        return len(leads._beginnings)

    assert run_in_virtual_time(main) <= 10
