"""The bad days of OpenRouter: dead, slow, half-open, and without a name."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.chaos.database_days import N_DUE, TRIES, some_stored, warmed_up
from tests.chaos.hooks.sitecustomize import NAME
from tests.chaos.wire import Wire
from tests.chaos.world import MODELS, Web, World, embedded_conninfo


async def through(world: World, web: Web, outage: Callable[[Web, str], Awaitable[None]]) -> None:
    """Grade through an `outage` of OpenRouter. An attempt may fail with a reason; a second start makes only those."""
    await web.start()
    session = await warmed_up(world, web)
    before = await web.holds()
    await some_stored(web, session)
    await outage(web, session)
    first = await world.end_of(web, session)
    await web.grade(session, MODELS, TRIES)
    progress = await world.judge(web, session, TRIES)
    n_succeeded = progress["attempts"]["succeeded"]
    world.verdict.promise(n_succeeded == N_DUE, f"{n_succeeded} of {N_DUE} attempts succeeded after a second start")
    world.settle_bill(N_DUE)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened += f"; {first['attempts']['failed']} attempts failed with a reason until the second start"


def on_the_wire(mode: Wire.Mode, what: str) -> Callable[[World], Awaitable[None]]:
    async def scenario(world: World) -> None:
        async def outage(web: Web, session: str) -> None:
            await world.wire.switch(mode)
            await asyncio.sleep(world.amount)
            await world.wire.switch(Wire.Mode.PASS)

        world.verdict.happened = what.format(world.amount)
        await through(world, world.web(GRADING_CALL_TIMEOUT_SECONDS="2"), outage)

    return scenario


openrouter_dead = on_the_wire(Wire.Mode.DEAD, "nobody listened for {} s")
openrouter_silent = on_the_wire(Wire.Mode.SILENT, "connections were accepted and nothing answered for {} s")
openrouter_cut = on_the_wire(Wire.Mode.CUT, "each answer broke off in its middle for {} s")


async def openrouter_slow(world: World) -> None:
    """Answers take ten times as long, within the time limit of a call."""

    async def outage(web: Web, session: str) -> None:
        world.latency(3.0)
        await asyncio.sleep(world.amount)
        world.latency(0.3)

    world.verdict.happened = f"answers took 3 s instead of 0.3 s for {world.amount} s"
    await through(world, world.web(), outage)


async def names_gone(world: World) -> None:
    """The name of OpenRouter does not resolve, and open connections end."""
    web = world.web(OPENROUTER_BASE_URL=world.wire.base_url.replace("127.0.0.1", NAME))
    # The other loop resolves names outside of Python, where no hook reaches.
    web.options = ("--loop", "asyncio")

    async def outage(web: Web, session: str) -> None:
        flag = web.folder / "no-names"
        flag.touch()
        await world.wire.switch(Wire.Mode.DEAD)
        await world.wire.switch(Wire.Mode.PASS)
        await asyncio.sleep(world.amount)
        flag.unlink()

    world.verdict.happened = f"the name of OpenRouter did not resolve for {world.amount} s"
    await through(world, web, outage)
