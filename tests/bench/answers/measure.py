"""Reads generated answers and counts marks that nobody awarded, and answers that should have been read."""

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from app.grading.answers.marks import parse_answer
from tests.bench.answers.contradicted import CONTRADICTED
from tests.bench.answers.corrupted import CORRUPTED
from tests.bench.answers.decorated import DECORATED
from tests.bench.answers.truth import Generated, Kind, Truth, some_truth
from tests.bench.report import Figure

KINDS: dict[str, Kind] = DECORATED | CONTRADICTED | CORRUPTED
ANSWERS = 100_000
READ_SHARE = 0.99


@dataclass
class Tally:
    """What became of the answers of one kind. `faults` are texts with a mark that nobody awarded, or unread ones."""

    answers: int = 0
    readable: int = 0
    read: int = 0
    wrong: int = 0
    marks: int = 0
    wrong_texts: list[str] = field(default_factory=list)
    unread_texts: list[str] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        """Of the readable answers the share that was read whole; None of a kind that nobody has to read."""
        return self.read / self.readable if self.readable else None

    def add(self, made: Generated, truth: Truth) -> None:
        parsed = parse_answer(made.text, truth.questions, adds_parts=made.adds_parts)
        given = {mark.question_id: mark.marks_awarded for mark in parsed.marks if mark.marks_awarded is not None}
        wrong = sum(mark not in made.allowed[one] for one, mark in given.items())
        whole = len(given) == len(truth.questions)
        self.answers += 1
        self.marks += len(given)
        self.wrong += wrong
        self.readable += made.readable
        self.read += made.readable and whole
        if wrong:
            self.wrong_texts.append(made.text)
        elif made.readable and not whole:
            self.unread_texts.append(made.text)


def tallies(n: int, seed: int = 1) -> dict[str, Tally]:
    """`n` answers over all kinds in turn."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, and nothing is secret
    found = {name: Tally() for name in KINDS}
    for index in range(n):
        name = list(KINDS)[index % len(KINDS)]
        truth = some_truth(rng)
        found[name].add(KINDS[name](truth, rng), truth)
    return found


def answers(_: Path) -> list[Figure]:
    """`make bench BENCH=answers`: no mark that nobody awarded, and what is readable is read."""
    found = tallies(ANSWERS)
    total: Counter[str] = Counter()
    for tally in found.values():
        total.update(
            answers=tally.answers, readable=tally.readable, read=tally.read, wrong=tally.wrong, marks=tally.marks
        )
    lines = [
        Figure(f"{name}: {tally.wrong} of {tally.marks} marks wrong, read", tally.share)
        for name, tally in found.items()
    ]
    return [
        Figure("answers", total["answers"], at_least=ANSWERS),
        Figure("kinds", len(KINDS), at_least=40),
        Figure("marks read", total["marks"]),
        Figure("wrong marks", total["wrong"], at_most=0),
        Figure("readable answers read", total["read"] / total["readable"], at_least=READ_SHARE),
        *lines,
    ]
