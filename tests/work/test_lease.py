"""What a lost lease does to those who wait for it."""

import asyncio

from app.store.base import LEASE_SECONDS
from app.work.lease import Tenure


def tenure(clock, interrupt=lambda: None):
    async def never():
        raise AssertionError("not renewed here")

    return Tenure(
        "job", never, granted_at=0, clock=lambda: clock[0], sleep=asyncio.sleep, interrupt=interrupt, our_fault="fault"
    )


async def test_no_call_is_made_once_the_lease_may_be_anothers():
    clock = [LEASE_SECONDS - 0.1]
    held = tenure(clock)
    assert held.may_ask()

    clock[0] = LEASE_SECONDS

    assert not held.may_ask()


async def test_tasks_that_wait_for_the_lease_go_on_when_the_work_is_left_or_stopped():
    for end in (lambda held: held.leave(), lambda held: held.stop("cancelled")):
        clock = [LEASE_SECONDS]
        held = tenure(clock)
        assert not held.may_ask()
        waiting = asyncio.create_task(held.until_good())
        await asyncio.sleep(0)
        assert not waiting.done()

        end(held)

        await asyncio.wait_for(waiting, 30)
        assert not held.may_ask()
        assert held.ended


async def test_asking_after_the_end_does_not_make_others_wait_again():
    clock = [LEASE_SECONDS]
    held = tenure(clock)
    held.leave()

    assert not held.may_ask()

    await asyncio.wait_for(held.until_good(), 30)
