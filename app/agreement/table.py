"""All marks of an exam as arrays, one line per answer. Pure numpy.

An answer is what one script holds to one question; a script is one cluster. Lines are sorted by script, so that an
exam in which every script answers other questions takes no more room than its marks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from app.marks.model import Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

# Marks carry two decimals; anything closer than this is the same mark.
EPSILON = 1e-9
# Up to here a mark has to be exact to count as within tolerance.
SMALL_MAXIMUM = 3
STATUSES = {"marked", "missing", "invalid"}


class Code(IntEnum):
    """What is known of one mark. NOT_ASKED: the attempt has no row for this answer, so nothing is missing."""

    NOT_ASKED = 0
    MARKED = 1
    MISSING = 2
    INVALID = 3


class MarkRow(NamedTuple):
    """One mark as stored. `status` is `marked`, `missing` or `invalid`; `mark` counts only with `marked`."""

    script: str
    question_id: str
    model_name: str
    try_index: int
    mark: float | None
    status: str = "marked"


@dataclass(frozen=True)
class Marker:
    """One marker's marks: `marks` (answers × tries, NaN where there is none) and `codes` beside it.

    `corrects`: the name of the marker whose corrected marks these are.
    """

    name: str
    tries: tuple[int, ...]
    marks: Floats
    codes: Codes
    corrects: str | None = None


@dataclass(frozen=True)
class Grid:
    """Marks as they are stored: the humans' (scripts, questions), NaN for none; each marker's codes and marks
    (scripts, questions, tries).
    """

    human: Floats
    human_2: Floats
    markers: Mapping[str, tuple[Codes, Floats]]
    tries: Mapping[str, tuple[int, ...]]
    # By marker: which marks (scripts, tries) come from tries that were made only because others disagreed.
    doubted: Mapping[str, Bools] = field(default_factory=dict)


@dataclass(frozen=True)
class MarkTable:
    """`script` and `question` (answers,) index into `scripts` and `questions`; the humans are markers with one try.

    `markers` hold no marks of tries that were made only because others disagreed: answers with such tries are the hard
    ones, and figures that counted them more often would be too bad. `settled` are these markers with all their marks,
    by name: the consensus and the doubt about it are made of them.
    """

    scripts: tuple[str, ...]
    questions: tuple[Question, ...]
    script: Ints
    question: Ints
    human: Marker
    human_2: Marker | None
    markers: tuple[Marker, ...]
    settled: Mapping[str, Marker] = field(default_factory=dict)

    @cached_property
    def maxima(self) -> Floats:
        """Of each answer's question, in marks."""
        return np.array([q.max_marks for q in self.questions], float)[self.question]

    @cached_property
    def tolerances(self) -> Floats:
        """Of each answer's question, in marks."""
        return np.array([tolerance(q) for q in self.questions], float)[self.question]

    @property
    def voices(self) -> tuple[Marker, ...]:
        """The markers without those that are another one's marks corrected: nobody is heard twice."""
        return tuple(marker for marker in self.markers if marker.corrects is None)

    @property
    def heard(self) -> tuple[Marker, ...]:
        """`voices` with all their tries, those that were made in doubt included."""
        return tuple(self.settled.get(marker.name, marker) for marker in self.voices)

    @property
    def same_maxima(self) -> bool:
        return len({q.max_marks for q in self.questions}) <= 1

    @classmethod
    def from_grid(cls, questions: Sequence[Question], scripts: Sequence[str], grid: "Grid") -> Self:
        """Of marks (scripts, questions) and (scripts, questions, tries). Lines that nobody was asked for are left out.

        Raises ValueError for a script that is there twice.
        """
        if len(set(scripts)) < len(scripts):
            raise ValueError("a script is there twice")
        width = len(questions)
        asked = np.isfinite(grid.human) | np.isfinite(grid.human_2)
        for codes, _ in grid.markers.values():
            asked |= (codes != Code.NOT_ASKED).any(axis=2)
        lines = np.flatnonzero(asked)
        maxima = np.array([q.max_marks for q in questions], float)[lines % max(width, 1)]

        def marker(name: str, codes: Codes, marks: Floats, tries: tuple[int, ...]) -> Marker:
            codes, marks = codes.reshape(-1, len(tries))[lines], marks.reshape(-1, len(tries))[lines]
            out = (codes == Code.MARKED) & ~((marks >= -EPSILON) & (marks <= maxima[:, None] + EPSILON))
            codes = np.where(out, np.uint8(Code.INVALID), codes)
            return Marker(name, tries, np.where(codes == Code.MARKED, marks + 0.0, np.nan), codes)

        def human(name: str, marks: Floats) -> Marker:
            codes = np.where(np.isfinite(marks), np.uint8(Code.MARKED), np.uint8(Code.MISSING))
            return marker(name, codes[:, :, None], marks[:, :, None], (1,))

        return cls(
            scripts=tuple(scripts),
            questions=tuple(questions),
            script=lines // max(width, 1),
            question=lines % max(width, 1),
            human=human("human", grid.human),
            human_2=human("human 2", grid.human_2) if np.isfinite(grid.human_2).any() else None,
            markers=tuple(
                _surely_made(marker(name, *found, grid.tries[name]), grid.doubted.get(name), lines // max(width, 1))
                for name, found in grid.markers.items()
            ),
            settled={name: marker(name, *grid.markers[name], grid.tries[name]) for name in grid.doubted},
        )

    @classmethod
    def from_rows(
        cls,
        questions: Sequence[Question],
        rows: Iterable[MarkRow],
        human: Mapping[tuple[str, str], float | None],
        human_2: Mapping[tuple[str, str], float | None] | None = None,
    ) -> Self:
        """`human` and `human_2` by (script, question_id). A mark outside [0, maximum] is invalid, of a human too.

        A marker was asked for what it has a row of, a human for everything. Raises ValueError for a question that is
        not configured, an unknown status or two rows for one mark.
        """
        all_rows = [*_human_rows(human, ""), *rows]
        second = list(_human_rows(human_2 or {}, ""))
        builder = _Builder(questions, [*all_rows, *second])
        by_marker: dict[str, list[MarkRow]] = {}
        n_human = len(human)
        for row in all_rows[n_human:]:
            by_marker.setdefault(row.model_name, []).append(row)
        return cls(
            scripts=tuple(builder.scripts),
            questions=tuple(questions),
            script=builder.script,
            question=builder.question,
            human=builder.marker("human", all_rows[:n_human], without_row=Code.MISSING),
            human_2=builder.marker("human 2", second, without_row=Code.MISSING) if human_2 else None,
            markers=tuple(builder.marker(name, found) for name, found in by_marker.items()),
        )


def _surely_made(marker: Marker, doubted: Bools | None, script: Ints) -> Marker:
    """The marker without the marks of tries that were made in doubt, and without tries of which nothing is left."""
    if doubted is None:
        return marker
    out = doubted[script]
    codes = np.where(out, np.uint8(Code.NOT_ASKED), marker.codes)
    kept = (codes != Code.NOT_ASKED).any(axis=0)
    kept[0] = True
    marks = np.where(out, np.nan, marker.marks)
    tries = tuple(index for index, is_kept in zip(marker.tries, kept, strict=True) if is_kept)
    return replace(marker, tries=tries, marks=marks[:, kept], codes=codes[:, kept])


def tolerance(question: Question) -> float:
    """The teacher's, else 0 up to 3 marks and max(0.5, a tenth of the maximum) above."""
    if question.tolerance is not None:
        return question.tolerance
    return 0.0 if question.max_marks <= SMALL_MAXIMUM else max(0.5, 0.1 * question.max_marks)


def _human_rows(marks: Mapping[tuple[str, str], float | None], name: str) -> Iterator[MarkRow]:
    for (script, question_id), mark in marks.items():
        yield MarkRow(script, question_id, name, 1, mark)


class _Builder:
    """Numbers scripts and answers in order of first appearance, then lays each marker's rows out on them."""

    def __init__(self, questions: Sequence[Question], rows: Sequence[MarkRow]) -> None:
        self._questions = {q.question_id: index for index, q in enumerate(questions)}
        self._width = max(len(questions), 1)
        self.scripts: dict[str, int] = {}
        for row in rows:
            if row.question_id not in self._questions:
                raise ValueError(f"question {row.question_id!r} is not configured")
            self.scripts.setdefault(row.script, len(self.scripts))
        self._keys = np.unique(self._answer_keys(rows))
        self.script = self._keys // self._width
        self.question = self._keys % self._width
        self._maxima = np.array([q.max_marks for q in questions], float)[self.question]

    def _answer_keys(self, rows: Sequence[MarkRow]) -> Ints:
        keys = (self.scripts[row.script] * self._width + self._questions[row.question_id] for row in rows)
        return np.fromiter(keys, np.intp, len(rows))

    def marker(self, name: str, rows: Sequence[MarkRow], *, without_row: Code = Code.NOT_ASKED) -> Marker:
        tries = sorted({row.try_index for row in rows}) or [1]
        column = {try_index: index for index, try_index in enumerate(tries)}
        columns = np.fromiter((column[row.try_index] for row in rows), np.intp, len(rows))
        places = np.searchsorted(self._keys, self._answer_keys(rows)) * len(tries) + columns
        if len(np.unique(places)) < len(rows):
            raise ValueError(f"{name!r} has two rows for one mark")
        shape = (len(self._keys), len(tries))
        marks, codes = np.full(shape, np.nan), np.full(shape, without_row, np.uint8)
        given = np.array([np.nan if row.mark is None else row.mark for row in rows], float)
        given_codes = np.array([_code(row) for row in rows], np.uint8)
        maxima = self._maxima[places // len(tries)]
        out = (given_codes == Code.MARKED) & ~((given >= -EPSILON) & (given <= maxima + EPSILON))
        given_codes[out] = Code.INVALID
        codes.flat[places] = given_codes
        # + 0 makes -0 a plain 0, so that equal tables are equal bytes.
        marks.flat[places] = np.where(given_codes == Code.MARKED, given + 0.0, np.nan)
        return Marker(name, tuple(tries), marks, codes)


def _code(row: MarkRow) -> Code:
    if row.status not in STATUSES:
        raise ValueError(f"unknown status {row.status!r}")
    if row.status == "marked" and row.mark is None:
        return Code.MISSING
    return Code[row.status.upper()]
