"""A table as text cells, whatever file it came from, and the refusal of a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any

from app.mark_tables.numbers import number

# A longer list of problems helps nobody.
MOST_ERRORS = 50
LONGEST_NAME = 200

Problem = dict[str, Any]
"""{line, message} and, where one column is at fault, {column}."""


class TableRefusedError(Exception):
    """The whole file is refused. `problems` holds the first `MOST_ERRORS` of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"line {problems[0]['line']}: {problems[0]['message']}")
        self.problems = list(problems[:MOST_ERRORS])


def refusal(line: int, message: str, column: str | None = None) -> TableRefusedError:
    return TableRefusedError([problem(line, message, column)])


def problem(line: int, message: str, column: str | None = None) -> Problem:
    return {"line": line, "message": message} | ({} if column is None else {"column": column})


@dataclass(frozen=True, slots=True)
class Row:
    """One row with as many cells as the header, trimmed. `line` is where it ends in the file, from 1."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the sheet's; empty for a CSV file. `rows` come once, without the empty ones; of a sheet `beside` then
    names the cells with words that stand under no header.

    Reading the rows raises TableRefusedError for one that has more or fewer cells than the header, and for a number
    under no header: it may be a mark.
    """

    name: str
    line: int
    header: Sequence[str]
    rows: Iterator[Row]
    is_sheet: bool = False
    beside: list[str] = field(default_factory=list)

    def where(self, line: int, place: int) -> str:
        """How a person finds a cell: Marks!C5 in a workbook; nothing in text, where lines and columns are named."""
        return f"{self.name}!{cell_name(line, place)}" if self.is_sheet else ""


Cells = Sequence[str]
FindHeader = Callable[[Sequence[Cells]], tuple[int, Cells] | None]
"""Which of a table's first rows names the columns, and those names; None where none is known."""

# Titles, teachers' names and dates above the table.
FIRST_ROWS = 25


def cell_name(line: int, place: int) -> str:
    """C5 for the third cell of line 5."""
    letters, left = "", place + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{line}"


def table_of(
    name: str, lines: Iterator[tuple[int, Cells]], find: FindHeader = lambda _: None, *, is_sheet: bool = False
) -> Table | None:
    """The table whose header `find` finds, else the first of `lines` that is not empty; None where all are."""
    first: list[tuple[int, Cells]] = []
    for line, raw in lines:
        if any(cell.strip() for cell in raw):
            first.append((line, raw))
        if len(first) == FIRST_ROWS:
            break
    if not first:
        return None
    heads = [_header(raw) for _, raw in first]
    at, header = find(heads) or (0, heads[0])
    table = Table(name, first[at][0], header, iter(()), is_sheet)
    return replace(table, rows=_rows(table, chain(first[at + 1 :], lines)))


def _header(raw: Cells) -> list[str]:
    header = [" ".join(cell.split()) for cell in raw]
    while not header[-1]:
        header.pop()
    return header


def _rows(table: Table, lines: Iterator[tuple[int, Cells]]) -> Iterator[Row]:
    width = len(table.header)
    unnamed = [place for place, name in enumerate(table.header) if not name]
    for line, raw in lines:
        cells = [cell.strip() for cell in raw]
        if not any(cells):
            continue
        if len(cells) < width:
            raise refusal(line, f"there are fewer fields than columns: {len(cells)} and {width}")
        # Spreadsheets end rows with empty cells, and those mean nothing.
        if any(cells[width:]) and not table.is_sheet:
            raise refusal(line, _too_many(cells, width))
        for place in (*unnamed, *range(width, len(cells))):
            if cells[place]:
                _look_beside(table, line, place, cells[place])
        del cells[width:]
        yield Row(line, cells)


def _look_beside(table: Table, line: int, place: int, text: str) -> None:
    """Words beside a table are a teacher's note. A number may be a mark of an unknown student or question."""
    if not table.is_sheet or number(text) is not None:
        where = f"cell {cell_name(line, place)}" if table.is_sheet else f"column {place + 1}"
        raise refusal(line, f"{where} has no name in the header and holds {text[:40]!r}")
    table.beside.append(cell_name(line, place))


def _too_many(cells: Sequence[str], width: int) -> str:
    said = f"there are more fields than columns: {len(cells)} and {width}"
    comma = any(left.isdecimal() and right.isdecimal() for left, right in pairwise(cells))
    return f'{said}; a number with a decimal comma must stand in quotes, as in "1,5"' if comma else said
