"""Make one test: work on its slots in parallel, store each accepted question at once, and store how the test ended."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.documents.extraction import Page
from app.documents.pages import pages_of
from app.errors import AppError
from app.generation.bank import Bank
from app.generation.checks import Thresholds
from app.generation.language import language_of
from app.generation.model import Difficulty
from app.generation.plans import Wishes, plan_slots
from app.generation.question_set import question_of
from app.generation.segment import Segment, segments
from app.generation.slot import INTERRUPTED, Assignment, Slot
from app.store.documents import DocumentStore
from app.store.generated_tests import ClaimedTest, GeneratedTestStore, StoredAttempt
from app.store.records import NewQuestion, TestAttemptRow, TestSummaryRow, Verdict
from app.work.budget import Budget, Spending
from app.work.job import Job, ModelAccess
from app.work.leased_work import WorkTools, together

log = logging.getLogger(__name__)

OUR_FAULT = "The server failed while making this test; its log says why."
NO_DOCUMENT = "The document was deleted."
TOO_LITTLE = "The document has too little text for so many questions."


@dataclass(frozen=True, slots=True)
class GenerationSetup:
    """How tests are made: `n_parallel` calls at once for one test, each question written `rounds` times at most."""

    models: ModelAccess
    thresholds: Thresholds
    n_parallel: int
    rounds: int


class GenerationRun(Job):
    """One claimed test."""

    def __init__(
        self,
        claimed: ClaimedTest,
        store: GeneratedTestStore,
        documents: DocumentStore,
        setup: GenerationSetup,
        tools: WorkTools,
    ) -> None:
        super().__init__(claimed.test_id, store, setup.models, setup.n_parallel, tools, OUR_FAULT)
        self._claimed = claimed
        self._tests = store
        self._documents = documents
        self._setup = setup
        self._bank = Bank(claimed.target_questions, setup.thresholds)
        self.budget = Budget(claimed.models.get("max_cost_usd"), Spending(claimed.cost_usd))
        self._reason: str | None = None

    async def work(self) -> None:
        document_id = self._claimed.document_id
        if document_id is None:
            self._reason = NO_DOCUMENT
            return
        pages = pages_of(await self._documents.text(document_id))
        parts = await asyncio.to_thread(self._segments, pages)
        if len(parts) < self._claimed.target_questions:
            self._reason = TOO_LITTLE
        for row in self._claimed.questions:
            self._bank.add(question_of(row))
        done = {row["slot"] for row in self._claimed.questions}
        wishes = Wishes.of(self._claimed.models)
        plans = plan_slots(self._claimed.target_questions, self._claimed.seed, wishes, parts)
        assignment = self._assignment()
        slots = [
            Slot(part, plans[part.slot], assignment, self, self._bank, self._stored(part.slot))
            for part in parts
            if part.slot not in done
        ]
        self._bank.begin(slot.number for slot in slots)
        endings = await together({f"slot {slot.number} of {self.job_id}": slot.run() for slot in slots})
        for slot, ending in zip(slots, endings, strict=True):
            if isinstance(ending, Exception):
                log.error("test %s: slot %d broke", self.job_id, slot.number, exc_info=ending)
                self._reason = OUR_FAULT

    def _segments(self, pages: Sequence[Page]) -> list[Segment]:
        """Each segment names the language to write in: the teacher's choice, or else that of its text."""
        wanted = self._claimed.models.get("language")
        parts = segments(pages, self._claimed.target_questions, self._claimed.seed)
        return [replace(part, language=wanted or language_of(part.text)) for part in parts]

    def _assignment(self) -> Assignment:
        models = self._claimed.models
        return Assignment(
            models["writer"],
            tuple(models["solvers"]),
            Difficulty(self._claimed.difficulty),
            self._claimed.seed,
            self._setup.thresholds,
            self._setup.rounds,
        )

    def _stored(self, slot: int) -> list[StoredAttempt]:
        mine = [attempt for attempt in self._claimed.attempts if attempt.slot == slot]
        # An interrupted call has its cost stored but no answer: the run makes it again.
        return [attempt for attempt in mine if attempt.verdict.get("outcome") != INTERRUPTED]

    async def store_attempt(self, attempt: TestAttemptRow) -> None:
        await self.save(partial(self._tests.record_attempt, self.job_id, attempt))

    async def accept(self, slot: int, question: NewQuestion) -> bool:
        return await self.save(partial(self._tests.accept, self.job_id, self.tools.lease_owner, slot, question))

    async def finish(self) -> None:
        reason = self.tenure.stop_reason or self._reason or await self._why()
        await self.save(partial(self._tests.finish, self.job_id, self.tools.lease_owner, reason))
        await self._say_how_it_ended()

    async def _say_how_it_ended(self) -> None:
        """Best effort: the line is for people, everything in it is stored."""
        try:
            figures = test_figures(await self._tests.summary(self.job_id))
        except AppError as error:
            log.warning("test %s: ended; its figures could not be read: %s", self.job_id, error)
            return
        log.info("test %s: %s", self.job_id, test_line(figures), extra={"figures": figures})

    async def _why(self) -> str | None:
        attempts = (await self._tests.attempts(self.job_id))["attempts"]
        return why_missing([attempt["verdict"] for attempt in attempts], self._claimed.target_questions)


def test_figures(test: TestSummaryRow) -> dict[str, Any]:
    """What an operator asks first about a test that has ended; its questions and topics stay out of the log."""
    return {
        "status": test["status"],
        "questions": test["questions_generated"],
        "wanted": test["target_questions"],
        "writer": test["model"],
        "cost_usd": float(test["cost_usd"]),
        "seconds": round(test["elapsed_time"], 1),
    }


def test_line(figures: Mapping[str, Any]) -> str:
    """The figures in one sentence."""
    return (
        f"{figures['status']} in {figures['seconds']:.1f} s: {figures['questions']} of {figures['wanted']} questions "
        f"by {figures['writer']}, {figures['cost_usd']:.4f} USD"
    )


def why_missing(verdicts: Iterable[Verdict], n: int) -> str | None:
    """Why some of `n` questions are missing: those that could not be written and those that did not pass the checks,
    each with its first reason.
    """
    last = [verdict for verdict in verdicts if verdict.get("final")]
    unwritten = [verdict["message"] for verdict in last if verdict["outcome"] == "failed"]
    rejected = [verdict["message"] for verdict in last if verdict["outcome"] == "rejected"]
    reasons = []
    if unwritten:
        reasons.append(f"{len(unwritten)} of {n} questions could not be written: {unwritten[0]}")
    if rejected:
        reasons.append(f"{len(rejected)} of {n} questions did not pass the checks. The first: {rejected[0]}")
    return " ".join(reasons) or None


@dataclass(frozen=True, slots=True)
class GenerationJobs:
    """What a launcher needs of the tests that are being made. `clock` is the launcher's."""

    store: GeneratedTestStore
    documents: DocumentStore
    setup: GenerationSetup
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    noun: str = "test"

    async def unclaimed(self) -> list[str]:
        return await self.store.unclaimed()

    async def claim(self, test_id: str, lease_owner: str, claimed_at: float) -> GenerationRun | None:
        claimed = await self.store.claim(test_id, lease_owner)
        if claimed is None:
            return None
        tools = WorkTools(lease_owner, claimed_at, self.sleep, self.clock, claimed.correlation_id)
        return GenerationRun(claimed, self.store, self.documents, self.setup, tools)

    async def fail(self, test_id: str, lease_owner: str) -> None:
        await self.store.finish(test_id, lease_owner, OUR_FAULT)
