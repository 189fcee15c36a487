"""How much of an exam a human must look at to find four in five of the answers on which the markers are wrong."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.agreement.agreement import analyse
from app.agreement.doubt import Doubts, doubts, trusted_only
from app.agreement.residual import differing
from app.agreement.table import MarkRow, MarkTable
from app.marks.model import Question
from tests.bench.report import Figure
from tests.bench.worlds import MAXIMA, dense_tables

GOLDEN = Path(__file__).parents[1] / "golden"
CAUGHT = 0.8
KHAN_AT_MOST = 0.10


def queue(_: Path) -> list[Figure]:
    """The order of the review queue against the bare share of marks that differ from the consensus of all markers."""
    found = []
    for name, tables in (*five_sets(), *fresh_sets()):
        bare, ours = np.mean([looked_at(table) for table in tables], axis=0).tolist()
        limit = min(bare, KHAN_AT_MOST) if name == "Khan" else bare
        said = f"{name}: {100 * bare:.1f} % by the bare share of dissent; by the queue"
        found.append(Figure(said, ours, at_most=limit))
    return found


def looked_at(table: MarkTable) -> tuple[float, float]:
    """The share of answers to look at, by the bare share of dissent and by the queue's order."""
    failed = analyse(table, seed=1).failed_questions()
    plain, heard = doubts(table, table.markers), doubts(table, trusted_only(table, failed) or table.heard)
    return _share(table, plain, plain.disagreement), _share(table, heard, heard.doubt)


def _share(table: MarkTable, found: Doubts, score: np.ndarray) -> float:
    """Answers with the same score come in any order: the mean over all orders."""
    differs, known = differing(table, found, np.full(len(table.script), np.nan))
    differs, score = differs[known], score[known]
    wanted, seen, caught = CAUGHT * differs.sum(), 0.0, 0.0
    for value in np.unique(score)[::-1]:
        alike = score == value
        hits, n = differs[alike].sum(), alike.sum()
        if caught + hits >= wanted:
            return float((seen + n * (wanted - caught) / hits) / len(score))
        seen, caught = seen + n, caught + hits
    return 1.0


def five_sets() -> Iterator[tuple[str, list[MarkTable]]]:
    """Khan's short answers, and four kinds of made-up exams, ten of each: unequal maxima, half marks, random markers
    among good ones, and a tenth of the marks lost. The weights of the queue were chosen while these were looked at.
    """
    yield "Khan", [khan()]
    for name, exam in kinds().items():
        yield name, [exam.draw(seed) for seed in range(100, 110)]


def fresh_sets() -> Iterator[tuple[str, list[MarkTable]]]:
    """Draws of the same kinds, and two more kinds, that nobody looked at while the weights were chosen."""
    others = {
        "three markers of one try, small maxima": Exam(250, (1, 2, 2, 3, 4), (0.06, 0.08, 0.1), 1),
        "one marker of five tries, a quarter lost": Exam(200, (4, 6, 8, 10), (0.07,), 5, lost=0.25),
    }
    for name, exam in {**kinds(), **others}.items():
        yield f"fresh: {name}", [exam.draw(seed) for seed in range(77_000, 77_020)]


def kinds() -> dict[str, "Exam"]:
    return {
        "unequal maxima": Exam(200, MAXIMA, (0.05, 0.07, 0.09, 0.12), 3),
        "half marks": Exam(150, (5,) * 8, (0.06, 0.08), 5, step=0.5),
        "two random markers of five": Exam(200, MAXIMA, (0.05, 0.07, 0.09), 2, n_random=2),
        "a tenth lost": Exam(300, (3, 3, 2, 6), (0.05, 0.06, 0.07, 0.08, 0.1, 0.1), 1, lost=0.1),
    }


@dataclass(frozen=True)
class Exam:
    """Markers with the given errors, larger on answers that are hard to mark, in `n_tries` tries."""

    n_scripts: int
    maxima: tuple[int, ...]
    errors: tuple[float, ...]
    n_tries: int
    step: float = 1.0
    n_random: int = 0
    lost: float = 0.0

    def draw(self, seed: int) -> MarkTable:
        rng = np.random.default_rng(seed)
        shape = (self.n_scripts, len(self.maxima))
        truth = np.clip(0.6 + rng.normal(0, 0.2, (self.n_scripts, 1)) + rng.normal(0, 0.25, shape), 0, 1)
        hard = rng.gamma(1.0, 1.0, shape)
        human = self._marks(truth + rng.normal(0, 0.03, shape) * hard)
        markers = {f"marker {i}": self._tries(rng, truth, hard, error) for i, error in enumerate(self.errors)}
        markers |= {f"random {i}": self._marks(rng.random(shape))[:, :, None] for i in range(self.n_random)}
        return dense_tables(np.array(self.maxima, float), human, markers)

    def _tries(self, rng: np.random.Generator, truth: np.ndarray, hard: np.ndarray, error: float) -> np.ndarray:
        base = truth + rng.normal(0, error, truth.shape) * hard + rng.normal(0, error / 3, (self.n_scripts, 1))
        tries = [self._marks(base + rng.normal(0, error / 2, truth.shape) * hard) for _ in range(self.n_tries)]
        marks = np.stack(tries, axis=2)
        marks[rng.random(marks.shape) < self.lost] = np.nan
        return marks

    def _marks(self, shares: np.ndarray) -> np.ndarray:
        maxima = np.array(self.maxima, float)
        return np.clip(np.round(shares * maxima / self.step) * self.step, 0, maxima)


def khan() -> MarkTable:
    """The full rubric, against the majority of three humans; each answer is a script of its own."""
    with (GOLDEN / "khan_saq_humans.csv").open() as file:
        humans = list(csv.DictReader(file))
    item = {row["response_id"]: row["item"] for row in humans}
    majority = {(row["response_id"], row["item"]): float(row["majority"]) for row in humans}
    return MarkTable.from_rows([Question(str(i + 1), i + 1, 1.0) for i in range(20)], list(_rows(item)), majority)


def _rows(item: dict[str, str]) -> Iterator[MarkRow]:
    with gzip.open(GOLDEN / "khan_saq_tries.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["rubric"] == "Full":
                for t in (1, 2, 3):
                    mark = row[f"try{t}"]
                    given = None if mark == "NA" else float(mark)
                    status = "missing" if given is None else "marked"
                    yield MarkRow(row["response_id"], item[row["response_id"]], row["model"], t, given, status)
