"""kill -9 of workers at random moments, while others go on with the same sessions."""

import asyncio
import shutil
import signal
import time

from tests.chaos.database_days import N_DUE, TRIES, n_unstored, requests_of, some_stored
from tests.chaos.world import CONCURRENCY, MODELS, World
from tests.system.workers import Worker, with_queue

N_WORKERS = 2
# What a worker has sent, and what it is storing meanwhile.
MOST_IN_FLIGHT = 2 * CONCURRENCY


async def kill_workers(world: World) -> None:
    """Each kill takes a random worker; every other one dies as on another machine, where nobody sees its lock."""
    cluster = await world.cluster()
    shared = await asyncio.to_thread(with_queue, cluster.conninfo())
    web = world.web(**shared, QUEUE_WORKER="false")
    workers = [Worker(world.folder / f"worker-{number}", web.environ) for number in range(N_WORKERS)]
    for worker in workers:
        world.stack.push_async_callback(worker.close)
    await asyncio.gather(web.start(), *(worker.start() for worker in workers))
    sessions = []
    for number in range(world.amount):
        sessions.append(await web.new_run(MODELS, TRIES))
        await some_stored(web, sessions[-1])
        await asyncio.sleep(world.chance.uniform(0, 0.5))
        killed = world.chance.choice(workers)
        await killed.end(signal.SIGKILL)
        n_left = n_unstored(world, cluster.conninfo(), sessions[-1], time.time())
        world.verdict.in_flight += min(n_left, MOST_IN_FLIGHT)
        if world.chance.random() < 0.5:
            shutil.rmtree(killed.data / "processes")
        await world.end_of(web, sessions[-1])
        if number + 1 < world.amount:
            await killed.start()
    for session in sessions:
        progress = await world.judge(web, session, TRIES)
        world.verdict.promise(progress["attempts"]["failed"] == 0, f"{progress['attempts']['failed']} failed attempts")
        world.verdict.paid_beyond += len(requests_of(world, session)) - N_DUE
    world.nobody_is_stuck(cluster.conninfo())
    world.verdict.happened = f"{world.amount} kills of one of {N_WORKERS} workers, {len(sessions)} sessions"
