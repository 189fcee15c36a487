"""A portion of a session's attempts in one of several workers; the last portion to end stores how the run ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from app.errors import AppError, UpstreamUnavailableError
from app.grading.attempt import Attempt
from app.grading.attempt_tools import Requests
from app.grading.requests import ImagesMissingError, RequestBuilder
from app.grading.session_jobs import SessionJobs
from app.grading.session_run import OUR_FAULT, SessionRun
from app.marks.model import SessionStatus
from app.openrouter.call import Phase
from app.store.runs import Lease
from app.store.work import ClaimedPortion, ClaimedPortions, WorkStore
from app.work.budget import Budget
from app.work.leased_work import WorkTools


class PortionRun(SessionRun):
    """`unfinished` counts its attempts that have not ended; `on_end` is called at the end of each."""

    def __init__(
        self,
        portion: ClaimedPortion,
        jobs: "PortionJobs",
        requests: Requests,
        tools: WorkTools,
        *,
        budget: Budget,
        on_end: Callable[[], None],
    ) -> None:
        sessions = jobs.sessions
        super().__init__(
            portion.run,
            sessions.store,
            sessions.grading.client,
            requests,
            tools,
            seeds_first=sessions.seeds_first if portion.run.plan.get("seeds") else None,
            budget=budget,
            leads=sessions.leads,
            metrics=sessions.grading.metrics,
        )
        self.unfinished = portion.n_attempts
        self._portion_id = portion.portion_id
        self._work = jobs.work
        self._held_back = jobs.too_dear
        self._on_end = on_end

    async def _work_on(self, attempt: Attempt) -> None:
        try:
            await super()._work_on(attempt)
        finally:
            self.unfinished -= 1
            self._on_end()

    async def renew(self) -> Lease:
        return await self._work.renew_portion(
            self._portion_id,
            self.tools.lease_owner,
            running=self.phases.keys(Phase.RUNNING),
            waiting=self.phases.keys(Phase.WAITING),
        )

    async def release(self) -> None:
        await self.save(partial(self._work.release_portion, self._portion_id, self.tools.lease_owner))

    async def finish(self) -> None:
        """End the portion, and the run with it if no other portion is left."""
        if self._too_dear is not None:
            self._held_back[self.session_id] = self._too_dear
        finish = partial(self._work.finish_portion, self._portion_id, self.tools.lease_owner, self.tenure.stop_reason)
        ending = await self.save(finish)
        if not ending.last:
            return
        self.tenure.stop_reason = ending.stop_reason
        self._too_dear = self._held_back.pop(self.session_id, None)
        await super().finish()


@dataclass(frozen=True)
class PortionJobs:
    """Portions as a launcher sees them, with what runs of whole sessions share in this process. `too_dear` holds, by
    session, why calls were held back: the portion that ends last tells it.
    """

    sessions: SessionJobs
    work: WorkStore
    too_dear: dict[str, str] = field(default_factory=dict)

    async def claim(self, lease_owner: str, attempts: int, *, free: int, mend: bool) -> ClaimedPortions:
        return await self.work.claim_portions(lease_owner, attempts, free=free, mend=mend)

    async def run_of(
        self, portion: ClaimedPortion, lease_owner: str, claimed_at: float, on_end: Callable[[], None]
    ) -> PortionRun | None:
        """The run of a claimed portion; None if it ended here: it was stopped, or its images are gone."""
        if portion.run.stop_reason is not None:
            await self._end(portion, lease_owner, portion.run.stop_reason)
            return None
        try:
            requests = await RequestBuilder.prepare(portion.run, self.sessions.grading.requests)
        except UpstreamUnavailableError:
            await self.work.release_portion(portion.portion_id, lease_owner)
            raise
        except (ImagesMissingError, AppError) as error:
            await self._end(portion, lease_owner, str(error))
            return None
        sessions = self.sessions
        tools = WorkTools(lease_owner, claimed_at, sessions.sleep, sessions.clock, portion.run.correlation_id)
        budget = await sessions.budgets.of(portion.run)
        return PortionRun(portion, self, requests, tools, budget=budget, on_end=on_end)

    async def fail(self, portion: ClaimedPortion, lease_owner: str) -> None:
        """Store that a fault of this program ended the run."""
        await self._end(portion, lease_owner, OUR_FAULT)

    async def _end(self, portion: ClaimedPortion, lease_owner: str, reason: str) -> None:
        ending = await self.work.finish_portion(portion.portion_id, lease_owner, reason)
        if ending.last:
            await self.sessions.store.finish_session(portion.run.session_id, lease_owner, SessionStatus.FAILED, reason)
