"""Made-up exams of which everything is known: drawn from one population, as many scripts as wanted."""

from dataclasses import dataclass

import numpy as np

from app.agreement.table import Code, Marker, MarkTable
from app.marks.model import Question

MAXIMA = (4, 1, 2, 3, 4, 5, 6, 10, 2, 3)


@dataclass(frozen=True)
class World:
    """`noise` of each human, `error` of the marker, `habit` its error that a script's answers share, `lean` its bias,
    all as shares of the maximum. With a `rival`, a second marker with this error.
    """

    n_questions: int
    noise: float = 0.06
    error: float = 0.08
    habit: float = 0.04
    lean: float = 0.01
    n_tries: int = 2
    lost: float = 0.0
    rival: float | None = None

    def draw(self, n_scripts: int, rng: np.random.Generator) -> MarkTable:
        maxima = np.array(MAXIMA[: self.n_questions], float)
        shape = (n_scripts, self.n_questions)
        ability = rng.normal(0.0, 0.18, (n_scripts, 1))
        difficulty = np.linspace(-0.12, 0.12, self.n_questions) if self.n_questions > 1 else np.zeros(1)
        truth = 0.58 + ability - difficulty + rng.normal(0, 0.2, shape)
        first, second = (_marks(truth + rng.normal(0, self.noise, shape), maxima) for _ in range(2))
        markers = {"marker": self._marked(truth, self.error, maxima, rng)}
        if self.rival is not None:
            markers["rival"] = self._marked(truth, self.rival, maxima, rng)
        return dense_tables(maxima, first, markers, second)

    def _marked(self, truth: np.ndarray, error: float, maxima: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        habit = rng.normal(0, error, truth.shape) + rng.normal(0, self.habit, (len(truth), 1))
        base = truth + self.lean + habit
        tries = [_marks(base + rng.normal(0, 0.04, truth.shape), maxima) for _ in range(self.n_tries)]
        marks = np.stack(tries, axis=2)
        marks[rng.random(marks.shape) < self.lost] = np.nan
        return marks


def _marks(shares: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    return np.clip(np.round(shares * maxima), 0, maxima)


def dense_table(
    maxima: np.ndarray, human: np.ndarray, tries: np.ndarray, second: np.ndarray | None = None, name: str = "marker"
) -> MarkTable:
    """`human` and `second` (scripts, questions), `tries` (scripts, questions, tries); NaN is a missing mark."""
    return dense_tables(maxima, human, {name: tries}, second)


def dense_tables(
    maxima: np.ndarray, human: np.ndarray, markers: dict[str, np.ndarray], second: np.ndarray | None = None
) -> MarkTable:
    n_scripts, n_questions = human.shape
    lines = np.arange(n_scripts * n_questions)
    return MarkTable(
        tuple(f"s{i}" for i in range(n_scripts)),
        tuple(Question(f"q{i + 1}", i + 1, float(maximum)) for i, maximum in enumerate(maxima)),
        lines // n_questions,
        lines % n_questions,
        _marker("human", human[:, :, None]),
        None if second is None else _marker("human 2", second[:, :, None]),
        tuple(_marker(name, tries.reshape(n_scripts, n_questions, -1)) for name, tries in markers.items()),
    )


def _marker(name: str, marks: np.ndarray) -> Marker:
    flat = marks.reshape(-1, marks.shape[2])
    codes = np.where(np.isfinite(flat), Code.MARKED, Code.MISSING).astype(np.uint8)
    return Marker(name, tuple(range(1, flat.shape[1] + 1)), flat, codes)
