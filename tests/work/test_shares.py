"""The limit on calls of all workers is shared out over those that live."""

from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from app.launchers import Workplace, share
from app.openrouter.limits import FairLimiter
from app.settings import Settings
from app.store.work import Beat
from app.work.background import Background
from app.work.portions import PortionLauncher


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
        return {"workers": beat.workers, "stops": {}, "held": [], "released": 0}

    limiter = FairLimiter(16)
    place = Workplace(settings, SimpleNamespace(call=call), Background(), "me", limiter)
    sessions = place.sessions(None)
    assert isinstance(sessions, PortionLauncher)
    heartbeat = place.heartbeat(sessions, place.tests(None), place.tests(None))
    capacities = []
    for _ in range(3):
        await heartbeat.beat()
        capacities.append(limiter.capacity)
    assert capacities == [16, 12, 6]
