"""The life of one run in one process: hold the lease, make the calls, store what comes, say how it ended."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from functools import partial

from app.errors import AppError
from app.grading.attempt import Attempt
from app.grading.attempt_tools import AttemptTools, Requests
from app.grading.marking import parser_of
from app.grading.recorder import Recorder
from app.grading.run_report import marks_by_outcome, run_figures, run_line
from app.grading.seeds_first import SeedsFirst
from app.grading.settling import Settling
from app.grading.slices import slices_of_run
from app.marks.model import CallStatus, SessionStatus, Stage
from app.marks.reasons import Reason
from app.marks.views import statistics
from app.monitoring.about import add
from app.monitoring.metrics import OTHER, Metrics
from app.openrouter.call import CallResult, CompletionRequest, Failure, Phase, gave_up
from app.openrouter.client import OpenRouterClient
from app.store.runs import CallKey, ClaimedRun, Lease, Outcome, RunSummary
from app.store.sessions import Store
from app.work.budget import Budget
from app.work.leads import Leads
from app.work.leased_work import AT_ONCE, LeasedWork, WorkTools

log = logging.getLogger(__name__)

_FINISHED = (CallStatus.SUCCEEDED, CallStatus.FAILED)
# As in cancel_session.sql: so many calls are closed while a client waits for the answer to its cancel.
MOST_CLOSED_SINGLY = 1000
NO_MARKS = "No attempt gave marks."
OUR_FAULT = "The server failed while grading this session; its log says why."


class SessionRun(LeasedWork[CallKey]):
    """One claimed session. `run()` returns when nothing is left to do here; `leave()` makes it stop early."""

    def __init__(
        self,
        claimed: ClaimedRun,
        store: Store,
        client: OpenRouterClient,
        requests: Requests,
        tools: WorkTools,
        *,
        seeds_first: SeedsFirst | None = None,
        budget: Budget | None = None,
        leads: Leads | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(f"session {claimed.session_id}", tools, our_fault=OUR_FAULT)
        self.budget = budget or self.budget
        self._too_dear: str | None = None
        self._requests = requests
        self._claimed = claimed
        self._store = store
        self._client = client
        self._metrics = metrics or Metrics()
        # {marker: model} of the assessments that were asked for here.
        self._models: dict[str, str] = {}
        self._recorder = Recorder(
            store,
            claimed.session_id,
            claimed.run,
            sleep=tools.sleep,
            on_stored=partial(_count_marks, self._metrics, self._models),
        )
        slices = slices_of_run(claimed)
        self._slices = slices
        attempt_tools = AttemptTools(
            self._ask,
            requests,
            self._recorder,
            claimed.questions,
            stopped=lambda: self.tenure.stop_reason,
            parse=parser_of(claimed.marked_by, claimed.plan),
            slices=slices,
            stand_aside=self._stand_aside,
            closed_by_the_end=self._is_closed_by_its_end,
        )
        self._attempts = _attempts(claimed, attempt_tools)
        self._seeds_first = seeds_first
        self._leads = leads or Leads()
        self._settling = Settling.of_plan(claimed.plan, claimed.questions)
        self.tenure.stop_reason = claimed.stop_reason

    @property
    def _is_closed_by_its_end(self) -> bool:
        return len(self._claimed.calls) > MOST_CLOSED_SINGLY

    @property
    def session_id(self) -> str:
        return self._claimed.session_id

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            self.budget.close()
            self._attempts.clear()  # They refer to this run.

    async def work(self) -> None:
        """Make every call that is needed. A task that fails takes nothing with it."""
        self._count_lost_calls()
        sure = [one for one in self._attempts if self._settling.is_sure(one.current)]
        further = [one for one in self._attempts if not self._settling.is_sure(one.current)]
        await self._make(sure)
        while further and (n := await self._more(len(further))):
            await self._make(further[:n])
            del further[:n]
        if further:
            tries = [(one.current.model_name, one.current.try_index) for one in further]
            await self.save(
                partial(self._store.leave_out_tries, self.session_id, self.tools.lease_owner, tries),
            )

    async def _more(self, left: int) -> int:
        """How many of the `left` tries that may be left out are made next. After a stop all: each ends as stopped."""
        await self._recorder.drain()
        if self.tenure.ended:
            return left
        return self._settling.more(await self.save(partial(self._store.session_results, self.session_id)), left)

    async def _make(self, attempts: Sequence[Attempt]) -> None:
        tasks: list[asyncio.Task[None]] = []
        try:
            for start in range(0, len(attempts), AT_ONCE):
                if self.tenure.ended:
                    break
                tasks += [self._begun(one) for one in attempts[start : start + AT_ONCE]]
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        # Not a TaskGroup: an attempt that fails must not take its siblings with it.
        endings = await asyncio.gather(*tasks, return_exceptions=True)
        for attempt, ending in zip(attempts, endings, strict=False):
            if isinstance(ending, Exception):
                log.error("%s: attempt %s broke", self.name, attempt.current, exc_info=ending)

    def _begun(self, attempt: Attempt) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._work_on(attempt), name=f"attempt {attempt.current}")
        self.phases.enter(task, attempt.current, Phase.QUEUED)
        task.add_done_callback(self.phases.leave)
        return task

    async def _work_on(self, attempt: Attempt) -> None:
        add(marker=attempt.current.model_name, **{"try": attempt.current.try_index})
        with self.stopped_by_refusals():
            refusal = await self._refusal(attempt.current.model_name)
            await (attempt.run() if refusal is None else attempt.refuse(refusal))

    async def _refusal(self, marker: str) -> Failure | None:
        """Why the marker marks no further script; waits for the seeds of the exam where there are any."""
        if self._seeds_first is None:
            return None
        try:
            return await self._seeds_first.refusal(self._claimed.plan, marker)
        except asyncio.CancelledError:
            if self.tenure.stop_reason is None:
                raise
            return Failure(Reason.CANCELLED, self.tenure.stop_reason)

    def _count_lost_calls(self) -> None:
        """Calls that were in flight when their process died may be billed, although nobody read their answers."""
        if self.budget.limit is not None:
            for call in self._claimed.calls:
                if call.status is CallStatus.RUNNING:
                    slices = self._slices.get(call.key.model_name, ())
                    for only in [one for one in slices if one.name not in call.slices] or (None,):
                        self.budget.may_have_cost(self._requests(call.key, only=only).expected_usd)

    def _stand_aside(self) -> None:
        """Leave the end of a job to the tasks that this one waits for."""
        task = asyncio.current_task()
        if task is not None:
            self.phases.leave(task)

    def held_back(self) -> CallResult:
        return gave_up((), Failure(Reason.COST_LIMIT, self.budget.reason))

    async def _ask(self, key: CallKey, request: CompletionRequest) -> CallResult:
        if key.stage is Stage.ASSESSMENT:
            self._models[key.model_name] = request.model
        result = await self._in_turn(key, request)
        if result.failure is not None and result.failure.reason is Reason.COST_LIMIT:
            self._too_dear = self.budget.reason
        _log_call(key, result)
        return result

    async def _in_turn(self, key: CallKey, request: CompletionRequest) -> CallResult:
        """Make a call, after the first one that begins like it where the model's cache pays."""
        if not request.beginnings:
            return await self.call(self._client, key, request)
        with self.interruptible(key):
            async with self._leads.turn(request.beginnings) as lead:
                result = await self.call(self._client, key, request, lead.enter)
                lead.is_answered = result.completion is not None
                return result

    async def settled(self, seconds: float) -> None:
        """As of LeasedWork. The end of a large run closes its calls at once, so nothing is waited for there."""
        if not self._is_closed_by_its_end:
            await super().settled(seconds)

    async def all_saved(self) -> None:
        await self._recorder.drain()
        await super().all_saved()

    async def renew(self) -> Lease:
        return await self._store.renew_lease(
            self.session_id,
            self.tools.lease_owner,
            running=self.phases.keys(Phase.RUNNING),
            waiting=self.phases.keys(Phase.WAITING),
        )

    async def release(self) -> None:
        await self.save(partial(self._store.release_lease, self.session_id, self.tools.lease_owner))

    async def finish(self) -> None:
        """Store how the run ended, and then a snapshot of its statistics."""
        summary = await self.save(partial(self._store.run_summary, self.session_id))
        status, reason = ending(summary, self.tenure.stop_reason or self._too_dear)
        finished = await self.save(
            partial(self._store.finish_session, self.session_id, self.tools.lease_owner, status, reason)
        )
        if finished:
            self._metrics.run_ended(status.value)
            await save_snapshot(self._store, self.session_id)
            await self._say_how_it_ended()
        else:
            log.info("%s: not ended here (%d of %d attempts)", self.name, summary.succeeded, summary.attempts)

    async def _say_how_it_ended(self) -> None:
        """Best effort: the line is for people, everything in it is stored."""
        try:
            stored = await self._store.session_results(self.session_id)
            figures = run_figures(json.loads(await self._store.session_progress(self.session_id)), stored)
        except AppError as error:
            log.warning("%s: ended; its figures could not be read: %s", self.name, error)
            return
        log.info("%s: %s", self.name, run_line(figures), extra={"figures": figures})


def _count_marks(metrics: Metrics, models: Mapping[str, str], outcomes: Sequence[Outcome]) -> None:
    """`models` is {marker: model}."""
    for one in outcomes:
        if one["stage"] == Stage.ASSESSMENT and one.get("status") in _FINISHED:
            metrics.marked(models.get(one["model_name"], OTHER), marks_by_outcome(one["results"]))


def _log_call(key: CallKey, result: CallResult) -> None:
    """Its reason, never its message: a message may quote the provider."""
    failure = result.failure
    outcome = "succeeded" if failure is None else failure.reason.value
    took = round(result.latency_seconds, 2)
    figures = {"stage": key.stage.value, "outcome": outcome, "http_requests": result.http_requests, "seconds": took}
    level = logging.DEBUG if failure is None else logging.INFO
    words = "%s call: %s after %d requests, %.2f s"
    log.log(level, words, key.stage.value, outcome, result.http_requests, took, extra={"figures": figures})


def ending(summary: RunSummary, stop_reason: str | None) -> tuple[SessionStatus, str | None]:
    """The status of a run that has come to its end, and why it failed: graded as soon as one attempt gave marks,
    unless it was stopped.
    """
    if stop_reason is not None:
        return SessionStatus.FAILED, stop_reason
    if summary.unfinished:
        return SessionStatus.FAILED, f"{summary.unfinished} calls ended without a stored outcome."
    if summary.marked:
        return SessionStatus.GRADED, None
    return SessionStatus.FAILED, f"{NO_MARKS} {summary.first_failure or ''}".strip()


def _attempts(claimed: ClaimedRun, tools: AttemptTools) -> list[Attempt]:
    rubrics = {(c.key.model_name, c.key.try_index): c for c in claimed.calls if c.key.stage is Stage.RUBRIC}
    unfinished = (CallStatus.PENDING, CallStatus.RUNNING, CallStatus.WAITING)
    return [
        Attempt(tools, call, rubrics.get((call.key.model_name, call.key.try_index)))
        for call in claimed.calls
        if call.key.stage is Stage.ASSESSMENT and call.status in unfinished
    ]


async def save_snapshot(store: Store, session_id: str) -> None:
    """Store totals and discrepancies of a run that has ended beside its marks.

    Best effort: every read computes these afresh, so a snapshot that could not be written costs nothing.
    """
    try:
        seeing = await store.seen_as_example_by(session_id)
        figures = statistics(await store.session_results(session_id), without=seeing)
        await store.save_stats(session_id, figures["totals"], figures["discrepancies_by_model_try"])
    except AppError as error:
        log.warning("session %s: no snapshot of its statistics: %s", session_id, error)
