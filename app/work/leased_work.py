"""What reading a document and making a test have in common: a lease, calls under it, and nothing paid that is lost."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from app.marks.model import Json
from app.openrouter.body import chat_body, max_tokens_for
from app.openrouter.call import CallResult, CompletionRequest, Exchange, Phase
from app.openrouter.catalogue import Catalogue, ModelCapabilities
from app.openrouter.classify import Verdict
from app.openrouter.client import OpenRouterClient
from app.store.leases import JobLease, JobStore
from app.work.calls import ask_under_lease
from app.work.lease import Tenure
from app.work.saving import until_answered

T = TypeVar("T")

log = logging.getLogger(__name__)

TRY_HEADER = "X-Secondmark-Try"


@dataclass(frozen=True, slots=True)
class Models:
    """How models are reached; absent as a whole where OpenRouter has no key."""

    client: OpenRouterClient
    catalogue: Catalogue
    data_collection: str


@dataclass(frozen=True, slots=True)
class WorkTools:
    """`lease_owner` names this process; `clock` is monotonic, in seconds; `n_parallel` calls are made at once."""

    lease_owner: str
    claimed_at: float
    n_parallel: int
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Asked:
    """One call to be made. `purpose` names it within its job; `room` is for the answer, in tokens; `index` from 1."""

    purpose: str
    model: str
    messages: list[dict[str, Json]]
    room: int
    index: int
    form: Callable[[ModelCapabilities], dict[str, Json] | None] = lambda _: None


class LeasedWork:
    """One claimed job. Subclasses do the work, and say how it ended."""

    def __init__(
        self, job_id: str, store: JobStore, models: Models | None, tools: WorkTools, *, our_fault: str
    ) -> None:
        self.job_id = job_id
        self.tools = tools
        self.models = models
        self._store = store
        self.tenure = Tenure(
            f"{store.kind} {job_id}",
            self._renew,
            granted_at=tools.claimed_at,
            clock=tools.clock,
            sleep=tools.sleep,
            interrupt=self._interrupt,
            our_fault=our_fault,
        )
        self._slots = asyncio.Semaphore(tools.n_parallel)
        # Those that wait for their turn or for their next request; what runs is paid for and is let finish.
        self._idle: set[asyncio.Task[Any]] = set()
        self._saving: set[asyncio.Task[Any]] = set()
        self._working: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Everything there is to do. Ends early by CancelledError where the tenure ends."""
        raise NotImplementedError

    async def finish(self) -> None:
        """Store how it ended."""
        raise NotImplementedError

    async def run(self) -> None:
        if not self.tenure.ended:
            await self._work_under_lease()
        if self.tenure.left and self.tenure.stop_reason is None:
            await self._store.release_lease(self.job_id, self.tools.lease_owner)
        else:
            await self.finish()

    async def _work_under_lease(self) -> None:
        renewal = asyncio.create_task(self.tenure.keep(), name=f"lease {self.job_id}")
        self._working = asyncio.create_task(self.work(), name=f"work {self.job_id}")
        try:
            [ending] = await asyncio.gather(self._working, return_exceptions=True)
            await asyncio.gather(*self._saving, return_exceptions=True)
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
        if isinstance(ending, Exception):
            raise ending

    def stop(self, reason: str) -> None:
        self.tenure.stop(reason)

    def leave(self) -> None:
        self.tenure.leave()

    async def settled(self, seconds: float) -> None:
        if self._idle:
            await asyncio.wait(set(self._idle), timeout=seconds)

    def abandon(self) -> None:
        if self._working is not None:
            self._working.cancel()

    async def ask(self, asked: Asked) -> CallResult:
        """The call's result. Raises CancelledError where the job is over or left before it was made."""
        assert self.models is not None  # noqa: S101 - who asks has looked
        with self._interruptible() as task:
            request = await self._request(asked, self.models)
            async with self._slots:
                return await ask_under_lease(
                    self.models.client,
                    self.tenure,
                    request,
                    on_phase=lambda phase: self._enter(task, phase),
                    exchanges=[],
                )

    async def idle(self, waiting: Awaitable[T]) -> T:
        """Wait for something that is no call. Raises CancelledError where the job is over or left meanwhile."""
        with self._interruptible():
            return await waiting

    @contextmanager
    def _interruptible(self) -> "Iterator[asyncio.Task[Any]]":
        """What runs here is cancelled when the job is over or left, but for a call that is being made."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - it runs in one
        if self.tenure.ended:
            raise asyncio.CancelledError
        self._idle.add(task)
        try:
            yield task
        finally:
            self._idle.discard(task)

    async def _request(self, asked: Asked, models: Models) -> CompletionRequest:
        capabilities = await models.catalogue.capabilities(asked.model)
        body = chat_body(
            model=asked.model,
            messages=asked.messages,
            max_tokens=max_tokens_for(asked.room, None, capabilities),
            response_format=asked.form(capabilities),
            data_collection=models.data_collection,
            session_key=f"{self.job_id}/{asked.purpose}",
        )
        return CompletionRequest(
            key=self.job_id,
            model=asked.model,
            body=body,
            headers={TRY_HEADER: str(asked.index)},
            output_limit=capabilities.max_completion_tokens,
        )

    def _enter(self, task: asyncio.Task[Any], phase: Phase) -> None:
        if phase is Phase.RUNNING:
            self._idle.discard(task)
        else:
            self._idle.add(task)

    def _interrupt(self) -> None:
        for task in list(self._idle):
            task.cancel()

    async def save(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Store what was paid for; cancelling the caller does not take it back."""
        what = f"{self._store.kind} {self.job_id}"
        task = asyncio.ensure_future(until_answered(ask, what, sleep=self.tools.sleep))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)
        return await asyncio.shield(task)

    async def _renew(self) -> JobLease:
        return await self._store.renew_lease(self.job_id, self.tools.lease_owner)


async def together(work: Mapping[str, Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    """All to their end, each as a task of its name: what fails or is interrupted takes nothing with it."""
    tasks = [asyncio.create_task(one, name=name) for name, one in work.items()]
    return await asyncio.gather(*tasks, return_exceptions=True)


def answers(endings: Iterable[T | BaseException]) -> list[T]:
    """The results, once all is done. Raises the first fault, and CancelledError where one was interrupted."""
    found: list[T] = []
    for ending in endings:
        if isinstance(ending, BaseException):
            raise ending
        found.append(ending)
    return found


def evidence(result: CallResult) -> dict[str, Any]:
    """What is stored of a call: what was said, every exchange, tokens and US dollars."""
    content = None if result.completion is None else result.completion.content
    return {
        "raw": {"content": content, "exchanges": [exchange_json(one) for one in result.exchanges]},
        "prompt_tokens": result.usage.prompt_tokens,
        "completion_tokens": result.usage.completion_tokens,
        "cost_usd": result.usage.cost_usd,
    }


def exchange_json(exchange: Exchange) -> dict[str, Json]:
    """What a completed one said stands beside it once; what a cut or failed one said stands nowhere else."""
    left_out = {"content"} if exchange.outcome.verdict is Verdict.COMPLETED else set()
    return {name: value for name, value in exchange.as_json().items() if name not in left_out}
