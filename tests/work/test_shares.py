"""Limits of all workers together are shared out over those that live."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from app.launchers import Others, Workplace, share
from app.openrouter.gates import ModelGates, UseElsewhere
from app.openrouter.limits import FairLimiter
from app.settings import Settings
from app.store.work import Beat
from app.work.background import Background
from app.work.portions import PortionLauncher
from tests.support.limited_model import LimitedModel, ask, client_of
from tests.support.virtual_time import run_in_virtual_time


@pytest.mark.parametrize(
    ("whole", "workers", "most", "expected"),
    [(64, 1, 64, 64), (64, 4, 64, 16), (64, 3, 64, 21), (64, 2, 16, 16), (2, 5, 64, 1), (64, 0, 64, 64)],
)
def test_each_worker_gets_an_equal_share_at_least_one_and_no_more_than_it_may(whole, workers, most, expected):
    assert share(whole, workers, most) == expected


async def test_a_beat_changes_the_capacity_with_the_number_of_workers():
    settings = Settings(
        queue="procrastinate",
        database_url=SecretStr("postgresql://x"),
        grading_max_concurrency=16,
        queue_max_concurrency=24,
    )
    answers = [Beat(workers, {}, frozenset(), 0) for workers in (1, 2, 4)]

    async def call(function, arguments):
        beat = answers.pop(0)
        return {"workers": beat.workers, "stops": {}, "held": [], "released": 0, "models": {}}

    limiter = FairLimiter(16)
    place = Workplace(settings, SimpleNamespace(call=call), Background(), "me", limiter, ModelGates())
    sessions = place.sessions(None)
    assert isinstance(sessions, PortionLauncher)
    heartbeat = place.heartbeat(sessions, Others(place.documents(None), place.tests(None), None))
    capacities = []
    for _ in range(3):
        await heartbeat.beat()
        capacities.append(limiter.capacity)
    assert capacities == [16, 12, 6]


CHOICE = {"index": 0, "message": {"role": "assistant", "content": "4"}, "finish_reason": "stop"}
ANSWER = json.dumps({"id": "gen-1", "model": "m/one", "choices": [CHOICE], "usage": {"cost": 0.01}}).encode()
LIMIT = 20.0


class SharingWorker:
    """A client on a limited model of all workers, which notes when each of its calls was answered."""

    def __init__(self, model, seed):
        self.client, self.gates = client_of(model, concurrency=64, seed=seed)
        self.clock, self.answered_at = model.clock, []
        self.is_alive = True

    async def ask(self, n):
        async def one():
            (result,) = await ask(self.client, 1)
            assert result.completion
            self.answered_at.append(self.clock())

        await asyncio.gather(*(one() for _ in range(n)))
        self.is_alive = False

    def rate(self, begin, end):
        """Answers a second between two moments."""
        return sum(begin <= at < end for at in self.answered_at) / (end - begin)


async def beat_for_ever(workers):
    """What the beats of workers do, a second apart."""
    while True:
        known = {worker: worker.gates.in_use() for worker in workers if worker.is_alive}
        for me in known:
            others = [models["m/one"] for worker, models in known.items() if worker is not me and "m/one" in models]
            rates = [rate for rate in others if rate is not None]
            me.gates.share_with({"m/one": UseElsewhere(len(others), rates)} if others else {})
        await asyncio.sleep(1)


def shared_out(*plans, burst=5):
    """Workers that begin at a moment with so many calls each, once all are answered; and how many were refused. The
    model's bucket holds `burst` calls.
    """

    async def main(loop):
        model = LimitedModel(loop.time, ANSWER, lambda _: LIMIT, burst)
        workers = [SharingWorker(model, seed) for seed, _ in enumerate(plans)]
        beating = asyncio.create_task(beat_for_ever(workers))

        async def later(worker, begin, n):
            await asyncio.sleep(begin)
            await worker.ask(n)

        await asyncio.gather(*(later(worker, *plan) for worker, plan in zip(workers, plans, strict=True)))
        beating.cancel()
        return workers, model.refused

    return run_in_virtual_time(main)


def test_a_worker_that_joins_gets_half_of_the_limit_and_one_that_goes_leaves_its_part():
    (first, second), _ = shared_out((0, 1200), (20, 200))
    assert first.rate(10, 19) == pytest.approx(LIMIT, rel=0.1)
    assert first.rate(25, 35) == pytest.approx(LIMIT / 2, rel=0.15)
    assert second.rate(25, 35) == pytest.approx(LIMIT / 2, rel=0.15)
    gone = second.answered_at[-1]
    assert first.rate(gone + 3, gone + 13) == pytest.approx(LIMIT, rel=0.1)


def test_parts_are_equal_also_where_a_bucket_of_one_call_makes_workers_refuse_one_another():
    (first, second), _ = shared_out((0, 1200), (20, 200), burst=1)
    assert first.rate(28, 40) == pytest.approx(second.rate(28, 40), rel=0.15)
    assert first.rate(28, 40) + second.rate(28, 40) > 0.7 * LIMIT


def test_a_worker_that_joins_begins_at_its_part_instead_of_learning_by_refusals():
    _, refused_alone = shared_out((0, 600))
    _, refused = shared_out((0, 400), (15, 200))
    assert refused <= refused_alone + 8


def test_workers_that_begin_together_come_to_equal_parts():
    workers, _ = shared_out((0, 400), (0, 400), (0, 400), (0, 400))
    for worker in workers:
        assert worker.rate(20, 50) == pytest.approx(LIMIT / 4, rel=0.2)


def test_a_restored_limit_is_that_of_all_workers_together():
    gates = ModelGates()
    gates.begin_with({"m/one": 20.0})
    gates.share_with({"m/one": UseElsewhere(3, [])})
    gates.sent("m/one", is_in_turn=True)
    assert gates.health()["m/one"].rate == pytest.approx(5.0)
    assert gates.rates() == {"m/one": pytest.approx(20.0)}
