"""Jobs that ask models for single answers: documents being read, tests being made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from app.marks.model import Json
from app.openrouter.body import chat_body, max_tokens_for
from app.openrouter.call import CallResult, CompletionRequest, Exchange
from app.openrouter.catalogue import Catalogue, ModelCapabilities
from app.openrouter.classify import OutcomeKind
from app.openrouter.client import OpenRouterClient
from app.openrouter.estimate import most_usd
from app.store.leases import JobLease, JobStore
from app.store.records import StoredReplies
from app.work.leased_work import LeasedWork, WorkTools

T = TypeVar("T")

TRY_HEADER = "X-Secondmark-Try"


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """The parts that are needed to ask a model. None instead of it means that OpenRouter has no key."""

    client: OpenRouterClient
    catalogue: Catalogue
    data_collection: str


@dataclass(frozen=True, slots=True)
class WantedCall:
    """A call that a job needs. `purpose` names it within the job; `room` is how many tokens the answer may have;
    `index` counts from 1; `form` gives the response format for a model.
    """

    purpose: str
    model: str
    messages: list[dict[str, Json]]
    room: int
    index: int
    form: Callable[[ModelCapabilities], dict[str, Json] | None] = lambda _: None


class Job(LeasedWork[str]):
    """One claimed row of a JobStore; at most `n_parallel` of its calls are made at once."""

    def __init__(  # noqa: PLR0917 - six independent parts
        self,
        job_id: str,
        store: JobStore,
        models: ModelAccess | None,
        n_parallel: int,
        tools: WorkTools,
        our_fault: str,
    ) -> None:
        super().__init__(f"{store.kind} {job_id}", tools, our_fault=our_fault)
        self.job_id = job_id
        self.models = models
        self._store = store
        self._slots = asyncio.Semaphore(n_parallel)

    async def renew(self) -> JobLease:
        return await self._store.renew_lease(self.job_id, self.tools.lease_owner)

    async def release(self) -> None:
        await self._store.release_lease(self.job_id, self.tools.lease_owner)

    async def ask(self, wanted: WantedCall) -> CallResult:
        """Make the call and return its result. Raises as `LeasedWork.call`."""
        assert self.models is not None  # noqa: S101 - the caller has checked
        with self.interruptible(wanted.purpose):
            request = await completion_request(self.job_id, wanted, self.models)
            async with self._slots:
                return await self.call(self.models.client, wanted.purpose, request)

    async def idle(self, waiting: Awaitable[T]) -> T:
        """Wait for something other than a call. Raises CancelledError if the job ends or is left meanwhile."""
        with self.interruptible("idle"):
            return await waiting


async def completion_request(job_id: str, wanted: WantedCall, models: ModelAccess) -> CompletionRequest:
    """The HTTP request of one call of the job, with what it can cost at worst."""
    capabilities = await models.catalogue.capabilities(wanted.model)
    body = chat_body(
        model=wanted.model,
        messages=wanted.messages,
        max_tokens=max_tokens_for(wanted.room, None, capabilities),
        response_format=wanted.form(capabilities),
        data_collection=models.data_collection,
        session_key=f"{job_id}/{wanted.purpose}",
    )
    return CompletionRequest(
        key=job_id,
        model=wanted.model,
        body=body,
        headers={TRY_HEADER: str(wanted.index)},
        output_limit=capabilities.max_completion_tokens,
        least_tokens=wanted.room,
        expected_usd=most_usd(body, capabilities.price),
    )


def stored_replies(result: CallResult) -> StoredReplies:
    """The parts of a call that are stored: its answer, every exchange, tokens and US dollars."""
    content = None if result.completion is None else result.completion.content
    return {
        "raw": {"content": content, "exchanges": [exchange_json(one) for one in result.exchanges]},
        "prompt_tokens": result.usage.prompt_tokens,
        "completion_tokens": result.usage.completion_tokens,
        "cost_usd": result.usage.cost_usd,
    }


def exchange_json(exchange: Exchange) -> dict[str, Json]:
    """An exchange as it is stored. The text of a completed one is left out, because `stored_replies` holds it."""
    left_out = {"content"} if exchange.outcome.kind is OutcomeKind.COMPLETED else set()
    return {name: value for name, value in exchange.as_json().items() if name not in left_out}
