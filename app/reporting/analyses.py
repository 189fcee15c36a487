"""Agreement and review queues of stored marks, computed beside the event loop so that it goes on."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from app.errors import UnprocessableError
from app.reporting.jobs import PATIENT, Elsewhere, Job, Jobs, Waiter
from app.reporting.review_changes import ReviewChanges, changes_of, compared
from app.store.desk_records import LatestReview
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

T = TypeVar("T")
What = TypeVar("What", bound=Hashable)
Row = dict[str, Any]
# What an item of a queue says where blind marking hides the marks of its answer.
BLIND: Row = {"human_mark": None, "consensus": None, "final_mark": None, "p_differs": None, "reasons": []}
# A function and what it was given.
Key = tuple[Hashable, ...]
# Grade boundaries of script totals, in marks.
Boundaries = tuple[float, ...]
# Session and question.
_Answer = tuple[str, str]


@dataclass(frozen=True)
class Analysis:
    """The marks of an exam or a session with all that is computed of them."""

    marks: "ExamMarks"
    agreement: "ExamAgreement"


@dataclass(frozen=True)
class Analysed:
    """An analysis with the review queue at its own threshold: a client that asks for one mostly asks for the other."""

    analysis: Analysis
    queue: "ReviewQueue"


@dataclass(frozen=True)
class QueuePage:
    """What is wanted of a review queue; `sampled`: the random sample alone, or all but it. `reviewer` reads it: blind
    marking hides from this person the marks of answers that the person has not marked.
    """

    threshold: float | None = None
    sampled: bool | None = None
    offset: int = 0
    limit: int = 100
    reviewer: str | None = None


class TooManyMarkersError(ValueError):
    """More markers than are compared at once."""


class Analyses:
    """Each exam's analysis once, and the last few kept: an answer, its report and its export ask for the same.

    Those of small exams run in threads, those of large ones in processes of their own, or `elsewhere`: none holds up
    another's. Every method raises NotFoundError for an exam or session that is not there, and `Computing` where the
    waiter waits no longer.
    """

    def __init__(self, elsewhere: Elsewhere | None = None) -> None:
        self._kept: OrderedDict[Key, Any] = OrderedDict()
        # By scope: what the last marks that were read are known by, without the marks.
        self._read: OrderedDict[Key, tuple[str, _Stored]] = OrderedDict()
        self._jobs_of: dict[Key, Job] = {}
        self._jobs = Jobs(elsewhere)

    async def close(self) -> None:
        """End what is being computed."""
        await self._jobs.close()

    async def computed(self, exams: ExamStore, waiter: Waiter, compute: Callable[..., T], *arguments: Any) -> T:
        """`compute(*arguments)`, a function of a module. The arguments are stored marks (bytes) and what can be hashed;
        they and the value can be pickled. Raises what it raises.
        """
        key = (compute.__qualname__, *await asyncio.to_thread(_digests, arguments))
        size = sum(len(argument) for argument in arguments if isinstance(argument, bytes))
        return await self._once(key, _Asked(exams.owner_id, size, waiter), compute, *arguments)

    async def study(
        self,
        exams: ExamStore,
        waiter: Waiter,
        scopes: Sequence[Scope],
        compute: Callable[..., T],
        *arguments: Hashable,
    ) -> T:
        """`compute(*marks, *arguments)` with the stored marks (bytes) of each scope; otherwise as `computed`. Marks are
        not read while they are as they were and the value is kept or being computed.
        """
        # Asked before the marks are read: a change in between makes the next one read again.
        versions = [(_place(scope), await exams.marks_version(scope)) for scope in scopes]
        key = (compute.__qualname__, *versions, *arguments)
        known = self._is_known(key)
        marks = [b"" if known else await exams.marks(scope) for scope in scopes]
        size = sum(map(len, marks))
        return await self._once(key, _Asked(exams.owner_id, size, waiter), compute, *marks, *arguments)

    async def of(
        self,
        exams: ExamStore,
        scope: Scope,
        waiter: Waiter = PATIENT,
        boundaries: Boundaries = (),
        *,
        corrections: bool = False,
    ) -> Analysis:
        """With `corrections`, of corrected markers too. Raises UnprocessableError for too many markers."""
        stored = await self._stored(exams, scope, waiter, boundaries, corrections=corrections)
        return (await self._analysis(stored, boundaries, corrections=corrections)).analysis

    async def with_queue(
        self, exams: ExamStore, scope: Scope, waiter: Waiter = PATIENT, boundaries: Boundaries = ()
    ) -> tuple[Analysis, "ReviewQueue"]:
        """The analysis and the review queue at its own threshold. Raises as `of`."""
        stored = await self._stored(exams, scope, waiter, boundaries)
        found = await self._analysis(stored, boundaries)
        return found.analysis, found.queue

    async def agreement(
        self,
        exams: ExamStore,
        scope: Scope,
        waiter: Waiter = PATIENT,
        boundaries: Boundaries = (),
        *,
        corrections: bool = False,
    ) -> bytes:
        """The agreement answer as JSON text; with `corrections`, of corrected markers too. Raises as `of`."""
        stored = await self._stored(exams, scope, waiter, boundaries, corrections=corrections)
        found = await self._analysis(stored, boundaries, corrections=corrections)
        return await self._derived(stored, _dump, found.analysis, (boundaries, corrections))

    async def queue(self, exams: ExamStore, scope: Scope, page: QueuePage, waiter: Waiter = PATIENT) -> Row:
        """The review queue with the notes of the items of one page; items hold the session_id too. Raises as `of`."""
        stored = await self._stored(exams, scope, waiter)
        found = await self._analysis(stored)
        marks, queue = found.analysis.marks, found.queue
        if page.threshold is not None:
            queue = await self._derived(stored, queue_of_analysis, found.analysis, page.threshold)
        wanted = [item for item in queue.items if page.sampled is None or item.sampled is page.sampled]
        items = wanted[page.offset : page.offset + page.limit]
        answers = [(item.script, item.question_id) for item in items]
        notes = await exams.answer_notes(scope, answers, keeps_blind=True, reviewer=page.reviewer)
        rows = [
            {
                **item.as_json(),
                "session_id": item.script,
                "script": marks.script_names[item.script],
                "final_mark": marks.finals.get((item.script, item.question_id)),
                "hidden": note["hidden"],
                "marks": note["marks"],
                "reviews": note["reviews"],
            }
            | (BLIND if note["hidden"] else {"final_mark": None} if note["secret"] else {})
            for item, note in zip(items, notes, strict=True)
        ]
        return {**queue.as_json(), "n_items": len(wanted), "items": rows}

    async def _stored(
        self,
        exams: ExamStore,
        scope: Scope,
        waiter: Waiter,
        boundaries: Boundaries = (),
        *,
        corrections: bool = False,
    ) -> "_Stored":
        """The marks, which are not read again while they are as they were and their analysis is kept or goes on."""
        place = _place(scope)
        # Asked before the marks are read: a change in between makes the next one read again.
        version = await exams.marks_version(scope)
        known, stored = self._read.get(place, (None, None))
        if stored is not None and known == version and self._is_known(stored.key(boundaries, corrections)):
            return replace(stored, asked=replace(stored.asked, owner_id=exams.owner_id, waiter=waiter))
        text = await exams.marks(scope)
        digest = await asyncio.to_thread(_digest, text)
        found = _Stored(text, digest, _Asked(exams.owner_id, len(text), waiter))
        self._read[place] = version, replace(found, text=b"", asked=replace(found.asked, waiter=PATIENT))
        self._read.move_to_end(place)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)
        return found

    async def _analysis(self, stored: "_Stored", boundaries: Boundaries = (), *, corrections: bool = False) -> Analysed:
        key = stored.key(boundaries, corrections)
        try:
            return await self._once(key, stored.asked, analysed, stored.text, boundaries, corrections)
        except TooManyMarkersError as error:
            raise UnprocessableError.field("exam_id", str(error)) from None

    async def _derived(
        self, stored: "_Stored", compute: Callable[[Analysis, What], T], analysis: Analysis, what: What
    ) -> T:
        """What follows from the analysis of stored marks and from `what`."""
        key = (compute.__qualname__, stored.digest, what)
        return await self._once(key, stored.asked, compute, analysis, what)

    def _is_known(self, key: Key) -> bool:
        return key in self._kept or key in self._jobs_of

    async def _once(self, key: Key, asked: "_Asked", compute: Callable[..., T], *arguments: Any) -> T:
        found: T
        if key in self._kept:
            self._kept.move_to_end(key)
            found = self._kept[key]
        else:
            found = await self._job(key, asked, compute, arguments).result(asked.waiter)
        return found

    def _job(self, key: Key, asked: "_Asked", compute: Callable[..., Any], arguments: tuple[Any, ...]) -> Job:
        """The job that computes this already, or a new one."""
        if key not in self._jobs_of:
            job = (
                self._jobs.small(asked.owner_id, compute, *arguments)
                if asked.size < LARGE_BYTES
                else self._jobs.large(asked.owner_id, asked.size / BYTES_A_SECOND, compute, *arguments)
            )
            self._jobs_of[key] = job
            job.task.add_done_callback(partial(self._ended, key))
        return self._jobs_of[key]

    def _ended(self, key: Key, task: "asyncio.Task[Any]") -> None:
        """Keep the value for clients that ask again, of whom none may be waiting in the moment in which it is there."""
        self._jobs_of.pop(key, None)
        if task.cancelled() or task.exception() is not None:
            return
        self._kept[key] = task.result()
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def changes(
        self, exams: ExamStore, scope: Scope, reviewer: str | None, waiter: Waiter = PATIENT
    ) -> ReviewChanges:
        """What review changed: each reviewed answer's latest mark beside the human's and the consensus, without what
        blind or double marking hides from `reviewer`. Raises as `study`.
        """
        latest: dict[_Answer, LatestReview] = {}
        for review in await exams.reviews(scope, keeps_blind=True, reviewer=reviewer):
            latest.setdefault((review["session_id"], review["question_id"]), review)
        given = await self.study(exams, waiter, [scope], _given, tuple(sorted(latest))) if latest else {}
        return changes_of([compared(review, *given[answer]) for answer, review in latest.items()])


@dataclass(frozen=True)
class _Asked:
    """Who asked, how many bytes of marks are at work, and who waits."""

    owner_id: str | None
    size: int
    waiter: Waiter


@dataclass(frozen=True)
class _Stored:
    """Stored marks with what stands for them in keys. `text` is empty where their analysis is kept."""

    text: bytes
    digest: bytes
    asked: _Asked

    def key(self, boundaries: Boundaries, corrections: bool) -> Key:  # noqa: FBT001 - as `analysed` takes them
        return analysed.__qualname__, self.digest, boundaries, corrections


def _place(scope: Scope) -> Key:
    return tuple(sorted(scope.items()))


def _digest(marks: bytes) -> bytes:
    return hashlib.blake2b(marks, digest_size=16).digest()


def _digests(arguments: Iterable[Any]) -> list[Hashable]:
    """What stands for the arguments in a key: a digest for marks, anything else itself."""
    return [_digest(argument) if isinstance(argument, bytes) else argument for argument in arguments]


def analysed_text(text: bytes) -> bytes:
    """The agreement answer as JSON text of an exam's stored marks."""
    return _dump(analysis_of(text))


def _dump(analysis: Analysis, _: Hashable = ()) -> bytes:
    from app.reporting.confusion import confusions_json  # noqa: PLC0415 - imports numpy

    marks = analysis.marks
    beside = {"confusion": confusions_json(marks.table), "examples": marks.examples_json()}
    answer = analysis.agreement.as_json() | beside
    return json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()


def analysis_of(
    text: bytes,
    boundaries: Boundaries = (),
    corrections: bool = False,  # noqa: FBT001, FBT002 - a job's arguments go by position
) -> Analysis:
    from app.agreement.agreement import analyse  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    n_markers = len(marks.table.markers)
    if n_markers > MOST_MARKERS:
        raise TooManyMarkersError(
            f"This exam has {n_markers} markers; at most {MOST_MARKERS} are compared at once. Split it."
        )
    if corrections:
        from app.agreement.correction import with_corrections  # noqa: PLC0415 - imports numpy

        marks = replace(marks, table=with_corrections(marks.table))
    agreement = analyse(marks.table, seed=SEED, costs=marks.costs, seconds=marks.seconds, boundaries=boundaries)
    return Analysis(marks, agreement)


def analysed(
    text: bytes,
    boundaries: Boundaries = (),
    corrections: bool = False,  # noqa: FBT001, FBT002 - a job's arguments go by position
) -> Analysed:
    analysis = analysis_of(text, boundaries, corrections)
    return Analysed(analysis, queue_of_analysis(analysis, None))


def queue_of_analysis(analysis: Analysis, threshold: float | None) -> "ReviewQueue":
    from app.agreement.review import DEFAULT_THRESHOLD, review_queue  # noqa: PLC0415 - imports numpy

    marks = analysis.marks
    chosen = DEFAULT_THRESHOLD if threshold is None else threshold
    failed = analysis.agreement.failed_questions()
    return review_queue(marks.table, seed=SEED, threshold=chosen, final=marks.final_marks(), failed=failed)


def _given(text: bytes, answers: tuple[_Answer, ...]) -> dict[_Answer, tuple[float | None, float | None]]:
    """The human's mark and the consensus of each of these answers; None where there is none."""
    from app.agreement.consensus import over_markers  # noqa: PLC0415 - imports numpy
    from app.reporting.exam_marks import read_exam_marks  # noqa: PLC0415 - imports numpy

    marks = read_exam_marks(text)
    table = marks.table
    consensus = marks.by_answer(over_markers(table.heard)) if table.markers else {}
    human = marks.by_answer(table.human)
    return {answer: (human.get(answer), consensus.get(answer)) for answer in answers}
