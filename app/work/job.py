"""Jobs that ask models for single answers: documents being read, tests being made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.marks.model import Json
from app.openrouter.body import chat_body, max_tokens_for
from app.openrouter.call import CallResult, CompletionRequest, Exchange
from app.openrouter.catalogue import Catalogue, ModelCapabilities
from app.openrouter.classify import Verdict
from app.openrouter.client import OpenRouterClient
from app.openrouter.estimate import tokens_of
from app.store.leases import JobLease, JobStore
from app.work.leased_work import LeasedWork, WorkTools

T = TypeVar("T")

TRY_HEADER = "X-Secondmark-Try"


@dataclass(frozen=True, slots=True)
class Models:
    """How models are reached; absent as a whole where OpenRouter has no key."""

    client: OpenRouterClient
    catalogue: Catalogue
    data_collection: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One call to be made. `purpose` names it within its job; `room` is for the answer, in tokens; `index` from 1."""

    purpose: str
    model: str
    messages: list[dict[str, Json]]
    room: int
    index: int
    form: Callable[[ModelCapabilities], dict[str, Json] | None] = lambda _: None


class Job(LeasedWork[str]):
    """One claimed row of a JobStore; at most `n_parallel` of its calls are made at once."""

    def __init__(  # noqa: PLR0917 - what a job is made of
        self, job_id: str, store: JobStore, models: Models | None, n_parallel: int, tools: WorkTools, our_fault: str
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

    async def ask(self, asked: Asked) -> CallResult:
        """The call's result, as of `LeasedWork.call`."""
        assert self.models is not None  # noqa: S101 - who asks has looked
        with self.interruptible(asked.purpose):
            request = await completion_request(self.job_id, asked, self.models)
            async with self._slots:
                return await self.call(self.models.client, asked.purpose, request)

    async def idle(self, waiting: Awaitable[T]) -> T:
        """Wait for something that is no call. Raises CancelledError where the job is over or left meanwhile."""
        with self.interruptible("idle"):
            return await waiting


async def completion_request(job_id: str, asked: Asked, models: Models) -> CompletionRequest:
    """What is sent for one call of the job."""
    capabilities = await models.catalogue.capabilities(asked.model)
    body = chat_body(
        model=asked.model,
        messages=asked.messages,
        max_tokens=max_tokens_for(asked.room, None, capabilities),
        response_format=asked.form(capabilities),
        data_collection=models.data_collection,
        session_key=f"{job_id}/{asked.purpose}",
    )
    return CompletionRequest(
        key=job_id,
        model=asked.model,
        body=body,
        headers={TRY_HEADER: str(asked.index)},
        output_limit=capabilities.max_completion_tokens,
        least_tokens=asked.room,
        expected_usd=_expected(asked, capabilities),
    )


def _expected(asked: Asked, capabilities: ModelCapabilities) -> float:
    """As if the answer took half of its room."""
    price = capabilities.price
    if price is None:
        return 0.0
    texts = [message["content"] for message in asked.messages if isinstance(message["content"], str)]
    return price.request + tokens_of("".join(texts)) * price.prompt + asked.room / 2 * price.completion


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
