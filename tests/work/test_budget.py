import asyncio

import pytest

from app.work.budget import Budget


async def spend(budget, actual, expected=1.0, model="m", began=None):
    async with budget.charge(model, expected) as charge:
        if charge is None:
            return False
        if began is not None:
            began.append(model)
        await asyncio.sleep(0)
        charge.actual = actual
        return True


async def test_without_a_limit_everything_is_made():
    budget = Budget(None, spent=100)
    assert all([await spend(budget, 50.0) for _ in range(5)])


async def test_no_call_begins_that_would_pass_the_limit():
    budget = Budget(2.5)
    assert [await spend(budget, 1.0) for _ in range(4)] == [True, True, False, False]
    assert budget.reason == "The limit of 2.5 US dollars (max_cost_usd) is reached: 2 are spent."


async def test_what_was_spent_before_a_restart_counts():
    assert not await spend(Budget(2.5, spent=2.0), 1.0)


async def test_calls_at_once_are_held_back_until_running_ones_decide():
    budget, began = Budget(3.0), []
    made = await asyncio.gather(*(spend(budget, 0.5, began=began) for _ in range(8)))
    assert made.count(True) == len(began) == 5


async def test_a_model_that_cost_more_than_expected_is_expected_to_do_so_again():
    budget = Budget(3.0)
    assert await spend(budget, 2.0, expected=0.0)
    assert not await spend(budget, 0.1, expected=0.0)
    assert await spend(budget, 0.1, expected=0.0, model="other")


async def test_a_call_that_breaks_gives_its_share_back():
    budget = Budget(1.0)
    with pytest.raises(RuntimeError):
        async with budget.charge("m", 1.0):
            raise RuntimeError
    assert await spend(budget, 0.5)


async def test_the_call_that_began_later_may_settle_first():
    budget = Budget(10.0)
    earlier, later = budget.charge("m", 1.0), budget.charge("m", 1.0)
    first, second = await earlier.__aenter__(), await later.__aenter__()
    await later.__aexit__(None, None, None)
    first.actual = 2.0
    await earlier.__aexit__(None, None, None)
    assert second is not first
