"""Live progress of an exam: the state of each of its scripts, sent to all clients that listen."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from app.marks.model import SessionStatus
from app.store.exams import ExamStore
from app.store.records import ExamProgress, ExamRow, ExamSession
from app.work.background import Background
from app.work.feed import Feed, Snapshot


class ExamFeed(Feed):
    """Exams being graded. The stream ends when no script is being graded and at least one was."""

    def __init__(
        self, exams: ExamStore, background: Background, *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        super().__init__(background, sleep=sleep)
        self._exams = exams

    async def _read(self, session_id: str, owner_id: str | None) -> Snapshot:
        return Snapshot(exam_progress(await self._exams.for_owner(owner_id).exam(session_id)), ())


def exam_progress(exam: ExamRow) -> ExamProgress:
    """The scripts and the markers of an exam, and their sums."""
    scripts = exam["sessions"]
    counts = [script["attempts"] for script in scripts]
    total, finished = sum(count["total"] for count in counts), sum(count["finished"] for count in counts)
    counted = Counter(script["status"] for script in scripts)
    return {
        "exam_id": exam["exam_id"],
        "name": exam["name"],
        "status": _status(counted),
        "progress": round(finished / total, 4) if total else 0,
        "attempts": {"total": total, "finished": finished, "failed": sum(count["failed"] for count in counts)},
        "cost_usd": sum(script["cost_usd"] for script in scripts),
        "simulated": _is_simulated(scripts),
        "sessions": {"total": len(scripts), **{status.value: counted[status.value] for status in SessionStatus}},
        "scripts": scripts,
        "markers": exam["markers"],
        "started_at": None,
    }


def _is_simulated(scripts: Sequence[ExamSession]) -> bool:
    """Whether simulated models alone mark the exam: then its cost was never paid."""
    begun = [script["simulated"] for script in scripts if script["attempts"]["total"]]
    return bool(begun) and all(begun)


def _status(counted: Counter[str]) -> str:
    """`graded` where any script was; `created` where none was begun."""
    order = (SessionStatus.GRADING, SessionStatus.GRADED, SessionStatus.FAILED)
    return next((status.value for status in order if counted[status.value]), SessionStatus.CREATED.value)
