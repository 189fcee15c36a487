"""A table of questions and their maxima: one question in a row, or one question in a column."""

from collections.abc import Sequence

from app.mark_tables.headers import meaning
from app.mark_tables.human_marks import own_maxima
from app.mark_tables.names import plain
from app.mark_tables.sheet import HumanSheet
from app.mark_tables.table import Problem, Table, TableRefusedError, refusal
from app.mark_tables.words import ASIDE, MAXIMUM, QUESTION
from app.marks.formulas import unescaped


def read_maxima(tables: Sequence[Table]) -> dict[str, float]:
    """The maxima by question_id, in the order of the file. Raises TableRefusedError."""
    if not tables:
        raise refusal(1, "the file holds nothing")
    table, sheet = tables[0], HumanSheet()
    meant = list(map(meaning, table.header))
    if QUESTION in meant and MAXIMUM in meant:
        _read_rows(table, meant.index(QUESTION), meant.index(MAXIMUM), sheet)
    else:
        _read_columns(table, sheet)
    problems: list[Problem] = []
    maxima = own_maxima(sheet, problems)
    if problems:
        raise TableRefusedError(problems)
    if not maxima:
        raise refusal(table.line, "the file holds no maxima: it needs columns question_id and max_marks")
    return maxima


def _read_rows(table: Table, question: int, maximum: int, sheet: HumanSheet) -> None:
    for row in table.rows:
        question_id = unescaped(row.cells[question])
        if plain(question_id) not in ASIDE:
            sheet.take_maximum(row.line, question_id, row.cells[maximum])


def _read_columns(table: Table, sheet: HumanSheet) -> None:
    for row in table.rows:
        for name, cell in zip(table.header, row.cells, strict=True):
            if cell and name and plain(name) not in ASIDE and meaning(name) is None and meaning(cell) != MAXIMUM:
                sheet.take_maximum(row.line, unescaped(name), cell)
