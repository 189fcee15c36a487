"""Agreement and review queues of stored marks, computed in a thread so that the event loop goes on."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import UnprocessableError
from app.marks.comparison import EPSILON
from app.store.exams import ExamStore, Scope

if TYPE_CHECKING:
    # numpy stays out of the process until somebody asks for statistics.
    from app.agreement.answer import ExamAgreement
    from app.agreement.review import ReviewQueue
    from app.reporting.exam_marks import ExamMarks

# The same marks always give the same figures.
SEED = 20261121
KEPT = 8
# 200 markers of 50 scripts take 3 s; time and the answer grow with their number.
MOST_MARKERS = 500

Row = dict[str, Any]


@dataclass(frozen=True)
class Analysis:
    """The marks of an exam or a session with all that is computed of them."""

    marks: "ExamMarks"
    agreement: "ExamAgreement"


@dataclass(frozen=True)
class QueuePage:
    """What is wanted of a review queue; `sampled`: the random sample alone, or all but it."""

    threshold: float | None = None
    sampled: bool | None = None
    offset: int = 0
    limit: int = 100


class Analyses:
    """One computation at a time, and the last few kept: an answer, its report and its export ask for the same."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[tuple[bytes, str, float | None], Any] = OrderedDict()

    async def of(self, exams: ExamStore, scope: Scope) -> Analysis:
        """Raises NotFoundError for an exam or session that is not there."""
        text = await exams.marks(scope)
        analysis: Analysis = await self._once(text, "analysis", None, lambda: _analyse(text))
        return analysis

    async def _once(self, text: bytes, what: str, threshold: float | None, compute: Callable[[], Any]) -> Any:
        key = (hashlib.blake2b(text, digest_size=16).digest(), what, threshold)
        async with self._turn:
            if key not in self._kept:
                self._kept[key] = await asyncio.to_thread(compute)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    async def agreement(self, exams: ExamStore, scope: Scope) -> bytes:
        """The agreement answer as JSON text."""
        analysis = await self.of(exams, scope)
        return await asyncio.to_thread(_dump, analysis)

    async def queue(self, exams: ExamStore, scope: Scope, page: QueuePage) -> Row:
        """The review queue with the notes of the items of one page; items hold the session_id too."""
        marks, queue = await self.queue_of(exams, scope, page.threshold)
        wanted = [item for item in queue.items if page.sampled is None or item.sampled is page.sampled]
        items = wanted[page.offset : page.offset + page.limit]
        notes = await exams.answer_notes(scope, [(item.script, item.question_id) for item in items])
        rows = [
            {
                **item.as_json(),
                "session_id": item.script,
                "script": marks.script_names[item.script],
                "final_mark": marks.finals.get((item.script, item.question_id)),
                "marks": note["marks"],
                "reviews": note["reviews"],
            }
            for item, note in zip(items, notes, strict=True)
        ]
        return {**queue.as_json(), "n_items": len(wanted), "items": rows}

    async def queue_of(
        self, exams: ExamStore, scope: Scope, threshold: float | None = None
    ) -> tuple["ExamMarks", "ReviewQueue"]:
        text = await exams.marks(scope)
        analysis: Analysis = await self._once(text, "analysis", None, lambda: _analyse(text))
        queue: tuple[ExamMarks, ReviewQueue] = await self._once(
            text, "queue", threshold, lambda: _queue(analysis, threshold)
        )
        return queue

    async def changes(self, exams: ExamStore, scope: Scope) -> Row:
        """What review changed: each reviewed answer's latest mark beside the human's and the consensus."""
        return await asyncio.to_thread(_changes, await exams.marks(scope), await exams.reviews(scope))


def analysed_text(text: bytes) -> bytes:
    """The agreement answer as JSON text of an exam's stored marks."""
    return _dump(_analyse(text))


def _dump(analysis: Analysis) -> bytes:
    from app.reporting.confusion import confusions_json  # noqa: PLC0415 - imports numpy

    answer = analysis.agreement.as_json() | {"confusion": confusions_json(analysis.marks.table)}
    return json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()


def _analyse(text: bytes) -> Analysis:
    from app.agreement.agreement import analyse  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    n_markers = len(marks.table.markers)
    if n_markers > MOST_MARKERS:
        raise UnprocessableError.field(
            "exam_id", f"This exam has {n_markers} markers; at most {MOST_MARKERS} are compared at once. Split it."
        )
    return Analysis(marks, analyse(marks.table, seed=SEED, costs=marks.costs, seconds=marks.seconds))


def _queue(analysis: Analysis, threshold: float | None) -> tuple["ExamMarks", "ReviewQueue"]:
    from app.agreement.review import DEFAULT_THRESHOLD, review_queue  # noqa: PLC0415 - imports numpy

    marks = analysis.marks
    chosen = DEFAULT_THRESHOLD if threshold is None else threshold
    failed = analysis.agreement.failed_questions()
    return marks, review_queue(marks.table, seed=SEED, threshold=chosen, final=marks.final_marks(), failed=failed)


def _changes(text: bytes, reviews: list[Row]) -> Row:
    from app.agreement.consensus import over_markers  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    table = marks.table
    consensus = marks.by_answer(over_markers(table.markers)) if table.markers else {}
    human = marks.by_answer(table.human)
    latest: dict[tuple[str, str], Row] = {}
    for review in reviews:
        latest.setdefault((review["session_id"], review["question_id"]), review)
    rows = [
        {**review, "human_mark": human.get(answer), "consensus": consensus.get(answer)}
        for answer, review in latest.items()
    ]
    return {
        "n_reviewed": len(rows),
        "n_changed_human": sum(_differs(row["mark"], row["human_mark"]) for row in rows),
        "n_changed_consensus": sum(_differs(row["mark"], row["consensus"]) for row in rows),
        "reviews": rows,
    }


def _differs(mark: float, other: float | None) -> bool:
    return other is not None and abs(mark - other) > EPSILON
