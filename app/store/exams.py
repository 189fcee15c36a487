"""What the app asks the database about exams: sessions that share a question set."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from app.mark_tables.model_marks import UNMARKED
from app.store.base import Row, StoreBase
from app.store.records import ExamRow

Scope = dict[str, str]
"""{"exam_id": id} or {"session_id": id}: agreement, review and export are asked of either."""


class ExamStore(StoreBase):
    """Exams, their marks, reviews and exports."""

    async def create_exam(self, name: str, questions: Sequence[Row]) -> str:
        """The new exam's id. Sessions begin with `questions`; without any, the first session's become the exam's."""
        exam_id = str(uuid4())
        await self._ask("create_exam", exam_id=exam_id, name=name, questions=list(questions))
        return exam_id

    async def exams(self, *, limit: int, before: str | None) -> list[Row]:
        return list(await self._ask("list_exams", limit=limit, before=before))

    async def exam(self, exam_id: str) -> ExamRow:
        """{exam_id, name, created_at, questions, sessions: [{session_id, name, status, progress, ...}]}"""
        found: ExamRow = await self._ask("exam_detail", exam_id=exam_id)
        return found

    async def set_seeds(self, exam_id: str, session_ids: Sequence[str], limit: int | None) -> None:
        """These sessions of the exam are its seeds, and no others. NotFoundError for one of another exam."""
        await self._ask("set_seeds", exam_id=exam_id, session_ids=list(session_ids), limit=limit)

    async def edit_exam(self, exam_id: str, *, name: str | None, questions: Sequence[Row] | None) -> None:
        """Rename an exam, or change what it and all its sessions ask; what is None stays."""
        await self._ask(
            "edit_exam", exam_id=exam_id, name=name, questions=None if questions is None else list(questions)
        )

    async def delete_exam(self, exam_id: str) -> list[str]:
        """Delete an exam that holds no session; else those it holds."""
        return list(await self._ask("delete_exam", exam_id=exam_id))

    async def marks(self, scope: Scope) -> bytes:
        """{name, questions, scripts} as JSON text; see `script_marks.sql` for its compact form."""
        return await self._ask_text("exam_marks", **scope)

    async def import_marks(self, exam_id: str, questions: Sequence[Row], scripts: Sequence[Row]) -> None:
        """Add graded sessions with marks obtained elsewhere, all or none. ConflictError for other questions."""
        unmarked = {field: [{"reason": reason, "message": message}] for field, (reason, message) in UNMARKED.items()}
        await self._ask(
            "import_marks", exam_id=exam_id, questions=list(questions), scripts=list(scripts), unmarked=unmarked
        )

    async def set_human_marks(self, exam_id: str, scripts: Sequence[Row]) -> None:
        """Human marks of some answers; `scripts` are {session_id, human, human_2}. All or none."""
        await self._ask("set_human_marks", exam_id=exam_id, scripts=list(scripts))

    async def record_review(
        self, session_id: str, *, exam_id: str | None = None, review_id: str | None = None, **review: Any
    ) -> str:
        """When it was recorded; `review` is {question_id, mark, reviewer, note, user_id, blind}. The latest counts.
        ConflictError for the id of another review.
        """
        # A transport may ask twice where an answer was lost on the way.
        review_id = review_id or str(uuid4())
        row = await self._ask("record_review", session_id=session_id, exam_id=exam_id, review_id=review_id, **review)
        return str(row["reviewed_at"])

    async def answer_notes(self, scope: Scope, answers: Sequence[tuple[str, str]]) -> list[Row]:
        """Every mark with its notes, and every review, of answers named by (session_id, question_id)."""
        return list(await self._ask("answer_notes", **scope, answers=[list(answer) for answer in answers]))

    async def export_rows(self, scope: Scope, *, after: int, limit: int) -> tuple[list[Row], int]:
        """A page of at most `limit` scripts as long rows, and where the next page begins."""
        page: Any = await self._ask("export_rows", **scope, after=after, limit=limit)
        return page["rows"], page["last"]

    async def reviews(self, scope: Scope) -> list[Row]:
        """{session_id, script, question_id, mark, reviewer, note, reviewed_at}, latest first."""
        return list(await self._ask("reviews", **scope))
