"""The review desk: in which order answers are looked at, what a person may see of them, and how far the work is."""

import asyncio
import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict

from app.marks.people import person
from app.reporting.analyses import Analyses, Analysis, analysis_of, queue_of_analysis
from app.reporting.jobs import PATIENT
from app.store.desk import Answer, DeskStore
from app.store.desk_records import DeskAnswer, DeskRules, LatestReview
from app.store.exams import ExamStore

if TYPE_CHECKING:
    # numpy stays out of the process until somebody asks for statistics.
    from app.agreement.review import QueueItem, ReviewQueue

# Marks of models change while an exam is graded; doubts that are so old still order the work well.
FRESH_SECONDS = 20.0
KEPT_EXAMS = 8
# Of all answers that are wanted so many are offered to the database: more are never held by other desks.
OFFERED = 400


class SeenAnswer(DeskAnswer):
    """An answer as one person may see it, with why the desk shows it."""

    hidden: bool
    consensus: float | None
    doubt: float | None
    p_differs: float | None
    reasons: Sequence[str]
    sampled: bool


class TakenAnswers(DeskRules):
    """The answers that a desk holds now. `n_wanted`: how many answers the wish covers."""

    answers: Sequence[SeenAnswer]
    n_wanted: int


class ReviewProgress(TypedDict):
    """How far the review of an exam is; see `app.schemas.desk.DeskProgress`."""

    n_answers: int
    n_doubtful: int
    n_doubtful_reviewed: int
    n_sample: int
    n_sample_reviewed: int
    n_reviewed: int
    markers: Sequence[str]
    residual: Mapping[str, Any]
    target: float
    n_more: int | None
    sentence: str


@dataclass(frozen=True)
class Standing:
    """The models' marks of an exam without any review. `queue`: the doubtful answers, then the random sample; `every`:
    all answers, the most doubtful first.
    """

    analysis: Analysis
    queue: "tuple[QueueItem, ...]"
    every: "tuple[QueueItem, ...]"
    numbers: Mapping[str, int]
    # By marker the answers on which it gave no mark, or one beyond the tolerance from the consensus.
    apart: Mapping[str, frozenset[Answer]]
    items: "Mapping[Answer, QueueItem]"


@dataclass(frozen=True)
class Wish:
    """Which answers somebody wants, in which order; see `app.schemas.desk.Wish`."""

    which: str = "queue"
    order: str = "doubt"
    question_id: str | None = None
    reason: str | None = None
    marker: str | None = None
    session_id: str | None = None
    again: bool = False

    def of(self, standing: Standing) -> list[Answer]:
        items = standing.every if self.which == "all" else standing.queue
        found = [item for item in items if self._fits(standing, item)]
        if self.order == "question":
            found.sort(key=lambda item: standing.numbers.get(item.question_id, 0))
        return [_answer(item) for item in found]

    def _fits(self, standing: Standing, item: "QueueItem") -> bool:
        return (
            (self.which not in {"doubtful", "sample"} or item.sampled is (self.which == "sample"))
            and self.question_id in {None, item.question_id}
            and self.session_id in {None, item.script}
            and (self.reason is None or self.reason in item.reasons)
            and (self.marker is None or _answer(item) in standing.apart.get(self.marker, frozenset()))
        )


@dataclass(frozen=True)
class Seat:
    """One open desk and the person at it."""

    holder: str
    reviewer: str | None
    n: int
    keep: Sequence[Answer] = ()
    skip: Collection[Answer] = field(default_factory=frozenset)


class Desks:
    """Hands out answers. Each exam's doubts are computed once and kept for a while."""

    def __init__(self, analyses: Analyses, clock: Callable[[], float] = time.monotonic) -> None:
        self._analyses = analyses
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Standing]] = OrderedDict()

    async def take(self, exams: ExamStore, store: DeskStore, exam_id: str, seat: Seat, wish: Wish) -> TakenAnswers:
        """The answers that this desk may look at now. Raises NotFoundError."""
        standing = await self._standing(exams, exam_id)
        wanted = [answer for answer in wish.of(standing) if answer not in seat.skip]
        taken = await self._take(store, exam_id, seat, wanted, again=wish.again)
        found = await store.answers(exam_id, taken)
        return {
            "blind_marking": found["blind_marking"],
            "double_marking": found["double_marking"],
            "answers": [seen_by(seat.reviewer, found, one, standing.items.get(_key(one))) for one in found["answers"]],
            "n_wanted": len(wanted),
        }

    async def _take(
        self, store: DeskStore, exam_id: str, seat: Seat, wanted: list[Answer], *, again: bool
    ) -> list[Answer]:
        """A few of the wanted at first: those in front are free, unless many of them are done."""
        taken: list[Answer] = []
        for start in range(0, max(len(wanted), 1), OFFERED):
            taken = await store.take(
                exam_id,
                holder=seat.holder,
                reviewer=seat.reviewer,
                keep=[*seat.keep, *(answer for answer in taken if answer not in seat.keep)],
                wanted=wanted[start : start + OFFERED],
                n=seat.n,
                again=again,
            )
            if len(taken) >= seat.n:
                break
        return taken

    async def progress(self, exams: ExamStore, exam_id: str) -> ReviewProgress:
        """How many answers were looked at, and what that says about the others. Raises NotFoundError."""
        reviews = await exams.reviews({"exam_id": exam_id})
        standing = await self._standing(exams, exam_id)
        finals: dict[Answer, float] = {}
        for review in reviews:
            if review["mark"] is not None:
                finals.setdefault(_key(review), review["mark"])
        return await asyncio.to_thread(_progress, standing, finals)

    async def _standing(self, exams: ExamStore, exam_id: str) -> Standing:
        kept = self._kept.get(exam_id)
        if kept is not None and self._clock() - kept[0] < FRESH_SECONDS:
            return kept[1]
        text = await asyncio.to_thread(_without_reviews, await exams.marks({"exam_id": exam_id}))
        standing: Standing = await self._analyses.computed(exams, PATIENT, _stand, text)
        self._kept[exam_id] = (self._clock(), standing)
        self._kept.move_to_end(exam_id)
        while len(self._kept) > KEPT_EXAMS:
            self._kept.popitem(last=False)
        return standing


def seen_by(reviewer: str | None, rules: DeskRules, row: DeskAnswer, item: "QueueItem | None") -> SeenAnswer:
    own = [review for review in row["reviews"] if person(review["reviewer"]) == person(reviewer)]
    hidden = rules["blind_marking"] and not own
    alone = hidden or (rules["double_marking"] and not own)
    seen: SeenAnswer = {
        **row,
        "hidden": hidden,
        "reviews": own if alone else row["reviews"],
        "consensus": None if item is None or item.consensus is None else round(item.consensus, 2),
        "doubt": None if item is None else item.doubt,
        "p_differs": None if item is None else item.probability,
        "reasons": [] if item is None else list(item.reasons),
        "sampled": item is not None and item.sampled,
    }
    return _without_marks(seen) if hidden else seen


def _without_marks(seen: SeenAnswer) -> SeenAnswer:
    """The answer without everything that tells what others gave, or how much they differed."""
    return {
        **seen,
        "human_mark": None,
        "human_mark_2": None,
        "consensus": None,
        "doubt": None,
        "p_differs": None,
        "marks": [],
        "reasons": [],
        "sampled": False,
    }


def _answer(item: "QueueItem") -> Answer:
    return item.script, item.question_id


def _key(row: DeskAnswer | LatestReview) -> Answer:
    return row["session_id"], row["question_id"]


def _without_reviews(text: bytes) -> bytes:
    """Reviews change with every answer. What the models' marks say does not."""
    stored = json.loads(text)
    for script in stored["scripts"]:
        script["final"] = {}
    return json.dumps(stored, separators=(",", ":")).encode()


def _stand(text: bytes) -> Standing:
    analysis = analysis_of(text)
    queue = queue_of_analysis(analysis, None).items[:]
    every = queue_of_analysis(analysis, 0.0).items
    # At threshold 0 nothing is drawn at random: the queue knows which answers are.
    items = {_answer(item): item for item in (*every, *queue)}
    return Standing(
        analysis,
        queue,
        tuple(items[_answer(item)] for item in every),
        {question.question_id: question.number for question in analysis.marks.table.questions},
        _apart(analysis),
        items,
    )


def _apart(analysis: Analysis) -> dict[str, frozenset[Answer]]:
    import numpy as np  # noqa: PLC0415 - only where statistics are wanted

    from app.agreement.consensus import over_markers  # noqa: PLC0415 - imports numpy
    from app.agreement.table import EPSILON, Code  # noqa: PLC0415 - the same

    table = analysis.marks.table
    if not table.markers:
        return {}
    answers = analysis.marks.answers()
    consensus = over_markers(table.heard).marks[:, :1]
    found = {}
    for marker in table.markers:
        # A missing mark is no mark within the tolerance.
        agrees = np.abs(marker.marks - consensus) <= table.tolerances[:, None] + EPSILON
        agrees |= marker.codes == Code.NOT_ASKED
        found[marker.name] = frozenset(answers[line] for line in np.flatnonzero(~agrees.all(axis=1)))
    return found


def _progress(standing: Standing, finals: Mapping[Answer, float]) -> ReviewProgress:
    from app.agreement.remaining import answers_to_check  # noqa: PLC0415 - imports numpy

    queue = _queue_with(standing, finals)
    reviewed = [_answer(item) in finals for item in queue.items]
    sampled = [item.sampled for item in queue.items]
    more = answers_to_check(queue.residual, queue.target)
    return {
        "n_answers": queue.n_answers,
        "n_doubtful": sampled.count(False),
        "n_doubtful_reviewed": sum(done and not drawn for done, drawn in zip(reviewed, sampled, strict=True)),
        "n_sample": sampled.count(True),
        "n_sample_reviewed": sum(done and drawn for done, drawn in zip(reviewed, sampled, strict=True)),
        "n_reviewed": len(finals),
        "markers": list(standing.apart),
        "residual": queue.residual.as_json(),
        "target": queue.target,
        "n_more": more,
        "sentence": _sentence(queue, more, finals),
    }


def _queue_with(standing: Standing, finals: Mapping[Answer, float]) -> "ReviewQueue":
    marks = replace(standing.analysis.marks, finals=finals)
    return queue_of_analysis(replace(standing.analysis, marks=marks), None)


def _sentence(queue: "ReviewQueue", more: int | None, finals: Collection[Answer]) -> str:
    """What a teacher reads after each answer."""
    if queue.n_answers and sum(not item.sampled for item in queue.items) == queue.n_answers:
        return "Every answer of this exam is doubtful: mark them all yourself."
    error = queue.residual.error
    target = f"{100 * queue.target:g} %"
    if error.value is None:
        start = "No answer of the random sample has been looked at yet, so nothing can be said about the others."
    else:
        bound = f"{math.ceil(1000 * (error.interval or (0.0, 1.0))[1]) / 10:g} %"
        start = f"With 95 % confidence at most {bound} of the others are wrong."
    if more is None:
        return f"{start} Too many differ to bring this down to {target} with a sample: mark all answers yourself."
    if more == 0:
        return start
    left = sum(item.sampled and _answer(item) not in finals for item in queue.items)
    if more > left:
        needed = f"about {more:,} more answers are needed to reach {target}"
        return f"{start} The random sample has {left:,} left, and {needed}: to be surer, mark all answers yourself."
    return f"{start} Look at about {more:,} more of the random sample to reach {target}."
