"""A finished question judged once more, after a teacher edited it: the checks, and the blind solve by other models."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.errors import ConflictError, NotConfiguredError, NotFoundError
from app.generation.checks import SolverAnswer, check_solvers
from app.generation.edits import judged
from app.generation.generation_run import GenerationSetup
from app.generation.model import ChoiceQuestion
from app.generation.plans import SlotPlan
from app.generation.progress import UNFINISHED
from app.generation.prompt import CallRole, response_format, solver_messages
from app.generation.question_set import question_of
from app.generation.slot import SOLVER_ROOM, blind_result, outcome_of, solver_answer
from app.store.generated_tests import GeneratedTestStore
from app.store.records import AttemptKey, TestQuestionRow, Verdict
from app.work.job import ModelAccess, WantedCall, completion_request, stored_replies


async def check_question(
    tests: GeneratedTestStore, test_id: str, question_id: str, setup: GenerationSetup | None
) -> TestQuestionRow:
    """The question with the findings of today's wording; none of them is blocking. Raises NotFoundError,
    NotConfiguredError, and ConflictError while the test is made or where the question is edited meanwhile.
    """
    test = await tests.test(test_id)
    row = next((one for one in test["questions"] if one["id"] == question_id), None)
    if row is None:
        raise NotFoundError("There is no such question.")
    if setup is None:
        raise NotConfiguredError("No model can be asked: set OPENROUTER_API_KEY (see .env.example).")
    if test["status"] in UNFINISHED:
        raise ConflictError("The test is being made; wait until it is done.", code="GENERATION_IN_PROGRESS")
    others = [one for one in test["questions"] if one["id"] != question_id]
    solve = _Solve(tests, test_id, row["slot"], await _next_round(tests, test_id, row), question_of(row), setup.models)
    with_quote, without = await solve.by(test["solver_models"])
    findings = (
        *await asyncio.to_thread(judged, row, others, setup.thresholds),
        *check_solvers(row["correct_option"], with_quote, without),
    )
    checks = {
        "findings": [replace(finding, blocking=False).as_json() for finding in findings],
        "blind": blind_result(row["correct_option"], with_quote, without),
    }
    return await tests.judge_question(test_id, question_id, row["updated_at"], checks)


async def _next_round(tests: GeneratedTestStore, test_id: str, row: TestQuestionRow) -> int:
    attempts = (await tests.attempts(test_id, row["id"]))["attempts"]
    return 1 + max((attempt["round"] for attempt in attempts), default=0)


@dataclass(frozen=True, slots=True)
class _Solve:
    """One round of solvers; each answer is stored as it comes, for it is paid for."""

    tests: GeneratedTestStore
    test_id: str
    slot: int
    round: int
    question: ChoiceQuestion
    models: ModelAccess

    async def by(self, solvers: Sequence[str]) -> tuple[list[SolverAnswer], list[SolverAnswer]]:
        """Their answers with the quote, none where the question has no quote any more, and without it."""
        shown = solvers if self.question.quote else []
        with_quote = asyncio.gather(*(self._one(model, with_quote=True) for model in shown))
        without = asyncio.gather(*(self._one(model, with_quote=False) for model in solvers))
        return list(await with_quote), list(await without)

    async def _one(self, model: str, *, with_quote: bool) -> SolverAnswer:
        key = self.question.correct_option
        form = partial(response_format, role=CallRole.SOLVER, plan=SlotPlan(self.question.kind, key))
        messages = solver_messages(self.question, with_quote=with_quote)
        wanted = WantedCall(f"check {self.slot}", model, messages, SOLVER_ROOM, self.round, form)
        request = await completion_request(self.test_id, wanted, self.models)
        result = await self.models.client.complete(request)
        content = result.completion.content if result.completion else None
        answer = solver_answer(model, content, result.failure.message if result.failure else "", key)
        verdict: Verdict = {"outcome": outcome_of(answer, key), "answer": answer.letter, "message": answer.reason}
        asked: AttemptKey = {
            "slot": self.slot,
            "round": self.round,
            "role": "solver",
            "model": model,
            "with_quote": with_quote,
        }
        await self.tests.record_attempt(self.test_id, {**asked, "verdict": verdict, **stored_replies(result)})
        return answer
