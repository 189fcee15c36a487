"""Shared by grading, reading and generating: one lease, the calls under it, the storing of paid answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from app.marks.reasons import Reason
from app.monitoring.about import add
from app.openrouter.call import CallResult, CompletionRequest, Exchange, Failure, Phase, gave_up
from app.openrouter.client import OpenRouterClient
from app.store.base import until_answered
from app.store.transport import DataError, StoreError
from app.work.budget import Budget, Charge, most_spent
from app.work.lease import Renewal, Tenure, ask_under_lease

T = TypeVar("T")
K = TypeVar("K")

# Tasks that are started or cancelled before the event loop serves others: 40,000 at once stop it for seconds.
AT_ONCE = 200
NOT_STORED = "The database refuses to store what this run obtains; the server's log says why."


class Phases(Generic[K]):
    """The phase of each task that is making a call, with the key of that call. Stops and leases both read it.

    A task that is not in it stores an answer or has ended, and must not be interrupted.
    """

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[Any], tuple[K, Phase]] = {}

    def enter(self, task: asyncio.Task[Any], key: K, phase: Phase) -> None:
        self._tasks[task] = key, phase

    def leave(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)

    def idle(self) -> set[asyncio.Task[Any]]:
        """Tasks that wait for a permit or for their next request. A running request is paid for and may finish."""
        return {task for task, (_, phase) in self._tasks.items() if phase is not Phase.RUNNING}

    def is_running(self, task: asyncio.Task[Any]) -> bool:
        return task in self._tasks and self._tasks[task][1] is Phase.RUNNING

    def keys(self, phase: Phase) -> list[K]:
        """The keys in this phase, each once. A key with several calls at a time is waiting if none of them runs."""
        found = dict.fromkeys(key for key, now in self._tasks.values() if now is phase)
        if phase is Phase.WAITING:
            for key, now in self._tasks.values():
                if now is Phase.RUNNING:
                    found.pop(key, None)
        return list(found)


@dataclass(frozen=True, slots=True)
class WorkTools:
    """`lease_owner` names this process. The lease runs from `claimed_at`, the moment before the claim, on `clock`
    (monotonic, in seconds). `correlation_id` names the request that asked for the work, where that is known.
    """

    lease_owner: str
    claimed_at: float
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    correlation_id: str | None = None


class LeasedWork(Generic[K]):
    """One claimed job. `name` is for the log; `our_fault` is the sentence that users read if this program failed.

    A subclass does the work, renews and releases the lease, and stores how the work ended. `K` is the type of a call's
    key.
    """

    def __init__(self, name: str, tools: WorkTools, *, our_fault: str) -> None:
        self.name = name
        self.tools = tools
        self.phases: Phases[K] = Phases()
        self.budget = Budget(None)
        self.tenure = Tenure(
            name,
            self.renew,
            granted_at=tools.claimed_at,
            clock=tools.clock,
            sleep=tools.sleep,
            interrupt=self._interrupt,
            our_fault=our_fault,
        )
        self._saving: set[asyncio.Task[Any]] = set()
        self._working: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Do the whole job. Raises CancelledError if the tenure ends first."""
        raise NotImplementedError

    async def renew(self) -> Renewal:
        raise NotImplementedError

    async def release(self) -> None:
        """Release the lease, so that another process can take the job at once."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Store how the work ended."""
        raise NotImplementedError

    async def run(self) -> None:
        """Return when nothing is left to do in this process. Raises StoreError if the end cannot be stored."""
        if self.tools.correlation_id is not None:
            add(correlation_id=self.tools.correlation_id)
        try:
            if not self.tenure.ended:
                await self._work_under_lease()
            if self.tenure.left and self.tenure.stop_reason is None:
                await self.release()
            else:
                await self.finish()
        finally:
            self.tenure.forget_work()

    async def _work_under_lease(self) -> None:
        renewal = asyncio.create_task(self.tenure.keep(), name=f"lease of {self.name}")
        self._working = asyncio.create_task(self.work(), name=f"work on {self.name}")
        try:
            [ending] = await asyncio.gather(self._working, return_exceptions=True)
            await self.all_saved()
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
        if isinstance(ending, Exception):
            raise ending

    async def all_saved(self) -> None:
        """Wait until everything that is being stored is stored, also for callers that were cancelled."""
        await asyncio.gather(*self._saving, return_exceptions=True)

    def stop(self, reason: str) -> None:
        """End the job for good: queued calls are cancelled at once, running calls finish and are stored."""
        self.tenure.stop(reason)

    def leave(self) -> None:
        """End the job in this process; another process (or this one, later) continues. Running calls finish and are
        stored.
        """
        self.tenure.leave()

    async def settled(self, seconds: float) -> None:
        """Wait at most `seconds` until the calls that a stop interrupted are stored; do not wait for running calls."""
        if idle := self.phases.idle():
            await asyncio.wait(idle, timeout=seconds)

    def abandon(self) -> None:
        """Cancel the running calls too. Answers that have arrived are still stored."""
        if self._working is not None:
            self._working.cancel()

    async def call(
        self,
        client: OpenRouterClient,
        key: K,
        request: CompletionRequest,
        on_phase: Callable[[Phase], None] = lambda _: None,
    ) -> CallResult:
        """Make one call and return its result. `held_back` decides about a call that the budget holds back; `on_phase`
        is told of every phase.

        If the work ends before the call does, the result is a failure that holds every billed request: CANCELLED if the
        job ended for good, INTERRUPTED if another process continues. Raises CancelledError if no request was sent.
        """
        with self.interruptible(key) as task:
            async with self.budget.charge(request.model, request.expected_usd) as charge:
                if charge is None:
                    return self.held_back()

                def enter(phase: Phase) -> None:
                    self.phases.enter(task, key, phase)
                    on_phase(phase)

                return await self._called(client, request, task, charge, enter)

    async def _called(
        self,
        client: OpenRouterClient,
        request: CompletionRequest,
        task: "asyncio.Task[Any]",
        charge: Charge,
        on_phase: Callable[[Phase], None],
    ) -> CallResult:
        exchanges: list[Exchange] = []
        too_dear = False

        def affordable() -> bool:
            nonlocal too_dear
            too_dear = not self.budget.allows_another(charge, exchanges)
            return not too_dear

        try:
            result = await ask_under_lease(
                client,
                self.tenure,
                request,
                on_phase=on_phase,
                exchanges=exchanges,
                affordable=affordable,
            )
        except asyncio.CancelledError:
            if self.phases.is_running(task):
                charge.broken_off = charge.each
            if not exchanges:
                raise
            return gave_up(exchanges, self.interruption())
        finally:
            charge.actual = most_spent(exchanges, charge.each) + charge.broken_off
        if too_dear and result.failure is not None:
            message = f"{self.budget.reason} Before that: {result.failure.message}"
            return replace(result, failure=Failure(Reason.COST_LIMIT, message))
        return result

    def held_back(self) -> CallResult:
        """The result of a call that the budget holds back. Here the whole job ends: raises CancelledError."""
        self.tenure.stop(self.budget.reason)
        raise asyncio.CancelledError

    def interruption(self) -> Failure:
        """The failure of a call that is interrupted at this moment."""
        if self.tenure.stop_reason is not None:
            return Failure(Reason.CANCELLED, self.tenure.stop_reason)
        return Failure(Reason.INTERRUPTED, Reason.INTERRUPTED.sentence)

    @contextmanager
    def interruptible(self, key: K) -> "Iterator[asyncio.Task[Any]]":
        """Run a block that is cancelled when the job ends or is left, except while a request is in flight."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - only tasks call this
        if self.tenure.ended:
            raise asyncio.CancelledError
        self.phases.enter(task, key, Phase.QUEUED)
        try:
            yield task
        finally:
            self.phases.leave(task)

    def _interrupt(self) -> None:
        """Cancel what waits, some tasks at a time: requests to this server are answered in between."""
        waiting = [task for task in self.phases.idle() if not task.cancelling()]
        for task in waiting[:AT_ONCE]:
            task.cancel()
        if len(waiting) > AT_ONCE:
            asyncio.get_running_loop().call_soon(self._interrupt)

    async def save(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Store a paid answer; if the caller is cancelled, the storing goes on.

        If the database refuses, stops the job, because further answers would be paid and lost, and raises StoreError.
        """
        task = asyncio.ensure_future(until_answered(ask, self.name, sleep=self.tools.sleep))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)
        with self.stopped_by_refusals():
            return await asyncio.shield(task)

    @contextmanager
    def stopped_by_refusals(self) -> Iterator[None]:
        """Stop the job if the database refuses to store: every further answer would be paid and lost."""
        try:
            yield
        except DataError:
            raise  # the fault of this one answer
        except StoreError:
            self.tenure.stop(NOT_STORED)
            raise


async def together(work: Mapping[str, Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    """Run each coroutine as a task with its name, and wait for all: results and exceptions in the order of `work`.

    A task that fails or is cancelled does not end the others.
    """
    tasks = [asyncio.create_task(one, name=name) for name, one in work.items()]
    return await asyncio.gather(*tasks, return_exceptions=True)


def answers(endings: Iterable[T | BaseException]) -> list[T]:
    """The results of `together`. Raises the first exception among them, CancelledError included."""
    found: list[T] = []
    for ending in endings:
        if isinstance(ending, BaseException):
            raise ending
        found.append(ending)
    return found
