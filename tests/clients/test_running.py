"""How many calls run, as the one who polls the owning process sees it."""

import asyncio

import pytest

pytestmark = pytest.mark.usefixtures("quick_answers")


async def test_the_count_of_running_attempts_is_true_to_the_moment(open_tab, simulator):
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.6})
    tab = await open_tab(grading_max_concurrency=2)
    await tab.prepare_small()
    waiting = asyncio.create_task(tab.grade(models=[{"name": "simulated/careful", "tries": 5}]))
    seen = []
    while not waiting.done():
        progress = await tab.progress()
        if progress["status"] == "grading":
            seen.append(progress["attempts"])
        await asyncio.sleep(0.05)
    await waiting

    assert all(one["running"] <= 2 for one in seen)
    assert all(sum(count for name, count in one.items() if name != "total") == one["total"] for one in seen)
    # Of three rounds of calls with 0.6 s each, storing and looking take a small part.
    assert sum(one["running"] > 0 for one in seen) >= 0.8 * len(seen)
    assert {one["pending"] for one in seen} >= {3, 1}
    ended = (await tab.progress())["attempts"]
    assert (ended["running"], ended["waiting"], ended["pending"], ended["succeeded"]) == (0, 0, 0, 5)
