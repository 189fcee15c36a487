"""Places for computations: bounded, and given to owners in turns."""

import asyncio

from app.turns import Turns


class Work:
    """Computations that hold their place until they are let go; `begun` says which began, in order."""

    def __init__(self, places, **limits):
        self.turns, self.begun, self._ends = Turns(places, **limits), [], {}

    def ask(self, owner, name):
        self._ends[name] = asyncio.Event()
        return asyncio.create_task(self._hold(owner, name))

    async def _hold(self, owner, name):
        async with self.turns.of(owner):
            self.begun.append(name)
            await self._ends[name].wait()

    async def end(self, name):
        self._ends[name].set()
        await settled()


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_owner_with_many_computations_waits_behind_one_who_has_none():
    work = Work(2)
    tasks = [work.ask("many", name) for name in ("m1", "m2", "m3", "m4")] + [work.ask("one", "o1")]
    await settled()
    assert work.begun == ["m1", "m2"]
    await work.end("m1")
    assert work.begun == ["m1", "m2", "o1"]
    for name in ("m2", "o1", "m3", "m4"):
        await work.end(name)
    await asyncio.gather(*tasks)
    assert work.begun == ["m1", "m2", "o1", "m3", "m4"]


async def test_a_user_leaves_places_to_others_and_an_operator_takes_all():
    work = Work(3, most_of_one=2)
    tasks = [work.ask("many", name) for name in ("m1", "m2", "m3")] + [work.ask("one", "o1")]
    await settled()
    assert work.begun == ["m1", "m2", "o1"]
    for name in ("m1", "m2", "o1", "m3"):
        await work.end(name)
    tasks += [work.ask(None, name) for name in ("k1", "k2", "k3")]
    await settled()
    assert work.begun[-3:] == ["k1", "k2", "k3"]
    for name in ("k1", "k2", "k3"):
        await work.end(name)
    await asyncio.gather(*tasks)


async def test_one_who_went_away_before_the_turn_takes_no_place():
    work = Work(1)
    first, second, third = (work.ask(owner, owner) for owner in ("a", "b", "c"))
    await settled()
    second.cancel()
    await settled()
    await work.end("a")
    assert work.begun == ["a", "c"]
    await work.end("c")
    await asyncio.gather(first, third)


async def test_one_who_is_cancelled_in_the_moment_of_the_call_gives_the_place_back():
    work = Work(1)
    first, second, third = (work.ask(owner, owner) for owner in ("a", "b", "c"))
    await settled()
    work._ends["a"].set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.cancel()
    await settled()
    assert "c" in work.begun
    await work.end("b")
    await work.end("c")
    await asyncio.gather(first, third)
