"""What the app asks the database for the review desk: who looks at which answer, and every review that was given."""

from collections.abc import Sequence

from app.store.base import Row, StoreBase
from app.store.desk_records import DeskAnswers, DeskRules
from app.store.exams import Scope
from app.store.records import ReviewRow, SeenReviewRow

# A desk renews its answers every few seconds. Two missed renewals do not hand them to somebody else.
ANSWER_SECONDS = 60

Answer = tuple[str, str]
"""(session_id, question_id)"""


class DeskStore(StoreBase):
    """Answers at review desks, and the history of reviews."""

    async def take(
        self,
        exam_id: str,
        *,
        holder: str,
        reviewer: str | None,
        keep: Sequence[Answer],
        wanted: Sequence[Answer],
        n: int,
        again: bool,
    ) -> list[Answer]:
        """Reserve answers for this desk for a minute, and return them: at most `n`, first of `keep`, then of `wanted`.

        `again`: also answers that were reviewed. What the desk held before becomes free.
        """
        taken = await self._ask(
            "take_answers",
            exam_id=exam_id,
            holder=holder,
            reviewer=reviewer,
            keep=[list(answer) for answer in keep],
            wanted=[list(answer) for answer in wanted],
            n=n,
            again=again,
            seconds=ANSWER_SECONDS,
        )
        return [(session_id, question_id) for session_id, question_id in taken]

    async def answers(self, exam_id: str, answers: Sequence[Answer]) -> DeskAnswers:
        found: DeskAnswers = await self._ask("desk_answers", exam_id=exam_id, answers=[list(one) for one in answers])
        return found

    async def configure(self, exam_id: str, *, blind_marking: bool | None, double_marking: bool | None) -> DeskRules:
        """Change the rules that are not None, and return both."""
        changes = {"blind_marking": blind_marking, "double_marking": double_marking}
        rules: DeskRules = await self._ask("set_desk", exam_id=exam_id, **changes)
        return rules

    async def withdraw(
        self,
        session_id: str,
        *,
        exam_id: str | None = None,
        question_id: str,
        review_id: str | None,
        withdrawn_by: str | None,
    ) -> Row:
        """{review_id, final_mark}. The review stays in the history. NotFoundError where there is none to withdraw."""
        row = await self._ask(
            "withdraw_review",
            session_id=session_id,
            exam_id=exam_id,
            question_id=question_id,
            review_id=review_id,
            withdrawn_by=withdrawn_by,
        )
        return dict(row)

    async def history(self, scope: Scope, limit: int) -> list[ReviewRow]:
        """Every review, also withdrawn ones, latest first; see `review_history.sql`."""
        return list(await self._ask("review_history", **scope, limit=limit))

    async def seen_history(self, scope: Scope, limit: int, reviewer: str | None) -> list[SeenReviewRow]:
        """As `history`, without the marks that blind or double marking hides from `reviewer`."""
        return list(await self._ask("review_history", **scope, limit=limit, keeps_blind=True, reviewer=reviewer))

    async def calls(self, session_id: str, *, model_name: str | None, try_index: int | None) -> list[Row]:
        """The calls behind a session's marks, each with every completion that it got; see `session_calls.sql`."""
        return list(await self._ask("session_calls", session_id=session_id, model_name=model_name, try_index=try_index))
