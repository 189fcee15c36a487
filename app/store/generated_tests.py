"""What the app asks the database about tests made from documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from app.store.base import LEASE_SECONDS, Row
from app.store.leases import JobStore
from app.store.records import (
    BoxRow,
    NewQuestion,
    TestAttemptRow,
    TestAttemptRows,
    TestQuestionRow,
    TestRow,
    TestSlots,
    TestSummaryRow,
    Verdict,
)
from app.store.storable import storable


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An answer that was paid for. `content` is None where there was none; `with_quote` is True for writers."""

    slot: int
    round: int
    role: str
    model: str
    with_quote: bool
    content: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ClaimedTest:
    """A test that this process makes, with the questions and attempts that are stored."""

    test_id: str
    document_id: str | None
    target_questions: int
    difficulty: str
    models: Row
    seed: int
    cost_usd: float
    questions: tuple[TestQuestionRow, ...]
    attempts: tuple[StoredAttempt, ...]
    correlation_id: str | None = None


class GeneratedTestStore(JobStore):
    """Tests, their questions, and every attempt at one."""

    kind = "generated_test"

    async def create(self, document_id: str, **fields: Any) -> TestSummaryRow:
        """Create a test and return its row. Raises ConflictError while another test is made from the document."""
        created: TestSummaryRow = await self._ask(
            "create_test", test_id=str(uuid4()), document_id=document_id, **fields
        )
        return created

    async def tests(self, *, limit: int, offset: int, document_id: str | None = None) -> Row:
        """{items, total}, newest first."""
        return dict(await self._ask("list_tests", limit=limit, offset=offset, document_id=document_id))

    async def summary(self, test_id: str) -> TestSummaryRow:
        found: TestSummaryRow = await self._ask("test_summary", test_id=test_id)
        return found

    async def test(self, test_id: str) -> TestRow:
        """The summary with its questions."""
        found: TestRow = await self._ask("test_detail", test_id=test_id)
        return found

    async def slots(self, test_id: str) -> TestSlots:
        found: TestSlots = await self._ask("test_slots", test_id=test_id)
        return found

    async def rename(self, test_id: str, name: str) -> TestSummaryRow:
        renamed: TestSummaryRow = await self._ask("edit_test", test_id=test_id, name=name)
        return renamed

    async def edit_question(
        self,
        test_id: str,
        question_id: str,
        changes: Mapping[str, Any],
        findings: Sequence[Mapping[str, Any]] | None = None,
    ) -> TestQuestionRow:
        """Change a question and return it. `findings` concern the new wording; None: the wording is the old one."""
        edited: TestQuestionRow = await self._ask(
            "edit_test_question", test_id=test_id, question_id=question_id, changes=changes, findings=findings
        )
        return edited

    async def judge_question(
        self, test_id: str, question_id: str, updated_at: str, checks: Mapping[str, Any]
    ) -> TestQuestionRow:
        """Store checks of the question as it was at `updated_at`. Raises ConflictError if it was edited later."""
        judged: TestQuestionRow = await self._ask(
            "judge_test_question", test_id=test_id, question_id=question_id, updated_at=updated_at, checks=checks
        )
        return judged

    async def add_question(self, test_id: str, question: Mapping[str, Any]) -> TestQuestionRow:
        added: TestQuestionRow = await self._ask(
            "add_test_question", test_id=test_id, question_id=str(uuid4()), question=question
        )
        return added

    async def attempts(self, test_id: str, question_id: str | None = None) -> TestAttemptRows:
        """{slot, attempts: [...]} of one question's slot, or of all. The packed replies stay in the database."""
        found: TestAttemptRows = await self._ask("test_attempts", test_id=test_id, question_id=question_id)
        for attempt in found["attempts"]:
            for exchange in attempt["raw"].get("exchanges") or ():
                exchange.pop("reply", None)
        return found

    async def cancel(self, test_id: str, reason: str) -> None:
        """End it for good. Raises ConflictError if it is over."""
        await self._ask("cancel_test", test_id=test_id, reason=reason)

    async def delete(self, test_id: str) -> bool:
        return bool((await self._ask("delete_test", test_id=test_id))["deleted"])

    async def create_session(self, test_id: str, **fields: Any) -> str:
        """The id of a new session that asks the test's questions and whose marks code awards."""
        session_id = str(uuid4())
        await self._ask("create_test_session", test_id=test_id, session_id=session_id, **fields)
        return session_id

    async def responses(self, test_id: str) -> list[BoxRow]:
        """Every box of the answer sheets in which a letter was read."""
        return list(await self._ask("test_responses", test_id=test_id))

    async def claim(self, test_id: str, lease_owner: str) -> ClaimedTest | None:
        row = await self._ask("claim_test", test_id=test_id, lease_owner=lease_owner, lease_seconds=LEASE_SECONDS)
        if row is None:
            return None
        attempts = tuple(StoredAttempt(**attempt) for attempt in row.pop("attempts"))
        return ClaimedTest(**{**row, "questions": tuple(row["questions"])}, attempts=attempts)

    async def record_attempt(self, test_id: str, attempt: TestAttemptRow) -> None:
        """Store an answer with its verdict, or a new verdict of one that is stored."""
        await self._ask("record_test_attempt", test_id=test_id, **storable(attempt).value)

    async def accept(self, test_id: str, lease_owner: str, slot: int, question: NewQuestion) -> bool:
        """Store the question; False if the test is over or another process holds it."""
        row = await self._ask(
            "accept_question", test_id=test_id, lease_owner=lease_owner, slot=slot, question=storable(question).value
        )
        return bool(row["accepted"])

    async def finish(self, test_id: str, lease_owner: str, failure_reason: str | None) -> None:
        """Store the end. The reason is stored if questions are missing."""
        await self._ask("finish_test", test_id=test_id, lease_owner=lease_owner, failure_reason=failure_reason)
