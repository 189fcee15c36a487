"""What an answer is generated from: questions, the marks that were awarded, and notes as examiners write them."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from app.marks.model import Question

_ID_STYLES: tuple[Callable[[int], str], ...] = (
    str,
    lambda n: f"{(n + 1) // 2}{'ab'[(n + 1) % 2]}",
    lambda n: f"1.{n}",
    lambda n: f"1.{n * 10}",
    lambda n: f"MAI.{n}b(ii)",
    lambda n: f"Aufgabe {n} – ä",
    lambda n: f"Q-{n}",
    lambda n: f"{n}/i",
    lambda n: ["total", "score", "marks", "max", "result", "answers"][n % 6] + ("" if n < 6 else str(n)),
)
_NOTES = (
    "Correct derivative, constant missing.", "Both roots found.", "Left blank.", "Method right, unit missing.",
    'The student wrote "x = 2" and nothing else.', "Uses \\frac{1}{2} and \\theta.", "Two of the three reasons given.",
    "M1 for the method, A0 for the value.", "See page 2; the sum {a, b} is right.", "Wrote <think> in the margin.",
    "Zeile eins\nZeile zwei", "半分正しい", "1/2 of the diagram is labelled.", "Loses a mark for rounding too early.",
    "Says that 3 > 2, which is true.", "Working shown; final answer 12.5 cm.", "",
    "Nullstellen -1 und 3 richtig.", "Ansatz und Rechnung stimmen.", "El punto (−1, 2) está bien; falta la gráfica.",
    "Réponse 1/3 exacte, sans unité.", "La retta passa per 2 punti.", "O método está certo.", "Ответ -1 верный.",
    "तीन में से दो कारण सही हैं।", "الإجابة صحيحة.", "答えは-1。", "三个原因都写了。", "Drie redenen genoemd.",
    "İki neden doğru.",
    "Two of 3 points are plotted; the line is straight.", "ok", "The answer key allows this.",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """An exam, and for each question what one examiner awarded, with a note."""

    questions: tuple[Question, ...]
    marks: dict[str, float]
    notes: dict[str, str]

    @property
    def ids(self) -> list[str]:
        return [question.question_id for question in self.questions]

    @property
    def maxima(self) -> dict[str, float]:
        return {question.question_id: question.max_marks for question in self.questions}

    def entries(
        self, *, qid: str = "question_id", mark: str = "marks_awarded", note: str = "rubric_notes"
    ) -> list[Any]:
        return [{qid: one, mark: number(self.marks[one]), note: self.notes[one]} for one in self.ids]

    def plain(self, **names: str) -> str:
        return as_json({"answers": self.entries(**names)})


@dataclass(frozen=True)
class Generated:
    """An answer. `allowed` holds for each question the marks that may be read, none where it must stay unmarked;
    `readable` answers must be read whole, with the truth's marks.
    """

    text: str
    allowed: dict[str, tuple[float, ...]] = field(default_factory=dict)
    readable: bool = True
    adds_parts: bool = False


Kind = Callable[[Truth, random.Random], Generated]


def number(mark: float) -> float:
    return int(mark) if float(mark).is_integer() else mark


def as_json(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **options)


def some_truth(rng: random.Random) -> Truth:
    style = rng.choice(_ID_STYLES)
    questions = tuple(
        Question(style(n), n, rng.choice([1, 2, 3, 4, 5, 6, 8, 10, 12, 2.5, 7.5])) for n in range(1, rng.randint(2, 7))
    )
    marks = {one.question_id: rng.randint(0, int(one.max_marks * 2)) / 2 for one in questions}
    return Truth(questions, marks, {one.question_id: _note(one, marks[one.question_id], rng) for one in questions})


def _note(question: Question, mark: float, rng: random.Random) -> str:
    """Nobody who gives full marks notes a loss, or any mark a blank: those are contradictions, no readable answers."""
    note = rng.choice(_NOTES)
    is_lost = mark == question.max_marks and note.startswith("Loses a mark")
    contradicts = is_lost or (mark > 0 and note == "Left blank.")
    return "" if contradicts else note


def read(text: str, truth: Truth, **more: Any) -> Generated:
    """An answer that says what the truth says and nothing else."""
    return Generated(text, {one: (mark,) for one, mark in truth.marks.items()}, **more)


def unread(text: str, truth: Truth, doubtful: Iterable[str] | None = None) -> Generated:
    """An answer in which the `doubtful` questions, or else all, have no unambiguous mark."""
    left = set(truth.ids if doubtful is None else doubtful)
    allowed = {one: () if one in left else (mark,) for one, mark in truth.marks.items()}
    return Generated(text, allowed, readable=False)


def other_mark(truth: Truth, one: str, rng: random.Random) -> float:
    """Another mark of the question, in its range."""
    maximum = truth.maxima[one]
    halves = [half / 2 for half in range(int(maximum * 2) + 1) if half / 2 != truth.marks[one]]
    return rng.choice(halves)


def differing(truth: Truth, rng: random.Random) -> Truth:
    """The same exam with another mark for every question."""
    marks = {one: other_mark(truth, one, rng) for one in truth.ids}
    notes = {one: f"Draft: {truth.notes[one]}".strip() for one in truth.ids}
    return Truth(truth.questions, marks, notes)
