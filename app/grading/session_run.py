"""The life of one run in one process: hold the lease, make the calls, store what comes, say how it ended."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.errors import AppError
from app.grading.attempt import Attempt, AttemptTools, Requests
from app.grading.marking import parser_of
from app.grading.recorder import Recorder
from app.grading.snapshot import save_snapshot
from app.marks.model import CallStatus, SessionStatus, Stage
from app.openrouter.call import CallResult, CompletionRequest, Exchange, Phase
from app.openrouter.client import OpenRouterClient
from app.store.runs import CallKey, ClaimedRun, Lease, RunSummary
from app.store.sessions import Store
from app.work.calls import ask_under_lease
from app.work.lease import OUTAGE_WAIT_SECONDS, Tenure

T = TypeVar("T")

log = logging.getLogger(__name__)

OUR_FAULT = "The server failed while grading this session; its log says why."


@dataclass(frozen=True, slots=True)
class RunTools:
    """What a run works with; `lease_owner` names this process. `clock` is monotonic, in seconds."""

    store: Store
    client: OpenRouterClient
    lease_owner: str
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic


class SessionRun:
    """One claimed session. `run()` returns when nothing is left to do here; `leave()` makes it stop early.

    `claimed_at` is when the claim was asked for, on the tools' clock: from then on the lease runs.
    """

    def __init__(self, claimed: ClaimedRun, tools: RunTools, requests: Requests, *, claimed_at: float) -> None:
        self._claimed = claimed
        self._tools = tools
        self._recorder = Recorder(tools.store, claimed.session_id, claimed.run, sleep=tools.sleep)
        attempt_tools = AttemptTools(
            self._ask,
            requests,
            self._recorder,
            claimed.questions,
            stopped=lambda: self._tenure.stop_reason,
            parse=parser_of(claimed.marked_by, claimed.plan),
        )
        self._attempts = _attempts(claimed, attempt_tools)
        self._tasks: dict[Attempt, asyncio.Task[None]] = {}
        self._tenure = Tenure(
            f"session {claimed.session_id}",
            self._renew,
            granted_at=claimed_at,
            clock=tools.clock,
            sleep=tools.sleep,
            interrupt=self._interrupt_idle,
            our_fault=OUR_FAULT,
        )

    @property
    def session_id(self) -> str:
        return self._claimed.session_id

    async def run(self) -> None:
        if self._claimed.stop_reason is not None:
            self._tenure.stop_reason = self._claimed.stop_reason
        elif not self._tenure.left:
            await self._make_calls()
        if self._tenure.left and self._tenure.stop_reason is None:
            await self._until_answered(partial(self._tools.store.release_lease, self.session_id, self._owner))
        else:
            await self._finish()

    async def _make_calls(self) -> None:
        for attempt in self._attempts:
            name = f"attempt {self.session_id} {attempt.current.model_name} {attempt.current.try_index}"
            self._tasks[attempt] = asyncio.create_task(attempt.run(), name=name)
        renewal = asyncio.create_task(self._tenure.keep(), name=f"lease {self.session_id}")
        try:
            # Not a TaskGroup: an attempt that fails must not take its siblings with it.
            endings = await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
        for attempt, ending in zip(self._attempts, endings, strict=True):
            if isinstance(ending, Exception):
                log.error("session %s: attempt %s broke", self.session_id, attempt.current, exc_info=ending)
        await self._recorder.drain()

    async def _ask(
        self, request: CompletionRequest, *, on_phase: Callable[[Phase], None], exchanges: list[Exchange]
    ) -> CallResult:
        return await ask_under_lease(self._tools.client, self._tenure, request, on_phase=on_phase, exchanges=exchanges)

    def stop(self, reason: str) -> None:
        """End for good: what is queued is cancelled at once, running calls finish and are stored."""
        self._tenure.stop(reason)

    async def settled(self, seconds: float) -> None:
        """Wait until what a stop interrupted is stored, `seconds` at most; running calls are not waited for."""
        idle = [task for attempt, task in self._tasks.items() if attempt.phase is not Phase.RUNNING]
        if idle:
            await asyncio.wait(idle, timeout=seconds)

    def leave(self) -> None:
        """End here, so that another process (or this one, later) carries on; running calls finish and are stored."""
        self._tenure.leave()

    def abandon(self) -> None:
        """Cut the running calls off too: their moment is over. Answers that have come are still stored."""
        for task in self._tasks.values():
            task.cancel()

    def _interrupt_idle(self) -> None:
        for attempt, task in self._tasks.items():
            if attempt.phase in (Phase.QUEUED, Phase.WAITING):
                task.cancel()

    @property
    def _owner(self) -> str:
        return self._tools.lease_owner

    async def _renew(self) -> Lease:
        return await self._tools.store.renew_lease(
            self.session_id, self._owner, running=self._in(Phase.RUNNING), waiting=self._in(Phase.WAITING)
        )

    def _in(self, phase: Phase) -> list[CallKey]:
        return [attempt.current for attempt in self._attempts if attempt.phase is phase]

    async def _finish(self) -> None:
        store = self._tools.store
        summary = await self._until_answered(partial(store.run_summary, self.session_id))
        status, reason = ending(summary, self._tenure.stop_reason)
        finished = await self._until_answered(
            partial(store.finish_session, self.session_id, self._owner, status, reason)
        )
        log.info("session %s: %s (%d of %d attempts)", self.session_id, status, summary.succeeded, summary.attempts)
        if finished:
            await save_snapshot(store, self.session_id)

    async def _until_answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await ask()
            except AppError as error:
                log.warning("session %s: waiting for the database: %s", self.session_id, error)
                await self._tools.sleep(OUTAGE_WAIT_SECONDS)


def ending(summary: RunSummary, stop_reason: str | None) -> tuple[SessionStatus, str | None]:
    """How a run that has come to its end is called: graded as soon as one attempt gave marks, unless it was stopped."""
    if stop_reason is not None:
        return SessionStatus.FAILED, stop_reason
    if summary.unfinished:
        return SessionStatus.FAILED, f"{summary.unfinished} calls ended without a stored outcome."
    if summary.marked:
        return SessionStatus.GRADED, None
    return SessionStatus.FAILED, f"No attempt gave marks. {summary.first_failure or ''}".strip()


def _attempts(claimed: ClaimedRun, tools: AttemptTools) -> list[Attempt]:
    rubrics = {(c.key.model_name, c.key.try_index): c for c in claimed.calls if c.key.stage is Stage.RUBRIC}
    unfinished = (CallStatus.PENDING, CallStatus.RUNNING, CallStatus.WAITING)
    return [
        Attempt(tools, call, rubrics.get((call.key.model_name, call.key.try_index)))
        for call in claimed.calls
        if call.key.stage is Stage.ASSESSMENT and call.status in unfinished
    ]
