"""All scenarios: their names, how often or how long the bad thing happens in each form, and how one is run."""

import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import client_days, database_days, kills, openrouter_days, worker_days
from tests.chaos.verdict import Verdict
from tests.chaos.world import World, opened_world


@dataclass(frozen=True)
class Scenario:
    """`full` and `short` are numbers of `unit`."""

    run: Callable[[World], Awaitable[None]]
    full: int
    short: int
    unit: str

    def amount(self, share: float) -> int:
        return max(self.short, round(self.full * share))


SCENARIOS = {
    "kill-grading": Scenario(kills.kill_grading, 100, 3, "kills"),
    "kill-generation": Scenario(kills.kill_generation, 50, 1, "kills"),
    "kill-import": Scenario(kills.kill_import, 50, 2, "kills"),
    "kill-workers": Scenario(worker_days.kill_workers, 50, 1, "kills"),
    "two-webs": Scenario(database_days.two_webs, 20, 1, "kills"),
    "database-stopped": Scenario(database_days.database_stopped, 60, 3, "seconds"),
    "database-killed": Scenario(database_days.database_killed, 10, 1, "kills"),
    "database-full": Scenario(database_days.database_full, 60, 2, "seconds"),
    "openrouter-dead": Scenario(openrouter_days.openrouter_dead, 60, 3, "seconds"),
    "openrouter-slow": Scenario(openrouter_days.openrouter_slow, 30, 1, "seconds"),
    "openrouter-silent": Scenario(openrouter_days.openrouter_silent, 30, 3, "seconds"),
    "openrouter-cut": Scenario(openrouter_days.openrouter_cut, 30, 1, "seconds"),
    "names-gone": Scenario(openrouter_days.names_gone, 30, 2, "seconds"),
    "fifty-sessions": Scenario(client_days.fifty_sessions, 50, 50, "sessions"),
    "clients-vanish": Scenario(client_days.clients_vanish, 300, 60, "clients"),
    "clock-jumps": Scenario(client_days.clock_jumps, 20, 4, "jumps"),
    "analysis-memory": Scenario(client_days.analysis_memory, 10, 2, "times"),
}


@dataclass(frozen=True)
class Outcome:
    name: str
    seed: int
    amount: int
    seconds: float
    verdict: Verdict


async def run(name: str, folder: Path, seed: int, amount: int) -> Outcome:
    """One scenario in a folder of its own, with chance of its own."""
    began = time.monotonic()
    own_seed = random.Random(f"{name} {seed}").randrange(2**31)  # noqa: S311 - repeatable chance
    async with AsyncExitStack() as stack:
        world = await opened_world(stack, folder, own_seed, amount)
        await SCENARIOS[name].run(world)
        verdict = world.verdict.close()
    return Outcome(name, seed, amount, time.monotonic() - began, verdict)
