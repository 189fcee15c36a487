"""The share of a limited model's limit that is used, and the number of calls that it refuses. In virtual time,
SIMULATED.
"""

import asyncio
import json
from itertools import product
from pathlib import Path

from tests.bench.report import Figure
from tests.support.limited_model import LATENCY, SLOW, LimitedModel, ask, client_of
from tests.support.virtual_time import run_in_virtual_time

CALLS, SLOTS = 200, 16
RATES, BURSTS, SEEDS = (5, 20, 50), (1, 20), (1, 2, 3)
# How a refusal says when to come back, and after how many seconds.
FORMS = (("seconds", 1.0), ("seconds", 3.0), ("date", 2.0), ("body", 1.0), ("none", 1.0))
MOST_WALL, MOST_REFUSED = 1.05, 0.06 * CALLS
# A model that admits so many calls at a time. Until the kind of the limit is known, calls leave at a rate.
PLACES, MOST_WALL_AT_ONCE = (1, 2, 4, 8), 1.1
# What left before the first refusal was known: all but one of the first wave, or 12 of the second wave's 16.
UNKNOWABLE = {1: SLOTS - 1, 20: 12}
# The limit of the third part of the figures: 50 a second, from FALLS on 5, from RISES on 50 again.
FALLS, RISES, FOLLOWED = 5.0, 25.0, 10.0
# Two processes that took turns would both be done in 1.
MOST_SHARED = 2.0
_ANSWER = json.dumps(
    {
        "id": "gen-1",
        "model": "m/one",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0},
    }
).encode()


def rate_limit(folder: Path) -> list[Figure]:
    """Buckets of 5, 20 and 50 calls a second; a limit that falls and rises; one on calls at once; two processes."""
    del folder
    grid = [figure for rate, burst in product(RATES, BURSTS) for figure in _bucket(rate, burst)]
    return [*grid, *_changes(), *_at_once(), *_two_processes()]


def run(rate, burst, *, calls=CALLS, clients=1, **more):
    """When each client's calls were answered, and the model."""

    async def main(loop):
        model = LimitedModel(loop.time, _ANSWER, rate if callable(rate) else lambda _: rate, burst, **more)
        ends = []

        async def one(number):
            client, _ = client_of(model, concurrency=SLOTS, seed=model.seed + number)
            results = await ask(client, calls)
            ends.append(loop.time() if all(result.completion for result in results) else float("inf"))

        await asyncio.gather(*(one(number) for number in range(clients)))
        return sorted(ends), model

    return run_in_virtual_time(main)


def _bucket(rate: int, burst: int) -> list[Figure]:
    found = []
    for form, seconds in FORMS:
        runs = [run(rate, burst, form=form, retry_after=seconds, seed=seed) for seed in SEEDS]
        wall = max(ends[-1] for ends, _ in runs) / ((CALLS - burst) / rate + LATENCY)
        refused = max(model.refused for _, model in runs) - UNKNOWABLE[burst]
        name = f"{rate}/s, burst {burst}, Retry-After {form} {seconds:g} s"
        found.append(Figure(f"{name}: wall / bucket", wall, at_most=MOST_WALL))
        found.append(Figure(f"{name}: refused beyond the first wave", refused, at_most=MOST_REFUSED))
    return found


def _changes() -> list[Figure]:
    def rate(now):
        return 5 if FALLS <= now < RISES else 50

    _, model = run(rate, 5, calls=1500)
    fallen = _rate(model, FALLS + FOLLOWED, RISES) / 5
    risen = _rate(model, RISES + FOLLOWED, RISES + FOLLOWED + 10) / 50
    return [
        Figure("10 s after 50/s became 5/s: rate / limit", fallen, at_least=0.9, at_most=1.05),
        Figure("10 s after 5/s became 50/s: rate / limit", risen, at_least=0.9, at_most=1.05),
    ]


def _rate(model: LimitedModel, begin: float, end: float) -> float:
    return sum(begin <= at < end for at in model.admitted_at) / (end - begin)


def _at_once() -> list[Figure]:
    found = []
    for places in PLACES:
        runs = [run(1, 1, at_once=places, seed=seed) for seed in SEEDS]
        wall = max(ends[-1] for ends, _ in runs) / (CALLS * SLOW / places)
        refused = max(model.refused for _, model in runs) - (SLOTS - places)
        name = f"{places} calls at once, Retry-After seconds 1 s"
        found.append(Figure(f"{name}: wall / ideal", wall, at_most=MOST_WALL_AT_ONCE))
        found.append(Figure(f"{name}: refused beyond the first wave", refused, at_most=MOST_REFUSED))
    return found


def _two_processes() -> list[Figure]:
    found = []
    for rate, burst in product(RATES, BURSTS):
        later = max(run(rate, burst, clients=2, seed=seed)[0][-1] for seed in SEEDS)
        name = f"two processes on {rate}/s, burst {burst}: the later one's end / bucket"
        found.append(Figure(name, later / ((2 * CALLS - burst) / rate + LATENCY), at_most=MOST_SHARED))
    return found
