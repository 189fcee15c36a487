"""Seeds: scripts whose human marks are agreed. How many a marker may miss before it is stopped. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median_low

from app.marks.comparison import EPSILON
from app.marks.rows import Maximum, SeedRow

# The share of a good marker's seeds that lie outside the tolerance. A marker with significantly more is stopped.
EXPECTED_OUTSIDE = 0.10
FALSE_ALARM = 0.05
# Up to this maximum a mark has to be exact, as for questions.
_SMALL_MAXIMUM = 3
_FINISHED = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class SeedScript:
    """One marker on one seed: its total and the human's over the `n` answers that both marked, in marks."""

    session_id: str
    name: str | None
    n: int
    human: float
    mark: float
    tolerance: float
    maximum: float

    @property
    def difference(self) -> float:
        return self.mark - self.human

    @property
    def outside(self) -> bool:
        return abs(self.difference) > self.tolerance + EPSILON


@dataclass(frozen=True, slots=True)
class SeedVerdict:
    """`limit`: the most seeds that may be outside the tolerance. `unfinished`: seeds that it has not marked yet."""

    marker: str
    scripts: tuple[SeedScript, ...]
    unfinished: int
    limit: int

    @property
    def n_outside(self) -> int:
        return sum(script.outside for script in self.scripts)

    @property
    def stopped(self) -> bool:
        return self.n_outside > self.limit

    @property
    def sentence(self) -> str:
        return (
            f"{self.marker} was outside the tolerance on {self.n_outside} of {len(self.scripts)} seed scripts; "
            f"{self.limit} are allowed. It marks no further script."
        )


def seed_limit(n_seeds: int) -> int:
    """The most seeds outside the tolerance that are still compatible with a good marker: more have a chance below 5 %
    where each seed is outside with 10 %.
    """
    reached = 1.0
    for outside in range(n_seeds + 1):
        if reached < FALSE_ALARM:
            return outside - 1
        reached -= comb(n_seeds, outside) * EXPECTED_OUTSIDE**outside * (1 - EXPECTED_OUTSIDE) ** (n_seeds - outside)
    return n_seeds


def total_tolerance(questions: Sequence[Maximum]) -> float:
    """Of the total of some questions, in marks: the sum of their tolerances, at least a tenth of the total maximum
    above 3 marks. Of one question: its own.
    """
    own = sum(_tolerance(q["max_marks"], q["tolerance"]) for q in questions)
    return own if len(questions) == 1 else max(own, _tolerance(sum(q["max_marks"] for q in questions), None))


def _tolerance(maximum: float, given: float | None) -> float:
    if given is not None:
        return given
    return 0.0 if maximum <= _SMALL_MAXIMUM else max(0.5, 0.1 * maximum)


def seed_verdict(marker: str, seeds: Sequence[SeedRow], limit: int | None, run: int | None = None) -> SeedVerdict:
    """`seeds` as the database gives them (`seed_runs.sql`); `run`: of each session, its current one by default.

    Seeds without a human mark, and those on which every attempt of the marker failed, decide nothing.
    """
    scripts, unfinished, n_seeds = [], 0, 0
    for seed in seeds:
        attempts = [a for a in seed["attempts"] if a["model_name"] == marker and a["run"] == (run or seed["run"])]
        n_seeds += bool(seed["human"])
        if not seed["human"] or not attempts:
            continue
        if any(attempt["status"] not in _FINISHED for attempt in attempts):
            unfinished += seed["status"] == "grading"
        elif (script := seed_script(seed, [attempt["marks"] for attempt in attempts])) is not None:
            scripts.append(script)
    return SeedVerdict(marker, tuple(scripts), unfinished, seed_limit(n_seeds) if limit is None else limit)


def seed_script(seed: SeedRow, tries: Sequence[Mapping[str, float]]) -> SeedScript | None:
    """The middle of the tries on each question, added up; None where human and marker share no answer."""
    marks: dict[str, list[float]] = defaultdict(list)
    for found in tries:
        for question_id, mark in found.items():
            marks[question_id].append(mark)
    shared = [q for q in seed["questions"] if q["question_id"] in marks and q["question_id"] in seed["human"]]
    if not shared:
        return None
    return SeedScript(
        seed["session_id"],
        seed["name"],
        len(shared),
        sum(seed["human"][q["question_id"]] for q in shared),
        sum(median_low(marks[q["question_id"]]) for q in shared),
        total_tolerance(shared),
        sum(q["max_marks"] for q in shared),
    )
