import asyncio

import pytest

from app.marks.model import Usage
from app.marks.reasons import Reason
from app.openrouter.call import Exchange
from app.openrouter.classify import Classified, OutcomeKind
from app.openrouter.reply import Answer
from app.work.budget import Budget, Spending, most_spent


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
    budget = Budget(None, Spending(100))
    assert all([await spend(budget, 50.0) for _ in range(5)])


async def test_no_call_begins_that_would_pass_the_limit():
    budget = Budget(2.5)
    assert [await spend(budget, 1.0) for _ in range(4)] == [True, True, False, False]
    assert budget.reason == (
        "The limit of 2.5 US dollars (max_cost_usd) is reached: 2 are spent, and the next call may cost up to 1."
    )


async def test_what_was_spent_before_a_restart_counts():
    assert not await spend(Budget(2.5, Spending(2.0)), 1.0)


async def test_calls_at_once_are_held_back_until_running_ones_decide():
    budget, began = Budget(3.0), []
    made = await asyncio.gather(*(spend(budget, 0.5, began=began) for _ in range(8)))
    assert made.count(True) == len(began) == 5


async def test_a_model_that_cost_more_than_expected_is_expected_to_do_so_again():
    budget = Budget(3.0)
    assert await spend(budget, 2.0, expected=0.0)
    assert await spend(budget, 0.1, expected=0.0, model="other")
    assert not await spend(budget, 0.1, expected=0.0)


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


def exchange(status, cost=0.0, reason=Reason.PROVIDER_ERROR, *, sent=True):
    usage = Usage(cost_usd=cost)
    return Exchange(0, 1, status, Classified(OutcomeKind.RETRYABLE, reason, "", answer=Answer(usage=usage), sent=sent))


async def test_jobs_that_share_what_is_spent_stop_each_at_its_own_limit():
    spending = Spending()
    low, high = Budget(2.0, spending), Budget(4.0, spending)
    assert [await spend(low, 1.0), await spend(low, 1.0), await spend(low, 1.0)] == [True, True, False]
    assert [await spend(high, 1.0), await spend(high, 1.0), await spend(high, 1.0)] == [True, True, False]
    assert spending.spent == 4.0


async def test_after_one_call_was_held_back_no_cheaper_one_is_made():
    budget = Budget(1.0)
    assert not await spend(budget, 2.0, expected=2.0)
    assert not await spend(budget, 0.1, expected=0.1)


async def test_a_request_is_repeated_only_where_both_fit():
    budget = Budget(2.5)
    async with budget.charge("m", 1.0) as charge:
        assert budget.allows_another(charge, [])
        assert budget.allows_another(charge, [exchange(None)])
        assert charge.held == 2.0
        assert not budget.allows_another(charge, [exchange(None), exchange(None)])


async def test_after_a_cut_answer_room_for_twice_the_output_is_reserved():
    budget = Budget(2.5)
    cut = exchange(200, 0.5, Reason.OUT_OF_OUTPUT_TOKENS)
    async with budget.charge("m", 1.0) as charge:
        assert budget.allows_another(charge, [cut])
        assert charge.held == 2.5
    short = Budget(2.4)
    async with short.charge("m", 1.0) as charge:
        assert not short.allows_another(charge, [cut])


def test_a_request_without_a_reply_may_have_cost_everything_and_one_that_was_not_sent_nothing():
    assert most_spent([exchange(None), exchange(None, sent=False), exchange(502), exchange(200, 0.25)], 1.0) == 1.25
