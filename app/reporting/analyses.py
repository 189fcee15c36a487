"""Agreement and review queues of stored marks, computed beside the event loop so that it goes on."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import UnprocessableError
from app.marks.comparison import EPSILON
from app.reporting.large import Job, LargeJobs
from app.store.exams import ExamStore, Scope

if TYPE_CHECKING:
    # numpy stays out of the process until somebody asks for statistics.
    from app.agreement.answer import ExamAgreement
    from app.agreement.review import ReviewQueue
    from app.reporting.exam_marks import ExamMarks

# The same marks always give the same figures.
SEED = 20261121
KEPT = 16
# 200 markers of 50 scripts take 3 s; time and the answer grow with their number.
MOST_MARKERS = 500
# From so many bytes of stored marks, some 1,300 scripts of 90 marks, an analysis may take a second.
LARGE_BYTES = 1_000_000
# How fast they are analysed, roughly, with the start of a process.
BYTES_A_SECOND = 2_000_000

Row = dict[str, Any]
# Grade boundaries of script totals, in marks.
Boundaries = tuple[float, ...]


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


class Computing(Exception):  # noqa: N818 - an answer that is not ready is no error
    """The analysis goes on. `seconds` is how long it took so far; `progress`, 0 to 1, is estimated."""

    def __init__(self, seconds: float, progress: float) -> None:
        super().__init__(f"computing for {seconds:.1f} s")
        self.seconds, self.progress = seconds, progress

    def as_json(self) -> Row:
        return {"status": "computing", "seconds": round(self.seconds, 1), "progress": round(self.progress, 2)}


class TooManyMarkersError(ValueError):
    """More markers than are compared at once."""


class Analyses:
    """Each exam's analysis once, and the last few kept: an answer, its report and its export ask for the same.

    Those of small exams run in threads, those of large ones in processes of their own: none holds up another's.
    """

    def __init__(self) -> None:
        self._turns: dict[tuple[Any, ...], asyncio.Lock] = {}
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._large = LargeJobs()
        self._jobs: dict[tuple[Any, ...], Job] = {}

    async def of(
        self, exams: ExamStore, scope: Scope, patience: float | None = None, boundaries: Boundaries = ()
    ) -> Analysis:
        """Raises NotFoundError for an exam or session that is not there; `Computing` where a large one takes longer
        than `patience` seconds; UnprocessableError for too many markers.
        """
        text = await exams.marks(scope)
        try:
            analysis: Analysis = await self._once(
                text, ("analysis", boundaries), _analyse, text, boundaries, patience=patience
            )
        except TooManyMarkersError as error:
            raise UnprocessableError.field("exam_id", str(error)) from None
        return analysis

    async def _once(
        self,
        text: bytes,
        what: Any,
        compute: Callable[..., Any],
        *arguments: Any,
        patience: float | None = None,
    ) -> Any:
        """`compute` of `arguments`, which follow from `text` and `what`."""
        key = (hashlib.blake2b(text, digest_size=16).digest(), what)
        if key not in self._kept:
            large = len(text) >= LARGE_BYTES
            found = await (
                self._in_a_process(key, len(text), compute, arguments, patience)
                if large
                else self._in_a_thread(key, compute, arguments)
            )
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return found
        self._kept.move_to_end(key)
        return self._kept[key]

    async def _in_a_thread(self, key: tuple[Any, ...], compute: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            try:
                return self._kept[key] if key in self._kept else await asyncio.to_thread(compute, *arguments)
            finally:
                self._turns.pop(key, None)

    async def _in_a_process(
        self,
        key: tuple[Any, ...],
        size: int,
        compute: Callable[..., Any],
        arguments: tuple[Any, ...],
        patience: float | None,
    ) -> Any:
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = self._large.start(compute, *arguments)
            job.task.add_done_callback(lambda _: self._jobs.pop(key, None))
        if not await job.wait(patience):
            raise Computing(job.seconds, min(0.95, job.seconds * BYTES_A_SECOND / size))
        if job.task.cancelled():
            raise Computing(job.seconds, 0.0)
        return job.task.result()

    async def agreement(
        self, exams: ExamStore, scope: Scope, patience: float | None = None, boundaries: Boundaries = ()
    ) -> bytes:
        """The agreement answer as JSON text. Raises as `of`."""
        text = await exams.marks(scope)
        analysis = await self.of(exams, scope, patience, boundaries)
        answer: bytes = await self._once(text, ("answer", boundaries), _dump, analysis)
        return answer

    async def queue(self, exams: ExamStore, scope: Scope, page: QueuePage, patience: float | None = None) -> Row:
        """The review queue with the notes of the items of one page; items hold the session_id too. Raises as `of`."""
        marks, queue = await self.queue_of(exams, scope, page.threshold, patience)
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
        self, exams: ExamStore, scope: Scope, threshold: float | None = None, patience: float | None = None
    ) -> tuple["ExamMarks", "ReviewQueue"]:
        text = await exams.marks(scope)
        analysis = await self.of(exams, scope, patience)
        queue: ReviewQueue = await self._once(
            text, ("queue", threshold), _queue, analysis, threshold, patience=patience
        )
        return analysis.marks, queue

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


def _analyse(text: bytes, boundaries: Boundaries = ()) -> Analysis:
    from app.agreement.agreement import analyse  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    n_markers = len(marks.table.markers)
    if n_markers > MOST_MARKERS:
        raise TooManyMarkersError(
            f"This exam has {n_markers} markers; at most {MOST_MARKERS} are compared at once. Split it."
        )
    agreement = analyse(marks.table, seed=SEED, costs=marks.costs, seconds=marks.seconds, boundaries=boundaries)
    return Analysis(marks, agreement)


def _queue(analysis: Analysis, threshold: float | None) -> "ReviewQueue":
    from app.agreement.review import DEFAULT_THRESHOLD, review_queue  # noqa: PLC0415 - imports numpy

    marks = analysis.marks
    chosen = DEFAULT_THRESHOLD if threshold is None else threshold
    failed = analysis.agreement.failed_questions()
    return review_queue(marks.table, seed=SEED, threshold=chosen, final=marks.final_marks(), failed=failed)


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
