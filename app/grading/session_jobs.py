"""Sessions as a launcher sees them: which wait, how one is claimed, how a fault of ours ends one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

from app.errors import AppError, UpstreamUnavailableError
from app.grading.budgets import Budgets
from app.grading.requests import ImagesMissingError, RequestBuilder, RequestTools
from app.grading.seeds_first import SeedsFirst
from app.grading.session_run import OUR_FAULT, SessionRun
from app.marks.model import SessionStatus
from app.monitoring.metrics import Metrics
from app.openrouter.client import OpenRouterClient
from app.store.sessions import Store
from app.work.leads import Leads
from app.work.leased_work import WorkTools


@dataclass(frozen=True, slots=True)
class Grading:
    """What grading needs beside the store; absent as a whole where OpenRouter has no key."""

    client: OpenRouterClient
    requests: RequestTools
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True)
class SessionJobs:
    """Sessions in grading. `clock` is the launcher's."""

    store: Store
    grading: Grading
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    noun: str = "session"

    @cached_property
    def seeds_first(self) -> SeedsFirst:
        return SeedsFirst(self.store, sleep=self.sleep, clock=self.clock)

    @cached_property
    def leads(self) -> Leads:
        return Leads()

    @cached_property
    def budgets(self) -> Budgets:
        return Budgets(self.store)

    async def unclaimed(self) -> list[str]:
        return await self.store.unclaimed_sessions()

    async def claim(self, session_id: str, lease_owner: str, claimed_at: float) -> SessionRun | None:
        claimed = await self.store.claim_session(session_id, lease_owner)
        if claimed is None:
            return None
        if claimed.stop_reason is not None:
            await self._end(session_id, lease_owner, claimed.stop_reason)
            return None
        try:
            requests = await RequestBuilder.prepare(claimed, self.grading.requests)
        except UpstreamUnavailableError:
            # Without the lease the next look-up tries again, and a cancel ends the session at once.
            await self.store.release_lease(session_id, lease_owner)
            raise
        except (ImagesMissingError, AppError) as error:
            # Trying again would end the same way, and nobody would see why the session stays in grading.
            await self._end(session_id, lease_owner, str(error))
            return None
        tools = WorkTools(lease_owner, claimed_at, self.sleep, self.clock, claimed.correlation_id)
        budget = await self.budgets.of(claimed)
        seeds_first = self.seeds_first if claimed.plan.get("seeds") else None
        return SessionRun(
            claimed,
            self.store,
            self.grading.client,
            requests,
            tools,
            seeds_first=seeds_first,
            budget=budget,
            leads=self.leads,
            metrics=self.grading.metrics,
        )

    async def fail(self, session_id: str, lease_owner: str) -> None:
        await self._end(session_id, lease_owner, OUR_FAULT)

    async def _end(self, session_id: str, lease_owner: str, reason: str) -> None:
        await self.store.finish_session(session_id, lease_owner, SessionStatus.FAILED, reason)
