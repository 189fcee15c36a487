"""What a human should look at: the most doubtful answers first, and what may still differ among the others.

Pure numpy. Only markers that did not fail are heard; where all failed, nothing is promised.
"""

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from app.agreement.calibration import CurvePoint, calibrate
from app.agreement.doubt import Doubts, doubts, trusted_only
from app.agreement.residual import TARGET_ERROR, Residual, differing, residual
from app.agreement.table import EPSILON, Bools, Floats, Ints, Marker, MarkTable
from app.marks.model import Json

SAMPLE_SHARE = 0.05
# Whatever gives reason to doubt: less than one differing mark of a hundred.
DEFAULT_THRESHOLD = 0.0001
MOST_STEPS = 20
# So many checked answers bound what is left at one in twenty, if none of them differs.
LEAST_CHECKED = 72
# The reason to look at an answer that only markers marked that failed on its question.
ONLY_FAILED = "only failed markers marked it"
# A marker is named as the one to take off only among more than so many, and if it differs so much oftener than others.
FEWEST_HEARD = 2
STANDS_OUT = 1.25


@dataclass(frozen=True, slots=True)
class QueueItem:
    """`answer` is the line of the table. `sampled`: not doubtful, drawn to measure what is left.

    `distance`: the marks' mean distance from the consensus, in marks. `probability`: of differing from the human by
    more than the tolerance, None where too few human marks say so.
    """

    answer: int
    script: str
    question_id: str
    doubt: float
    distance: float
    probability: float | None
    reasons: tuple[str, ...]
    sampled: bool
    human: float | None
    consensus: float | None

    def as_json(self) -> dict[str, Json]:
        return {
            "script": self.script,
            "question_id": self.question_id,
            "doubt": self.doubt,
            "expected_distance": self.distance,
            "p_differs": self.probability,
            "reasons": list(self.reasons),
            "sampled": self.sampled,
            "human_mark": self.human,
            "consensus": self.consensus,
        }


class QueueItems(Sequence[QueueItem]):
    """The items in order, each made when it is asked for: a large exam has 100,000, and few of them are looked at."""

    def __init__(self, table: MarkTable, found: Doubts, probability: Floats, chosen: Ints, sampled: Bools) -> None:
        """`chosen`: lines of the table in order. `sampled` (answers,): drawn at random."""
        self._table, self._found, self._probability = table, found, probability
        self._chosen, self._sampled = chosen, sampled

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, place: int) -> QueueItem: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[QueueItem, ...]: ...
    def __getitem__(self, place: int | slice) -> QueueItem | tuple[QueueItem, ...]:
        if isinstance(place, slice):
            return tuple(self._item(answer) for answer in self._chosen[place].tolist())
        return self._item(int(self._chosen[place]))

    def __iter__(self) -> Iterator[QueueItem]:
        return map(self._item, self._chosen.tolist())

    @property
    def n_sampled(self) -> int:
        return int(self._sampled[self._chosen].sum())

    def _item(self, answer: int) -> QueueItem:
        table, found = self._table, self._found
        sampled = bool(self._sampled[answer])
        return QueueItem(
            answer=answer,
            script=table.scripts[table.script[answer]],
            question_id=table.questions[table.question[answer]].question_id,
            doubt=float(found.doubt[answer]),
            distance=float(found.distance[answer]),
            probability=_number(self._probability[answer]),
            reasons=("random sample",) if sampled else self._reasons(answer),
            sampled=sampled,
            human=_number(table.human.marks[answer, 0]),
            consensus=_number(found.consensus[answer]),
        )

    def _reasons(self, answer: int) -> tuple[str, ...]:
        without = np.isnan(self._found.consensus[answer])
        if without and any(np.isfinite(marker.marks[answer]).any() for marker in self._table.heard):
            return (ONLY_FAILED,)
        return self._found.reasons(answer)


def _number(mark: float) -> float | None:
    return float(mark) if np.isfinite(mark) else None


@dataclass(frozen=True, slots=True)
class TradeOff:
    """How many answers a human looks at with this threshold, and how many of the rest are wrong."""

    threshold: float
    n_review: int
    residual: Residual

    def as_json(self) -> dict[str, Json]:
        return {"threshold": self.threshold, "n_review": self.n_review, "residual": self.residual.as_json()}


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """`two_humans`: the share of answers on which two humans differ by more than the tolerance, where there are two.

    `left_out`: markers that failed, on the whole exam or on the named questions, and are not heard. `weakest`: the one
    of the others that stands out as differing most, if any does. `n_known`: the answers that a human marked.
    `n_unmarked`: those without a mark of a marker that is heard. `all_failed`: no marker may be heard, and the order is
    made of what the failed ones say.
    """

    threshold: float
    items: QueueItems
    residual: Residual
    trade_off: tuple[TradeOff, ...]
    n_answers: int
    n_markers: int
    left_out: Mapping[str, tuple[str, ...]]
    weakest: str | None
    two_humans: float | None
    n_known: int
    n_unmarked: int
    all_failed: bool
    curve: tuple[CurvePoint, ...]

    @property
    def target(self) -> float:
        """What may be left: no less than what two humans differ in, which nobody can do better than."""
        return max(TARGET_ERROR, self.two_humans or 0.0)

    @property
    def advised(self) -> TradeOff | None:
        """The step with the fewest answers to look at whose bound on what is left is within the target.

        None where all markers failed: marks of a marker that is not to be used cannot stand for the human's.
        """
        if self.all_failed:
            return None
        certified = [
            step
            for step in self.trade_off
            if step.residual.error.interval is not None and step.residual.error.interval[1] <= self.target
        ]
        return min(certified, key=lambda step: step.n_review, default=None)

    @property
    def advice(self) -> str:
        if self.n_markers == 0:
            return "No marker has marked this exam yet: mark it yourself."
        step = self.advised
        if step is None:
            return f"{self._nothing_certified()}."
        look = (
            f"Look at these {step.n_review:,} of {self.n_answers:,}" if step.n_review else "Nothing needs a second look"
        )
        return f"{look}: {self.promise(step)}"

    def promise(self, step: TradeOff) -> str:
        """What may still differ after a look at the answers of this certified step."""
        bound = _rounded_up((step.residual.error.interval or (0.0, 1.0))[1])
        rest = "the rest" if step.n_review else f"all {_answers(self.n_answers)}"
        return (
            f"with 95 % confidence at most {bound} of {rest} differ from the human by more than the "
            f"tolerance{self._compared()}"
        )

    def _compared(self) -> str:
        return "." if self.two_humans is None else f"; two humans differ in {100 * self.two_humans:.0f} %."

    def _nothing_certified(self) -> str:
        n = max((step.residual.error.n for step in self.trade_off), default=0)
        if self.all_failed:
            not_close = "it is not" if self.n_markers == 1 else "none of them is"
            return f"{self._cannot()}: {not_close} close enough to the human"
        if n == 0:
            return (
                f"Nothing can be promised before a human has marked {LEAST_CHECKED} answers or more, first those that "
                "were drawn at random"
            )
        if min(step.residual.least for step in self.trade_off) > self.target:
            return f"{self._too_few(n)}: {self._mark_more()}"
        other = "" if self.weakest is None else f", or take {self.weakest} off"
        return (
            f"{self._cannot()}{other}. To look at the doubtful answers alone is not enough, because too many of the "
            "others differ from the human"
        )

    def _cannot(self) -> str:
        these = "this marker" if self.n_markers == 1 else "these markers"
        whose = "let the human's marks stand" if self.n_known == self.n_answers else "mark it yourself"
        return f"This exam cannot be sampled with {these}; {whose}"

    def _too_few(self, n: int) -> str:
        """Of the answers that a human marked only the `n` drawn ones say something of the others, unless all do."""
        if n == self.n_known:
            return f"{_answers(n)} with a human mark {'is' if n == 1 else 'are'} too few to promise anything"
        return (
            f"Only {n:,} of the {_answers(self.n_known)} with a human mark {'was' if n == 1 else 'were'} drawn at "
            "random, too few to promise anything of the others"
        )

    def _mark_more(self) -> str:
        if self.n_known < self.n_answers:
            return "mark more by hand, first those that were drawn at random"
        return "add scripts and mark them by hand"

    def as_json(self) -> dict[str, Json]:
        step = self.advised
        return {
            "advised_threshold": None if step is None or not step.n_review else step.threshold,
            "advice": self.advice,
            "threshold": self.threshold,
            "n_answers": self.n_answers,
            "n_flagged": len(self.items) - self.items.n_sampled,
            "n_sampled": self.items.n_sampled,
            "markers_left_out": {name: list(questions) for name, questions in self.left_out.items()},
            "two_humans_differ": self.two_humans,
            "reliability_curve": [point.as_json() for point in self.curve],
            "items": [item.as_json() for item in self.items],
            "residual": self.residual.as_json(),
            "trade_off": [step.as_json() for step in self.trade_off],
        }


def _answers(n: int) -> str:
    return f"{n:,} answer" if n == 1 else f"{n:,} answers"


def _rounded_up(share: float) -> str:
    """A bound is not made tighter by printing it."""
    return f"{math.ceil(1000 * share - 1e-9) / 10:g} %"


def review_queue(
    table: MarkTable,
    *,
    seed: int,
    threshold: float = DEFAULT_THRESHOLD,
    final: Floats | None = None,
    failed: Mapping[str, Collection[str]] | None = None,
) -> ReviewQueue:
    """Answers with doubt ≥ threshold, most doubtful first, then a seeded 5 % sample of the others.

    `final` (answers,) holds marks that a human gave on review, NaN for none; of answers outside the sample they say
    nothing about the rest and are not measured. `failed`: the questions on which a marker failed, by marker.
    """
    trusted = trusted_only(table, failed or {})
    # Where nobody is left, what the failed ones say is all there is to order answers by.
    markers = trusted or table.heard
    found = doubts(table, markers)
    heard = np.isfinite(found.consensus)
    final = np.full(len(table.script), np.nan) if final is None else final
    order = _order(table, seed)
    flagged = np.asarray(found.doubt >= threshold)
    sampled = _sample(flagged, order)
    differs, known = differing(table, found, final)
    # An answer without a mark is looked at anyway: it differs by no distance, so that there is nothing to predict.
    calibration = calibrate(found.doubt, differs, known & heard, table.script)
    probability = np.where(heard, calibration.probability, np.nan)
    # Of answers that are equally doubtful the one that moves the total most.
    by_doubt = np.lexsort((-found.distance, -found.doubt))
    chosen = np.concatenate([by_doubt[flagged[by_doubt]], np.flatnonzero(sampled)])
    return ReviewQueue(
        threshold=threshold,
        items=QueueItems(table, found, probability, chosen, sampled),
        residual=residual(table, found, flagged, sampled, final),
        trade_off=tuple(_trade_off(table, found, order, final)),
        n_answers=len(table.script),
        n_markers=len(table.markers),
        left_out={name: tuple(questions) for name, questions in (failed or {}).items() if questions},
        weakest=_weakest(table, found, markers) if trusted else None,
        two_humans=_two_humans(table),
        n_known=int(known.sum()),
        n_unmarked=int((~heard).sum()),
        all_failed=not trusted and any((failed or {}).values()),
        curve=calibration.curve,
    )


def _weakest(table: MarkTable, found: Doubts, markers: tuple[Marker, ...]) -> str | None:
    """The marker that stands out as differing most, from the human where one marked, else from the consensus."""
    human = table.human.marks[:, 0]
    truth = human if np.isfinite(human).any() else found.consensus
    shares = {}
    for marker in markers:
        apart = np.abs(marker.marks - truth[:, None])
        known = np.isfinite(apart)
        if known.any():
            shares[marker.name] = float((apart > table.tolerances[:, None] + EPSILON)[known].mean())
    if len(shares) <= FEWEST_HEARD:
        return None
    *_, second, worst = sorted(shares, key=lambda name: shares[name])
    return worst if shares[worst] >= STANDS_OUT * shares[second] and shares[worst] > 0 else None


def _two_humans(table: MarkTable) -> float | None:
    if table.human_2 is None:
        return None
    apart = np.abs(table.human.marks[:, 0] - table.human_2.marks[:, 0])
    both = np.isfinite(apart)
    return float((apart[both] > table.tolerances[both] + EPSILON).mean()) if both.any() else None


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
