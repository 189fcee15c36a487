"""The content of a table of human marks as written: cells with marks, maxima, and the parts that are not read."""

from dataclasses import dataclass, field

from app.mark_tables.numbers import number
from app.mark_tables.table import Row, refusal
from app.mark_tables.words import EMPTY, HUMAN, HUMAN_2, NO_MARK

FIRST, SECOND = 0, 1
HUMANS = (HUMAN, HUMAN_2)


@dataclass(frozen=True, slots=True)
class Given:
    """One cell with a mark: its place, its human, its script and its question. `cell` is its name in a workbook."""

    line: int
    column: str
    script: str
    question_id: str
    human: int
    text: str
    cell: str = ""


@dataclass(slots=True)
class HumanSheet:
    """What a file holds. `maxima` are (line, text) by question_id; `aside` names the parts that nothing reads.

    `scripts` and `questions` are in order, those without a single mark included, each with its first line.
    """

    given: list[Given] = field(default_factory=list)
    maxima: dict[str, tuple[int, str]] = field(default_factory=dict)
    scripts: dict[str, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    # (human, script, sheet, line) of each row that is one student's: a student has one row.
    student_rows: list[tuple[int, str, str, int]] = field(default_factory=list)
    # Words such as `absent` that stand in the place of a mark, with the number of cells.
    no_mark: dict[str, int] = field(default_factory=dict)

    def note(self, row: Row, script: str, question_id: str) -> None:
        self.scripts.setdefault(script, row.line)
        self.questions.setdefault(question_id, row.line)

    def take(self, one: Given) -> None:
        """Keep a cell; words that say that there is no mark are counted instead."""
        said = one.text.casefold()
        if said not in NO_MARK:
            self.given.append(one)
        elif said not in EMPTY:
            self.no_mark[one.text] = self.no_mark.get(one.text, 0) + 1

    def take_maximum(self, line: int, question_id: str, text: str) -> None:
        """Raises TableRefusedError for a second, other maximum."""
        self.questions.setdefault(question_id, line)
        _, before = self.maxima.setdefault(question_id, (line, text))
        if number(before) != number(text):
            message = f"question {question_id} had another maximum before: {before}, here {text}"
            raise refusal(line, message, question_id)
