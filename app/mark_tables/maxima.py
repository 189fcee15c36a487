"""A table of questions and their maxima: one question in a row, or one question in a column."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.mark_tables.headers import meaning
from app.mark_tables.human_marks import own_maxima
from app.mark_tables.names import plain
from app.mark_tables.sheet import HumanSheet
from app.mark_tables.table import Problem, Table, TableRefusedError, refusal
from app.mark_tables.words import ANSWERS, ASIDE, MAXIMUM, QUESTION, TEXTS
from app.marks.formulas import unescaped


@dataclass(frozen=True, slots=True)
class ListedQuestion:
    """A question as a table lists it. `text` and `answer` are empty where the table has no such column."""

    question_id: str
    max_marks: float
    text: str = ""
    answer: str = ""


def read_maxima(tables: Sequence[Table]) -> dict[str, float]:
    """The maxima by question_id, in the order of the file. Raises TableRefusedError."""
    return {question.question_id: question.max_marks for question in read_questions(tables)}


def read_questions(tables: Sequence[Table]) -> list[ListedQuestion]:
    """The questions in the order of the file. Raises TableRefusedError."""
    if not tables:
        raise refusal(1, "the file holds nothing")
    table, sheet = tables[0], HumanSheet()
    meant = list(map(meaning, table.header))
    wordings: dict[str, tuple[str, str]] = {}
    if QUESTION in meant and MAXIMUM in meant:
        wordings = _read_rows(table, meant.index(QUESTION), meant.index(MAXIMUM), sheet)
    else:
        _read_columns(table, sheet)
    problems: list[Problem] = []
    maxima = own_maxima(sheet, problems)
    if problems:
        raise TableRefusedError(problems)
    if not maxima:
        raise refusal(table.line, "the file holds no maxima: it needs columns question_id and max_marks")
    return [ListedQuestion(name, most, *wordings.get(name, ())) for name, most in maxima.items()]


def _read_rows(table: Table, question: int, maximum: int, sheet: HumanSheet) -> dict[str, tuple[str, str]]:
    """Fills the sheet, and returns by question_id its text and its answer."""
    places = [_place(table, TEXTS), _place(table, ANSWERS)]
    wordings: dict[str, tuple[str, str]] = {}
    for row in table.rows:
        question_id = unescaped(row.cells[question])
        if plain(question_id) not in ASIDE:
            sheet.take_maximum(row.line, question_id, row.cells[maximum])
            text, answer = ("" if place is None else unescaped(row.cells[place]) for place in places)
            wordings.setdefault(question_id, (text, answer))
    return wordings


def _place(table: Table, names: Collection[str]) -> int | None:
    return next((place for place, header in enumerate(table.header) if plain(header) in names), None)


def _read_columns(table: Table, sheet: HumanSheet) -> None:
    for row in table.rows:
        for name, cell in zip(table.header, row.cells, strict=True):
            if cell and name and plain(name) not in ASIDE and meaning(name) is None and meaning(cell) != MAXIMUM:
                sheet.take_maximum(row.line, unescaped(name), cell)
