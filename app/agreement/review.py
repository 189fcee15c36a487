"""What a human should look at: the most doubtful answers first, and what may still be wrong among the others.

Pure numpy. Doubt looks at the markers only, so that it can be had where no human has marked.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.agreement.consensus import over_markers
from app.agreement.figures import Figure
from app.agreement.intervals import clopper_pearson
from app.agreement.table import EPSILON, Bools, Code, Floats, Ints, MarkTable
from app.marks.model import Json

SAMPLE_SHARE = 0.05
# Nothing is certified while even a faultless check leaves room for more than one wrong answer in twenty.
TARGET_ERROR = 0.05
# Shares of the maximum where mark bands part, and how near counts as near.
BOUNDARIES = (0.25, 0.75)
NEAR = 0.05
# A mark near a boundary only breaks ties between answers that are otherwise as doubtful.
BOUNDARY_DOUBT = 0.05
# Whatever gives reason to doubt: the least is one differing mark of a hundred.
DEFAULT_THRESHOLD = 0.01
# With marks for so many of the unflagged, those marks say more than a sample of the unflagged does.
NEARLY_ALL = 0.9
MOST_STEPS = 20


@dataclass(frozen=True)
class Doubts:
    """Per answer, each in [0, 1]; `doubt` is 1 - (1 - disagreement)(1 - spread)(1 - unmarked)(1 - boundary/20)."""

    consensus: Floats
    disagreement: Floats
    spread: Floats
    unmarked: Floats
    boundary: Bools
    doubt: Floats

    def reasons(self, answer: int) -> tuple[str, ...]:
        found = (
            ("no mark", np.isnan(self.consensus[answer])),
            ("disagreement", self.disagreement[answer] > EPSILON),
            ("unmarked", 0 < self.unmarked[answer] < 1),
            ("near a boundary", self.boundary[answer]),
        )
        return tuple(reason for reason, holds in found if holds)


@dataclass(frozen=True, slots=True)
class Residual:
    """Wrong (beyond the tolerance) among the answers that nobody is asked to look at, measured on `error.n` of them."""

    n_unflagged: int
    error: Figure
    basis: str
    sentence: str

    def as_json(self) -> dict[str, Json]:
        about = {"n_unflagged": self.n_unflagged, "basis": self.basis, "sentence": self.sentence}
        return {**about, "error": self.error.as_json()}


@dataclass(frozen=True, slots=True)
class QueueItem:
    """`answer` is the line of the table. `sampled`: not doubtful, drawn to measure what is left."""

    answer: int
    script: str
    question_id: str
    doubt: float
    reasons: tuple[str, ...]
    sampled: bool
    human: float | None
    consensus: float | None

    def as_json(self) -> dict[str, Json]:
        return {
            "script": self.script,
            "question_id": self.question_id,
            "doubt": self.doubt,
            "reasons": list(self.reasons),
            "sampled": self.sampled,
            "human_mark": self.human,
            "consensus": self.consensus,
        }


@dataclass(frozen=True, slots=True)
class TradeOff:
    """At this threshold so many answers are to be looked at, and this is wrong among the rest."""

    threshold: float
    n_review: int
    residual: Residual

    def as_json(self) -> dict[str, Json]:
        return {"threshold": self.threshold, "n_review": self.n_review, "residual": self.residual.as_json()}


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    threshold: float
    items: tuple[QueueItem, ...]
    residual: Residual
    trade_off: tuple[TradeOff, ...]

    @property
    def advised(self) -> TradeOff | None:
        """The step with the fewest answers to look at whose bound on what is left wrong is within `TARGET_ERROR`."""
        certified = [
            step
            for step in self.trade_off
            if step.residual.error.interval is not None and step.residual.error.interval[1] <= TARGET_ERROR
        ]
        return min(certified, key=lambda step: step.n_review, default=None)

    @property
    def advice(self) -> str:
        step, target = self.advised, f"{100 * TARGET_ERROR:g} %"
        if step is None:
            return f"No threshold leaves, with 95 % confidence, at most {target} wrong among the rest."
        if not step.n_review:
            return f"With 95 % confidence at most {target} are wrong even if nothing is looked at."
        # Rounded down, which looks at no fewer.
        return (
            f"The least that leaves, with 95 % confidence, at most {target} wrong among the rest is to look at the "
            f"{step.n_review} with a doubt of {math.floor(100 * step.threshold) / 100:g} or more. It was chosen on the "
            "marks that it is measured on and looks a little better than it is."
        )

    def as_json(self) -> dict[str, Json]:
        step = self.advised
        return {
            "advised_threshold": None if step is None or not step.n_review else step.threshold,
            "advice": self.advice,
            "threshold": self.threshold,
            "n_flagged": sum(not item.sampled for item in self.items),
            "n_sampled": sum(item.sampled for item in self.items),
            "items": [item.as_json() for item in self.items],
            "residual": self.residual.as_json(),
            "trade_off": [step.as_json() for step in self.trade_off],
        }


def doubts(table: MarkTable, boundaries: Sequence[float] = BOUNDARIES) -> Doubts:
    """How doubtful the markers' consensus is. An answer that no marker marked is as doubtful as can be."""
    n = len(table.script)
    if not table.markers:
        nothing = np.full(n, np.nan), np.zeros(n), np.zeros(n), np.ones(n), np.zeros(n, bool), np.ones(n)
        return Doubts(*nothing)
    consensus = over_markers(table.markers).marks[:, 0]
    marks = np.concatenate([marker.marks for marker in table.markers], axis=1)
    asked = np.concatenate([marker.codes != Code.NOT_ASKED for marker in table.markers], axis=1)
    found = np.isfinite(marks)
    shares = marks / np.maximum(table.maxima, EPSILON)[:, None]
    differs = found & (np.abs(marks - consensus[:, None]) > EPSILON)
    disagreement = differs.sum(axis=1) / np.maximum(found.sum(axis=1), 1)
    low, high = (
        np.where(found.any(axis=1), extreme, 0.0)
        for extreme in (
            np.min(np.where(found, shares, np.inf), axis=1),
            np.max(np.where(found, shares, -np.inf), axis=1),
        )
    )
    spread = np.clip(high - low, 0, 1)
    unmarked = np.where(found.any(axis=1), (asked & ~found).sum(axis=1) / np.maximum(asked.sum(axis=1), 1), 1.0)
    boundary = _near_boundary(consensus / np.maximum(table.maxima, EPSILON), low, high, boundaries)
    sure = (1 - disagreement) * (1 - spread) * (1 - unmarked) * (1 - BOUNDARY_DOUBT * boundary)
    return Doubts(consensus, disagreement, spread, unmarked, boundary, np.round(1 - sure, 12))


def _near_boundary(share: Floats, low: Floats, high: Floats, boundaries: Sequence[float]) -> Bools:
    """The consensus is close to a boundary, or the marks lie on both its sides."""
    near = np.zeros(len(share), bool)
    for boundary in boundaries:
        near |= (np.abs(share - boundary) <= NEAR) | ((low < boundary) & (boundary < high))
    return near


def review_queue(
    table: MarkTable,
    *,
    seed: int,
    threshold: float = DEFAULT_THRESHOLD,
    final: Floats | None = None,
    boundaries: Sequence[float] = BOUNDARIES,
) -> ReviewQueue:
    """Answers with doubt ≥ threshold, most doubtful first, then a seeded 5 % sample of the others.

    `final` (answers,) holds marks that a human gave on review, NaN for none; of answers outside the sample they say
    nothing about the rest and are not measured.
    """
    found = doubts(table, boundaries)
    final = np.full(len(table.script), np.nan) if final is None else final
    order = _order(table, seed)
    flagged = np.asarray(found.doubt >= threshold)
    sampled = _sample(flagged, order)
    by_doubt = np.argsort(-found.doubt, kind="stable")
    chosen = [*by_doubt[flagged[by_doubt]], *np.flatnonzero(sampled)]
    return ReviewQueue(
        threshold=threshold,
        items=tuple(_item(table, found, int(answer), sampled=bool(sampled[answer])) for answer in chosen),
        residual=residual(table, found, flagged, sampled, final),
        trade_off=tuple(_trade_off(table, found, order, final)),
    )


def _order(table: MarkTable, seed: int) -> Ints:
    """Answers as they are drawn: by a hash of their names, so that one that was drawn stays so at all thresholds and
    when scripts are added, while it is unflagged and early enough.
    """
    names = [f"{seed}\0{table.scripts[s]}\0{table.questions[q].question_id}" for s, q in _places(table)]
    digests = [hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest() for name in names]
    return np.array(sorted(range(len(digests)), key=digests.__getitem__), dtype=np.intp)


def _places(table: MarkTable) -> Iterator[tuple[int, int]]:
    return zip(table.script.tolist(), table.question.tolist(), strict=True)


def _sample(flagged: Bools, order: Ints) -> Bools:
    unflagged = order[~flagged[order]]
    sampled = np.zeros(len(flagged), bool)
    sampled[unflagged[: math.ceil(SAMPLE_SHARE * len(unflagged))]] = True
    return sampled


def _item(table: MarkTable, found: Doubts, answer: int, *, sampled: bool) -> QueueItem:
    return QueueItem(
        answer=answer,
        script=table.scripts[table.script[answer]],
        question_id=table.questions[table.question[answer]].question_id,
        doubt=float(found.doubt[answer]),
        reasons=("random sample",) if sampled else found.reasons(answer),
        sampled=sampled,
        human=_number(table.human.marks[answer, 0]),
        consensus=_number(found.consensus[answer]),
    )


def _number(mark: float) -> float | None:
    return float(mark) if np.isfinite(mark) else None


def _trade_off(table: MarkTable, found: Doubts, order: Ints, final: Floats) -> list[TradeOff]:
    """From nothing flagged to everything that is not certain, in at most 20 steps."""
    steps = np.unique(found.doubt[found.doubt > 0])
    if len(steps) > MOST_STEPS:
        steps = np.unique(np.quantile(steps, np.linspace(0, 1, MOST_STEPS), method="nearest"))
    made = []
    for threshold in [*steps.tolist(), 1.01]:
        flagged = np.asarray(found.doubt >= threshold)
        left = residual(table, found, flagged, _sample(flagged, order), final)
        made.append(TradeOff(threshold, int(flagged.sum()), left))
    return made


def residual(table: MarkTable, found: Doubts, flagged: Bools, sampled: Bools, final: Floats) -> Residual:
    """On the unflagged answers that a human marked, where these are nearly all; else on the marked part of the sample.

    What a human said on review stands before what a human said at first. Marks of some unflagged answers are no sample
    of all: they count only where nothing of the sample was marked, and the basis says so.
    """
    truth = np.where(np.isfinite(final), final, table.human.marks[:, 0])
    marked = ~flagged & np.isfinite(truth)
    drawn = sampled & marked
    if marked.sum() >= NEARLY_ALL * (~flagged).sum():
        checked, basis = marked, "all human marks among the unflagged"
    elif drawn.any():
        checked, basis = drawn, "the marked part of the random sample"
    else:
        checked, basis = marked, "human marks among the unflagged, which were not drawn at random"
    distance = np.abs(found.consensus - truth)[checked]
    # An answer without any mark is no right answer, at whatever threshold it went unflagged.
    wrong = int((~(distance <= table.tolerances[checked] + EPSILON)).sum())
    n = int(checked.sum())
    if n == 0:
        error = Figure(None, reason="no unflagged answer has been marked by a human")
    else:
        error = Figure(wrong / n, clopper_pearson(wrong, n), n=n)
    return Residual(int((~flagged).sum()), error, basis, certificate(wrong, n))


def certificate(wrong: int, n: int) -> str:
    """What `wrong` of `n` checked answers allow to be said of the unflagged, in one plain sentence."""
    if n == 0:
        return "No unflagged answer has been checked by a human, so nothing can be said about what is left."
    high = clopper_pearson(wrong, n)[1]
    said = f"{wrong} of {n} checked {'answer' if n == 1 else 'answers'} {'was' if 1 in {wrong, n} else 'were'} wrong"
    # Rounded up: a bound is not made tighter by printing it.
    bound = f"{math.ceil(1000 * high) / 10:g} %"
    if clopper_pearson(0, n)[1] > TARGET_ERROR:
        few = f"{n} {'is' if n == 1 else 'are'} too few to certify anything"
        return f"{said}; {few}: up to {bound} of the unflagged may be wrong."
    return f"{said}: with 95 % confidence at most {bound} of the unflagged are wrong."
