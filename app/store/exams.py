"""What the app asks the database about exams: sessions that share a question set."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from app.errors import AppError, ConflictError
from app.mark_tables.model_marks import UNMARKED
from app.store.base import Row, StoreBase
from app.store.desk_records import LatestReview
from app.store.records import ExamRow

# One call stores so many marks in half a second, far below every limit on the time of a statement.
MARKS_AT_ONCE = 15_000
BATCHES_AT_ONCE = 3
SCRIPTS_DROPPED_AT_ONCE = 200
SCRIPTS_CAME_MEANWHILE = "SCRIPTS_CAME_MEANWHILE"

Batch = dict[str, Any]
"""{first, scripts}: how many scripts of the file stand before these."""
Scope = dict[str, str]
"""{"exam_id": id} or {"session_id": id}: agreement, review and export are asked of either."""


class ExamStore(StoreBase):
    """Exams, their marks, reviews and exports."""

    async def create_exam(self, name: str, questions: Sequence[Row]) -> str:
        """Create an exam and return its id. Its sessions get `questions`; without any, it takes its first session's."""
        exam_id = str(uuid4())
        await self._ask("create_exam", exam_id=exam_id, name=name, questions=list(questions))
        return exam_id

    async def exams(self, *, limit: int, before: str | None) -> list[Row]:
        return list(await self._ask("list_exams", limit=limit, before=before))

    async def exam(self, exam_id: str) -> ExamRow:
        """{exam_id, name, created_at, questions, sessions: [{session_id, name, status, progress, ...}]}"""
        found: ExamRow = await self._ask("exam_detail", exam_id=exam_id)
        return found

    async def spending(self, exam_id: str) -> list[dict[str, Any]]:
        """What the current runs of the exam's sessions were billed, by marker and model; see `exam_spending.sql`."""
        return list(await self._ask("exam_spending", exam_id=exam_id))

    async def shown_examples(self, scope: Scope) -> dict[str, list[str]]:
        """By marker: the scripts of the exam, or of the session's exam, that it saw with the human's marks."""
        return dict(await self._ask("shown_examples", **scope))

    async def set_seeds(self, exam_id: str, session_ids: Sequence[str], limit: int | None) -> None:
        """Make these sessions its seeds, and no others. Raises NotFoundError for a session of another exam."""
        await self._ask("set_seeds", exam_id=exam_id, session_ids=list(session_ids), limit=limit)

    async def edit_exam(self, exam_id: str, *, name: str | None, questions: Sequence[Row] | None) -> None:
        """Rename an exam, or change its questions and those of all its sessions. None changes nothing."""
        await self._ask(
            "edit_exam", exam_id=exam_id, name=name, questions=None if questions is None else list(questions)
        )

    async def delete_exam(self, exam_id: str) -> list[str]:
        """Delete an exam that holds no session; else those it holds."""
        return list(await self._ask("delete_exam", exam_id=exam_id))

    async def marks(self, scope: Scope) -> bytes:
        """{name, questions, scripts} as JSON text; see `script_marks.sql` for its compact form."""
        return await self._ask_text("exam_marks", **scope)

    async def marks_version(self, scope: Scope) -> str:
        """Text that changes whenever `marks` of the same scope may. It costs a fraction of what the marks do."""
        return str(await self._ask("marks_version", **scope))

    async def import_marks(
        self,
        exam_id: str,
        questions: Sequence[Row],
        scripts: Iterable[Row],
        stored: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Add graded sessions with marks from elsewhere, all or none. Raises ConflictError for other questions.

        They are stored a batch at a time, unseen until the last one is. `scripts` may be read twice. `stored` receives
        how many scripts are stored.
        """
        try:
            await self._import_once(exam_id, list(questions), scripts, stored)
        except ConflictError as error:
            if error.code != SCRIPTS_CAME_MEANWHILE:
                raise
            # Another import brought the same scripts: they are known now, and only what is new of them is added.
            await self._import_once(exam_id, list(questions), scripts, stored)

    async def _import_once(
        self, exam_id: str, questions: Sequence[Row], scripts: Iterable[Row], stored: Callable[[int], None]
    ) -> None:
        unmarked = {field: [{"reason": reason, "message": message}] for field, (reason, message) in UNMARKED.items()}
        of_import = {"exam_id": exam_id, "import_id": str(uuid4())}
        begun = await self._ask("begin_import", **of_import, questions=questions)
        for stale in begun["stale"]:
            await self._drop_import(exam_id, stale)
        try:
            n_stored = 0

            async def store(batch: Batch) -> None:
                nonlocal n_stored
                await self._ask("import_batch", **of_import, questions=questions, unmarked=unmarked, **batch)
                n_stored += len(batch["scripts"])
                stored(n_stored)

            await _a_few_at_once(store, batches(scripts))
            await self._ask("finish_import", **of_import, questions=questions)
        except BaseException:
            # Also when the client went away: what nobody sees is removed, not kept.
            await asyncio.shield(self._drop_import(**of_import))
            raise

    async def _drop_import(self, exam_id: str, import_id: str) -> None:
        """Remove an import that did not finish. Without the database it stays, unseen; a later import removes it."""
        left = 1
        with suppress(AppError):
            while left:
                dropped = await self._ask(
                    "drop_import", exam_id=exam_id, import_id=import_id, limit=SCRIPTS_DROPPED_AT_ONCE
                )
                left = dropped["left"]

    async def set_human_marks(self, exam_id: str, scripts: Sequence[Row]) -> None:
        """Store human marks of some answers, all or none. `scripts` are {session_id, human, human_2}."""
        await self._ask("set_human_marks", exam_id=exam_id, scripts=list(scripts))

    async def record_review(
        self, session_id: str, *, exam_id: str | None = None, review_id: str | None = None, **review: Any
    ) -> str:
        """When it was recorded; `review` is {question_id, mark, reviewer, note, user_id, blind}. The latest counts.
        ConflictError for the id of another review.
        """
        # A transport repeats a request whose connection broke: the id makes the second one harmless.
        review_id = review_id or str(uuid4())
        row = await self._ask("record_review", session_id=session_id, exam_id=exam_id, review_id=review_id, **review)
        return str(row["reviewed_at"])

    async def answer_notes(
        self,
        scope: Scope,
        answers: Sequence[tuple[str, str]],
        *,
        keeps_blind: bool = False,
        reviewer: str | None = None,
    ) -> list[Row]:
        """Every mark with its notes, and every review, of answers named by (session_id, question_id).

        With `keeps_blind`, answers of an exam with blind or double marking are `secret` and have no reviews, until
        `reviewer` has given a mark, or without a name everybody who is to mark them. With blind marking they are also
        `hidden`, and have no marks.
        """
        asked = [list(answer) for answer in answers]
        rows = await self._ask("answer_notes", **scope, answers=asked, keeps_blind=keeps_blind, reviewer=reviewer)
        return list(rows)

    async def export_rows(self, scope: Scope, *, after: int, limit: int) -> tuple[list[Row], int]:
        """A page of at most `limit` scripts as long rows, and where the next page begins."""
        page: Any = await self._ask("export_rows", **scope, after=after, limit=limit)
        return page["rows"], page["last"]

    async def reviews(
        self, scope: Scope, *, keeps_blind: bool = False, reviewer: str | None = None
    ) -> list[LatestReview]:
        """Latest first.

        With `keeps_blind`, reviews of an exam with blind or double marking are `hidden` until `reviewer` has marked the
        answer, or without a name everybody who is to mark it.
        """
        return list(await self._ask("reviews", **scope, keeps_blind=keeps_blind, reviewer=reviewer))


def batches(scripts: Iterable[Row]) -> Iterator[Batch]:
    """Scripts of an import, as many at a time as hold `MARKS_AT_ONCE` marks."""
    batch, first, n_marks = list[Row](), 0, 0
    for script in scripts:
        batch.append(script)
        n_marks += 1 + sum(line.count(",") + 1 for _, _, line in script["attempts"])
        if n_marks >= MARKS_AT_ONCE:
            yield {"first": first, "scripts": batch}
            batch, first, n_marks = [], first + len(batch), 0
    if batch:
        yield {"first": first, "scripts": batch}


async def _a_few_at_once(store: Callable[[Batch], Awaitable[None]], given: Iterator[Batch]) -> None:
    """Store all batches. Where one fails the others end first, and its error is raised."""

    async def take() -> None:
        for batch in given:
            await store(batch)

    takers = [asyncio.create_task(take(), name="import a batch") for _ in range(BATCHES_AT_ONCE)]
    try:
        await asyncio.gather(*takers)
    finally:
        for taker in takers:
            taker.cancel()
        await asyncio.gather(*takers, return_exceptions=True)
