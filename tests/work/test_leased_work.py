"""Work under a lease: what was billed before an interruption, and a database that refuses for good."""

import asyncio

import pytest

from app.marks.model import Usage
from app.marks.reasons import Reason
from app.openrouter.call import CompletionRequest, Exchange, Phase
from app.openrouter.classify import Classified, OutcomeKind
from app.openrouter.reply import Answer
from app.store.transport import DataError, StoreError
from app.work.background import Background
from app.work.launcher import InlineLauncher
from app.work.leased_work import NOT_STORED, LeasedWork, WorkTools

BILLED = Exchange(0, 1, 503, Classified(OutcomeKind.RETRYABLE, answer=Answer(usage=Usage(cost_usd=0.25))))
REQUEST = CompletionRequest("key", "a/b", {})


class Waiting:
    """A client whose call has had `exchanges` and now waits for its next request."""

    def __init__(self, *exchanges):
        self._exchanges = exchanges

    async def complete(self, request, *, on_phase, keep_going, exchanges):
        exchanges.extend(self._exchanges)
        on_phase(Phase.WAITING)
        await asyncio.Event().wait()


class Work(LeasedWork[str]):
    def __init__(self):
        super().__init__("job", WorkTools("me", 0, clock=lambda: 0, sleep=lambda _: asyncio.sleep(0)), our_fault="")


async def interrupted(work, client, end):
    call = asyncio.create_task(work.call(client, "call", REQUEST))
    while work.phases.keys(Phase.WAITING) != ["call"]:  # noqa: ASYNC110 - phases tell nobody
        await asyncio.sleep(0)
    end(work)
    return await call


@pytest.mark.parametrize(
    ("end", "reason"),
    [(lambda work: work.stop("No more."), Reason.CANCELLED), (lambda work: work.leave(), Reason.INTERRUPTED)],
)
async def test_what_was_billed_before_an_interruption_comes_back(end, reason):
    result = await interrupted(Work(), Waiting(BILLED), end)

    assert (result.failure.reason, result.usage.cost_usd, result.http_requests) == (reason, 0.25, 1)


async def test_an_interrupted_call_that_sent_nothing_is_simply_cancelled():
    with pytest.raises(asyncio.CancelledError):
        await interrupted(Work(), Waiting(), lambda work: work.leave())


@pytest.mark.parametrize(("error", "stopped"), [(StoreError("no"), NOT_STORED), (DataError("no"), None)])
async def test_a_database_that_refuses_for_good_stops_the_work_and_one_bad_value_does_not(error, stopped):
    async def refused():
        raise error

    work = Work()
    with pytest.raises(StoreError):
        await work.save(refused)

    assert work.tenure.stop_reason == stopped


class RefusedJobs:
    """One job for ever unclaimed, whose work and whose end the database refuses to store."""

    noun = "job"

    def __init__(self):
        self.claims = 0

    async def unclaimed(self):
        return ["1"]

    async def claim(self, job_id, lease_owner, claimed_at):
        self.claims += 1
        raise StoreError("refused")

    async def fail(self, job_id, lease_owner):
        raise StoreError("refused")


async def test_a_job_whose_end_cannot_be_stored_is_left_alone_until_it_is_started_again():
    jobs, background = RefusedJobs(), Background()
    launcher = InlineLauncher(jobs, background, sleep=lambda _: asyncio.sleep(0))
    launcher.start()
    await asyncio.sleep(0.05)
    claims = jobs.claims
    launcher.launch("1")
    await launcher.wait(1)
    launcher.close()
    await background.drain(1)

    assert (claims, jobs.claims) == (1, 2)
