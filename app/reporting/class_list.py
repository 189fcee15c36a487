"""The class list: one final mark for each student and question, and why there is none. Imports numpy."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from natsort import natsort_keygen

from app.agreement.answer import ExamAgreement, MarkerAgreement
from app.agreement.consensus import over_markers, over_tries
from app.agreement.table import Marker, MarkTable
from app.agreement.trust import Use
from app.mark_tables.letters import in_plain_letters
from app.marks.model import Question
from app.reporting.exam_marks import ExamMarks

if TYPE_CHECKING:
    from app.agreement.review import ReviewQueue

REVIEW, HUMAN, MODELS, NONE = "review", "human", "models", ""

Answer = tuple[str, str]

_natural = natsort_keygen()


@dataclass(frozen=True, slots=True)
class Cell:
    """The mark that counts. `source` says whose it is; `why`, where there is none, what stands in the way."""

    mark: float | None
    source: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Student:
    """One script. `cells` in the order of the questions; `to_look_at` counts its answers in the review queue."""

    session_id: str
    name: str
    cells: tuple[Cell, ...]
    to_look_at: int

    @property
    def total(self) -> float:
        return math.fsum(cell.mark for cell in self.cells if cell.mark is not None)

    @property
    def unmarked(self) -> int:
        return sum(cell.mark is None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ClassList:
    title: str
    questions: tuple[Question, ...]
    students: tuple[Student, ...]

    @property
    def maximum(self) -> float:
        return math.fsum(question.max_marks for question in self.questions)


def class_list(marks: ExamMarks, agreement: ExamAgreement, queue: "ReviewQueue") -> ClassList:
    """A human's review counts, else the human's mark, else the models' consensus where the trust card says that it may
    be used on that question.
    """
    table = marks.table
    panel = _panel(table)
    given = {} if panel is None else marks.by_answer(panel)
    uses = {} if panel is None else _uses(panel, agreement)
    humans = marks.by_answer(table.human)
    waiting = Counter(item.script for item in queue.items if (item.script, item.question_id) not in marks.finals)
    names = marks.script_names
    ids = [question.question_id for question in table.questions]
    return ClassList(
        marks.name or "Untitled",
        tuple(table.questions),
        tuple(
            Student(
                script,
                names[script],
                tuple(_cell((script, question_id), marks.finals, humans, given, uses) for question_id in ids),
                waiting[script],
            )
            for script in sorted(names, key=lambda one: _place(names[one]))
        ),
    )


def _place(name: str) -> Any:
    """Where a student stands: 2 before 10, and Öztürk between Nowak and Rossi."""
    return _natural(in_plain_letters(name.casefold())), name


def _panel(table: MarkTable) -> Marker | None:
    """All markers as one: the consensus whose trust card counts."""
    if not table.markers:
        return None
    if len(table.heard) > 1:
        return over_markers(table.heard)
    [only] = table.heard
    return over_tries(only) if len(only.tries) > 1 else only


def _uses(panel: Marker, agreement: ExamAgreement) -> dict[str, tuple[bool, str]]:
    """By question: whether the panel's marks may be used, and why not."""
    everybody: Sequence[MarkerAgreement] = (*agreement.consensus, *agreement.markers)
    card = next((one.trust_card for one in everybody if one.marker == panel.name), None)
    if card is None:
        return {}
    return {use.question_id: (use.use is Use.YES, f"{use.use.value}: {use.because}") for use in card.questions}


def _cell(
    answer: Answer,
    finals: Mapping[Answer, float],
    humans: Mapping[Answer, float],
    given: Mapping[Answer, float],
    uses: Mapping[str, tuple[bool, str]],
) -> Cell:
    if answer in finals:
        return Cell(finals[answer], REVIEW)
    if answer in humans:
        return Cell(humans[answer], HUMAN)
    if answer not in given:
        return Cell(None, NONE, "neither a human nor a model gave a mark")
    may, why = uses.get(answer[1], (False, "no human marks to judge the models by"))
    return Cell(given[answer], MODELS) if may else Cell(None, NONE, f"the models gave {given[answer]:g}; {why}")
