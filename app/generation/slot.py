"""One slot of a test: a model writes its question, code and other models judge it, the writer tries again."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from app.generation.answers import parse_solver, parse_writer
from app.generation.bank import Bank
from app.generation.checks import SolverAnswer, Thresholds, check_draft, check_plan, check_solvers, is_rejected
from app.generation.model import Check, CheckFinding, ChoiceQuestion, Difficulty, Draft
from app.generation.options import place
from app.generation.plans import SlotPlan
from app.generation.prompt import CallRole, WriterInputs, response_format, revision_messages, solver_messages
from app.generation.quotes import QuoteMatch, find_quote
from app.generation.segment import Segment
from app.marks.model import Json
from app.marks.reasons import Reason
from app.openrouter.call import CallResult
from app.store.generated_tests import StoredAttempt
from app.store.records import AttemptKey, NewQuestion, StoredReplies, TestAttemptRow, Verdict
from app.work.job import WantedCall, stored_replies
from app.work.leased_work import answers, together

# A whole question has some 700 tokens, a choice with its reason some 150; in Chinese, Japanese and Korean twice that.
WRITER_ROOM = 2_000
SOLVER_ROOM = 600

INTERRUPTED = "interrupted"

T = TypeVar("T")


class SlotRun(Protocol):
    """What the run does for its slots."""

    async def ask(self, wanted: WantedCall) -> CallResult: ...

    async def store_attempt(self, attempt: TestAttemptRow) -> None: ...

    async def accept(self, slot: int, question: NewQuestion) -> bool:
        """Whether the question became part of the test."""

    async def idle(self, waiting: Awaitable[T]) -> T:
        """Wait for something that is no call. Raises CancelledError where the job is over or left meanwhile."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What all slots of a test share. A question is written `rounds` times at most."""

    writer: str
    solvers: tuple[str, ...]
    difficulty: Difficulty
    seed: int
    thresholds: Thresholds
    rounds: int


@dataclass(frozen=True, slots=True)
class _Call:
    round: int
    role: CallRole
    model: str
    with_quote: bool = True


class Slot:
    """A slot starts from its stored answers, so that no answer is paid for twice."""

    def __init__(  # noqa: PLR0917 - what a slot is made of
        self,
        segment: Segment,
        plan: SlotPlan,
        assignment: Assignment,
        run: SlotRun,
        bank: Bank,
        stored: Iterable[StoredAttempt],
    ) -> None:
        self.number = segment.slot
        self._segment = segment
        self._plan = plan
        self._assignment = assignment
        self._run = run
        self._bank = bank
        self._stored = {_Call(s.round, CallRole(s.role), s.model, s.with_quote): s for s in stored}
        self._rejected: list[tuple[str, Sequence[CheckFinding]]] = []
        self._blind: Mapping[str, int] = {}

    async def run(self) -> None:
        """Work until a question is accepted or all rounds are used. Raises CancelledError if the job ends."""
        try:
            for number in range(1, self._assignment.rounds + 1):
                if await self._round(number):
                    return
        except BaseException:
            self._bank.withdraw(self.number)
            raise
        finally:
            self._bank.leave(self.number)

    async def _round(self, number: int) -> bool:
        """True if this round was the last: the question was accepted, or the writer gave no answer."""
        call = _Call(number, CallRole.WRITER, self._assignment.writer)
        before = self._stored.get(call)
        content = before.content if before else await self._write(call)
        if content is None:
            return True
        if before is not None and before.verdict.get("outcome") == "rejected":
            findings: Sequence[CheckFinding] = [_finding(row) for row in before.verdict["findings"]]
        else:
            question, findings = await self._judge(content, number)
            if not is_rejected(findings):
                findings = (*findings, *await self._run.idle(self._bank.turn(self.number)))
            if question is not None and not is_rejected(findings):
                await self._hand_in(call, question, findings)
                return True
            await self._reject(call, findings)
        self._rejected.append((content, findings))
        return False

    async def _write(self, call: _Call) -> str | None:
        inputs = WriterInputs(self._segment, self._assignment.difficulty, self._plan)
        messages = revision_messages(inputs, self._rejected)
        result = await self._ask(call, messages, WRITER_ROOM)
        if result.completion is None:
            message = result.failure.message if result.failure else "There was no answer."
            await self._store(call, {"outcome": "failed", "final": True, "message": message}, result)
            return None
        # Store the answer before judging it: it is paid for.
        await self._store(call, {"outcome": "written"}, result)
        return result.completion.text

    async def _judge(self, content: str, number: int) -> tuple[ChoiceQuestion | None, Sequence[CheckFinding]]:
        draft = parse_writer(content, self._plan.kind)
        if not isinstance(draft, Draft):
            return None, draft
        # A search for the quote in a long segment takes some ten milliseconds: not on the event loop.
        findings = await asyncio.to_thread(check_draft, draft, self._segment, self._assignment.thresholds)
        findings = (*findings, *check_plan(draft, self._plan))
        if is_rejected(findings):
            return None, findings
        findings = (*findings, *self._bank.enter(self.number, draft))
        if is_rejected(findings):
            return None, findings
        question = self._placed(draft, await asyncio.to_thread(find_quote, draft.quote, self._segment))
        return question, (*findings, *await self._solved(question, number))

    def _placed(self, draft: Draft, match: QuoteMatch) -> ChoiceQuestion:
        assignment = self._assignment
        placed = place(
            draft,
            number=self.number,
            key=self._plan.key,
            seed=assignment.seed,
            difficulty=assignment.difficulty,
            language=self._segment.language,
        )
        return replace(placed, page=match.page, quote=match.text or draft.quote)

    async def _solved(self, question: ChoiceQuestion, number: int) -> tuple[CheckFinding, ...]:
        calls = [
            _Call(number, CallRole.SOLVER, model, with_quote)
            for model in self._assignment.solvers
            for with_quote in (True, False)
        ]
        work = {f"slot {self.number} {call.model} {call.with_quote}": self._solve(call, question) for call in calls}
        solved = list(zip(calls, answers(await together(work)), strict=True))
        with_quote = [answer for call, answer in solved if call.with_quote]
        without = [answer for call, answer in solved if not call.with_quote]
        self._blind = blind_result(question.correct_option, with_quote, without)
        return check_solvers(question.correct_option, with_quote, without)

    async def _solve(self, call: _Call, question: ChoiceQuestion) -> SolverAnswer:
        before = self._stored.get(call)
        if before is not None:
            return solver_answer(call.model, before.content, before.verdict.get("message", ""), self._plan.key)
        result = await self._ask(call, solver_messages(question, with_quote=call.with_quote), SOLVER_ROOM)
        content = result.completion.content if result.completion else None
        message = result.failure.message if result.failure else ""
        answer = solver_answer(call.model, content, message, self._plan.key)
        outcome = outcome_of(answer, self._plan.key)
        await self._store(call, {"outcome": outcome, "answer": answer.letter, "message": answer.reason}, result)
        return answer

    async def _hand_in(self, call: _Call, question: ChoiceQuestion, findings: Sequence[CheckFinding]) -> None:
        shown = [finding.as_json() for finding in findings]
        checks = {"round": call.round, "findings": shown, "blind": self._blind}
        is_accepted = await self._run.accept(self.number, _row(question, checks))
        verdict: Verdict = {"outcome": "accepted" if is_accepted else "late", "findings": shown, "final": True}
        if not is_accepted:
            verdict["message"] = "The test was over before this question was ready."
        await self._store(call, verdict)

    async def _reject(self, call: _Call, findings: Sequence[CheckFinding]) -> None:
        self._bank.withdraw(self.number)
        verdict: Verdict = {
            "outcome": "rejected",
            "final": call.round == self._assignment.rounds,
            "message": next((finding.message for finding in findings if finding.blocking), ""),
            "findings": [finding.as_json() for finding in findings],
        }
        await self._store(call, verdict)

    async def _ask(self, call: _Call, messages: list[dict[str, Json]], room: int) -> CallResult:
        purpose = f"{call.role.value} {self.number}"
        form = partial(response_format, role=call.role, plan=self._plan)
        result = await self._run.ask(WantedCall(purpose, call.model, messages, room, call.round, form))
        if result.failure is not None and result.failure.reason in {Reason.CANCELLED, Reason.INTERRUPTED}:
            # There is no answer, but its requests were billed.
            await self._store(call, {"outcome": INTERRUPTED, "message": result.failure.message}, result)
            raise asyncio.CancelledError
        return result

    async def _store(self, call: _Call, verdict: Verdict, result: CallResult | None = None) -> None:
        key: AttemptKey = {
            "slot": self.number,
            "round": call.round,
            "role": call.role.value,
            "model": call.model,
            "with_quote": call.with_quote,
        }
        cost = _NOTHING if result is None else stored_replies(result)
        await self._run.store_attempt({**key, "verdict": verdict, **cost})


# For a row that is stored already: only its verdict changes.
_NOTHING: StoredReplies = {"raw": {"content": None}, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0}


def solver_answer(model: str, content: str | None, failure: str, key: str) -> SolverAnswer:
    """The solver's answer in the form of `key`, or why there was none."""
    if content is None:
        return SolverAnswer(model, None, failure, is_readable=False)
    return parse_solver(content, model, key)


def outcome_of(answer: SolverAnswer, key: str) -> str:
    """agrees, disagrees, or silent where nothing could be read."""
    if not answer.is_readable:
        return "silent"
    return "agrees" if answer.letter == key else "disagrees"


def blind_result(key: str, with_quote: Sequence[SolverAnswer], without: Sequence[SolverAnswer]) -> dict[str, int]:
    """With and without the quote: how many solvers chose the key, and how many gave a readable answer."""
    shown, hidden = (
        (sum(answer.letter == key for answer in answers), sum(answer.is_readable for answer in answers))
        for answers in (with_quote, without)
    )
    return {"right_with_quote": shown[0], "with_quote": shown[1], "right_without": hidden[0], "without": hidden[1]}


def _finding(row: Mapping[str, Any]) -> CheckFinding:
    return CheckFinding(Check(row["code"]), row["message"], row.get("found"), row["blocking"])


def _row(question: ChoiceQuestion, checks: Mapping[str, Any]) -> NewQuestion:
    return {
        "question": question.question,
        "kind": question.kind.value,
        "prompts": list(question.prompts),
        "options": list(question.options),
        "correct_option": question.correct_option,
        "why_wrong": dict(question.why_wrong),
        "explanation": question.explanation,
        "topic": question.topic,
        "bloom": question.bloom.value if question.bloom else None,
        "page": question.page,
        "quote": question.quote,
        "checks": dict(checks),
    }
