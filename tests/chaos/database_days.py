"""The bad days of the database: stopped, killed, full. And two servers on one database, killed in turn."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil
import psycopg

from tests.chaos.world import MODELS, PATIENCE_SECONDS, Web, World, embedded_conninfo, with_children

TRIES = 12
N_DUE = len(MODELS) * TRIES
FULL = (
    "create function public.no_room() returns trigger language plpgsql as $$ begin "
    "raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$"
)
TABLES_THAT_GROW = ("session", "result", "grading_call")


async def warmed_up(world: World, web: Web) -> str:
    """A session that is being graded by a server that was at work before, so that what it holds then is usual."""
    await web.finished(await web.new_run(MODELS, TRIES), PATIENCE_SECONDS)
    world.simulator.reset()
    return await web.new_run(MODELS, TRIES)


async def some_stored(web: Web, session: str, n: int = 2) -> None:
    await web.until(session, lambda progress: progress["attempts"]["succeeded"] >= n, PATIENCE_SECONDS)


async def database_stopped(world: World) -> None:
    """Every process of Postgres stands still: connections stay open and nothing answers."""
    cluster = await world.cluster()
    web = world.web(DATABASE_URL=cluster.conninfo())
    await web.start()
    session = await warmed_up(world, web)
    before = await web.holds()
    await some_stored(web, session)
    stopped = with_children(cluster._process.pid)
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(world.amount)
        world.verdict.promise((await web.http.get("/health")).is_success, "the server does not answer meanwhile")
    finally:
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
    await the_whole_truth(world, web, session)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(cluster.conninfo())
    world.verdict.happened = f"Postgres stood still for {world.amount} s (SIGSTOP)"


async def the_whole_truth(world: World, web: Web, session: str) -> None:
    """Nothing failed, and nothing was paid twice, except for answers that broke off."""
    progress = await world.judge(web, session, TRIES)
    n_succeeded = progress["attempts"]["succeeded"]
    world.verdict.promise(n_succeeded == N_DUE, f"{n_succeeded} of {N_DUE} attempts succeeded")
    world.settle_bill(N_DUE)


async def database_killed(world: World) -> None:
    """The embedded Postgres is killed, with all its processes in every second case; the server brings it back."""
    web = world.web()
    await web.start()
    session = await warmed_up(world, web)
    before = await web.holds()
    for number in range(world.amount):
        postgres = int((web.data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
        for process in with_children(postgres)[: 1 if number % 2 else None]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await until_ready(web)
        await asyncio.sleep(world.chance.uniform(0, 0.5))
    await the_whole_truth(world, web, session)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened = f"the embedded Postgres killed {world.amount} times"


async def until_ready(web: Web) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(httpx.TimeoutException):
                if (await web.http.get("/health/ready")).is_success:
                    return
            await asyncio.sleep(0.05)


@contextmanager
def full_disk(conninfo: str) -> Iterator[None]:
    """Postgres refuses rows as it does when its disk is full."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(FULL)
        try:
            for table in TABLES_THAT_GROW:
                connection.execute(
                    f"create trigger no_room before insert or update on public.{table}"
                    " for each row execute function public.no_room()"
                )
            yield
        finally:
            connection.execute("drop function public.no_room() cascade")


async def database_full(world: World) -> None:
    cluster = await world.cluster()
    web = world.web(DATABASE_URL=cluster.conninfo())
    await web.start()
    session = await warmed_up(world, web)
    before = await web.holds()
    await some_stored(web, session)
    with full_disk(cluster.conninfo()):
        refused = await web.http.post("/sessions", json={"name": "script"})
        await asyncio.sleep(world.amount)
    world.verdict.promise(refused.status_code == 507, f"a new session answered {refused.status_code}, not 507")
    await the_whole_truth(world, web, session)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(cluster.conninfo())
    world.verdict.happened = f"Postgres had no room for {world.amount} s (53100)"


async def two_webs(world: World) -> None:
    """Two servers on one database. Each is killed in turn; the other takes over, and its own run is left alone."""
    cluster = await world.cluster()
    webs = [world.web(DATABASE_URL=cluster.conninfo()) for _ in range(2)]
    for web in webs:
        await web.start()
    await warmed_up(world, webs[1])
    before, sessions = await webs[1].holds(), []
    for number in range(world.amount):
        killed, other = webs[number % 2], webs[1 - number % 2]
        orphan, spared = [await web.new_run(MODELS, TRIES) for web in (killed, other)]
        await some_stored(killed, orphan)
        await asyncio.sleep(world.chance.uniform(0, 0.5))
        spared_held = holder_is(other, cluster.conninfo(), spared)
        await killed.kill()
        for session in (orphan,) if spared_held else (orphan, spared):
            world.verdict.in_flight += n_unstored(world, cluster.conninfo(), session, time.time())
        await asyncio.gather(*(world.end_of(other, session) for session in (orphan, spared)))
        n_again = len(requests_of(world, spared)) - N_DUE if spared_held else 0
        world.verdict.promise(n_again == 0, f"{n_again} calls too many of the run of the server that lived")
        sessions += [orphan, spared]
        if world.amount == 1:
            world.verdict.left = await other.left_since(before)
        await killed.start()
    for session in sessions:
        await world.judge(webs[0], session, TRIES)
        world.verdict.paid_beyond += len(requests_of(world, session)) - N_DUE
    world.nobody_is_stuck(cluster.conninfo())
    world.verdict.happened = f"{world.amount} kills in turn, {len(sessions)} sessions"


def holder_is(web: Web, conninfo: str, session: str) -> bool:
    """Whether this server has the run: the other one may have been the first to see it."""
    with psycopg.connect(conninfo) as connection:
        (owner,) = connection.execute("select lease_owner from public.session where id = %s", [session]).fetchone()
    return owner is not None and str(web.data) in owner


def requests_of(world: World, session: str) -> list:
    return [entry for entry in world.simulator.log if entry.session.startswith(f"{session}/")]


def n_unstored(world: World, conninfo: str, session: str, killed_at: float) -> int:
    """Requests whose answer was not stored when the server of the session was killed."""
    asked = [entry for entry in requests_of(world, session) if entry.started_at <= killed_at]
    query = (
        "select count(*) from public.grading_call where session_id = %s and status in ('succeeded', 'failed')"
        " and finished_at <= to_timestamp(%s)"
    )
    with psycopg.connect(conninfo) as connection:
        (n_stored,) = connection.execute(query, [session, killed_at]).fetchone()
    return len(asked) - n_stored
