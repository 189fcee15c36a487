"""Large computations through the queue: a server asks for them, and any worker does them."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from app import __version__
from app.errors import AppError, UpstreamUnavailableError
from app.reporting.jobs import LOOK_SECONDS, in_a_process
from app.reporting.packed import answer_to, failure, question_of, value_of
from app.store.computations import ComputationState, ComputationStore
from app.store.leases import JobLease
from app.work.leased_work import LeasedWork, WorkTools

OUR_FAULT = "The server failed while computing this analysis; its log says why."
NO_RESULT = "The process of the analysis ended without a result. Ask again."


@dataclass(frozen=True)
class AskedComputations:
    """Computations as a server asks for them. Servers that ask the same share one."""

    store: ComputationStore
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def computed(self, owner: str | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Raises what the function raises, and UpstreamUnavailableError where no process brings it to an end."""
        question = await asyncio.to_thread(question_of, function, arguments)
        key = await asyncio.to_thread(_key_of, question)
        store = self.store.for_owner(owner)
        try:
            state = await store.ask(key, fresh=True)
            while state.state not in {"done", "failed"}:
                if state.state == "unknown":
                    state = await store.ask(key, question)
                await self.sleep(LOOK_SECONDS)
                state = await self._looked(store, key, state)
        except asyncio.CancelledError:
            with suppress(AppError):
                await store.withdraw(key)
            raise
        if state.answer is None:
            raise UpstreamUnavailableError(NO_RESULT)
        return await asyncio.to_thread(value_of, state.answer)

    @staticmethod
    async def _looked(store: ComputationStore, key: str, before: ComputationState) -> ComputationState:
        """How far it is; as `before` while the database is away."""
        try:
            return await store.ask(key)
        except UpstreamUnavailableError:
            return before


def _key_of(question: str) -> str:
    return hashlib.blake2b(f"{__version__} {question}".encode(), digest_size=16).hexdigest()


class Computation(LeasedWork[str]):
    """One claimed computation. It ends without an answer when nobody wants it any more."""

    def __init__(self, computation_id: str, question: str, store: ComputationStore, tools: WorkTools) -> None:
        super().__init__(f"analysis {computation_id}", tools, our_fault=OUR_FAULT)
        self._id = computation_id
        self._question = question
        self._store = store
        self._answer, self._failed = "", True

    async def work(self) -> None:
        with self.interruptible("analysis"):
            try:
                self._answer, self._failed = await in_a_process(answer_to, (self._question,))
            except UpstreamUnavailableError as error:
                self._answer = failure(error)

    async def renew(self) -> JobLease:
        return await self._store.renew_lease(self._id, self.tools.lease_owner)

    async def release(self) -> None:
        await self._store.release_lease(self._id, self.tools.lease_owner)

    async def finish(self) -> None:
        answer = self._answer or failure(UpstreamUnavailableError(self.tenure.stop_reason or OUR_FAULT))
        finish = partial(self._store.finish, self._id, self.tools.lease_owner, answer, failed=self._failed)
        await self.save(finish)


@dataclass(frozen=True, slots=True)
class ComputationJobs:
    """Computations as a launcher sees them. `clock` is the launcher's."""

    store: ComputationStore
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    noun: str = "computation"

    async def unclaimed(self) -> list[str]:
        return await self.store.unclaimed()

    async def claim(self, computation_id: str, lease_owner: str, claimed_at: float) -> Computation | None:
        claimed = await self.store.claim(computation_id, lease_owner)
        if claimed is None:
            return None
        tools = WorkTools(lease_owner, claimed_at, self.sleep, self.clock, claimed.correlation_id)
        return Computation(computation_id, claimed.question, self.store, tools)

    async def fail(self, computation_id: str, lease_owner: str) -> None:
        answer = failure(UpstreamUnavailableError(OUR_FAULT))
        await self.store.finish(computation_id, lease_owner, answer, failed=True)
