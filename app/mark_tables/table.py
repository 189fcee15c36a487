"""A table as text cells, whatever file it came from, and the refusal of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# More problems than these help nobody.
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
    """`name` is the sheet's; empty for a CSV file. `rows` come once, without the empty ones.

    Reading the rows raises TableRefusedError for one that has more or fewer cells than the header.
    """

    name: str
    line: int
    header: Sequence[str]
    rows: Iterator[Row]


def table_of(name: str, lines: Iterator[tuple[int, Sequence[str]]]) -> Table | None:
    """The table whose header is the first of `lines` that is not empty; None where all are."""
    for line, cells in lines:
        header = [cell.strip() for cell in cells]
        while header and not header[-1]:
            header.pop()
        if header:
            return Table(name, line, header, _rows(header, lines))
    return None


def _rows(header: Sequence[str], lines: Iterator[tuple[int, Sequence[str]]]) -> Iterator[Row]:
    width = len(header)
    for line, raw in lines:
        cells = [cell.strip() for cell in raw]
        if not any(cells):
            continue
        if len(cells) > width:
            # Spreadsheets end rows with empty cells, and those mean nothing.
            beyond = [cell for cell in cells[width:] if cell]
            if beyond:
                raise refusal(line, _too_many(cells, width))
            del cells[width:]
        if len(cells) < width:
            raise refusal(line, f"there are fewer fields than columns: {len(cells)} and {width}")
        for place, name in enumerate(header):
            if not name and cells[place]:
                raise refusal(line, f"column {place + 1} has no name in the header and holds {cells[place][:40]!r}")
        yield Row(line, cells)


def _too_many(cells: Sequence[str], width: int) -> str:
    said = f"there are more fields than columns: {len(cells)} and {width}"
    comma = any(left.isdecimal() and right.isdecimal() for left, right in pairwise(cells))
    return f'{said}; a number with a decimal comma must stand in quotes, as in "1,5"' if comma else said
