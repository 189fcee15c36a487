"""One student in a row, one question in a column, as teachers keep their marks."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.mark_tables.headers import check_twice, meaning
from app.mark_tables.names import match, match_questions, plain
from app.mark_tables.numbers import number
from app.mark_tables.sheet import SECOND, Given, HumanSheet
from app.mark_tables.table import Row, Table, refusal
from app.mark_tables.words import (
    ALIASES,
    ASIDE,
    FIRST_NAMES,
    HALF_NAMES,
    HUMAN,
    LAST_NAMES,
    MARK,
    MAXIMUM,
    NO_MARK,
    RUNNING_NUMBERS,
    SCRIPT,
)
from app.marks.formulas import unescaped

_SECOND = re.compile(r"(.*\S)\s*\(\s*2\s*\)")
# Gradebooks put a text around the name of a question: "Exam: 1a (Real)" in Moodle, "Exam: 1a (123456)" in Canvas.
_AROUND = re.compile(r"(?:.*:\s)?(.*?)(?:\s\((?:Real|\d{3,})\))?")
# A maximum in the header: 1a /3, 1a [3], 1a (max. 3), 1a (3 P.). A number in round brackets alone may be a human's.
_UNITS = r"(?:p|pt|pts|pkt|punkte?|points?|marks?|puntos?|punti|pontos?|punten|punkt(?:y|ów))"
_OF = r"(?:max\.?|maks\.?|out of|von|sur|de|di|su|van|z|/)"
_MAXIMUM = re.compile(
    r"(?P<name>.*\S)\s*(?:/\s*(?P<slash>[\d.,]+)"
    rf"|\[\s*(?:max\.?\s*)?(?P<square>[\d.,]+)\s*(?:{_UNITS}\.?)?\s*\]"
    rf"|\(\s*{_OF}\s*(?P<said>[\d.,]+)\s*(?:{_UNITS}\.?)?\s*\)"
    rf"|\(\s*(?P<unit>[\d.,]+)\s*{_UNITS}\.?\s*\))",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"(?P<name>.*\S)\s*\([\d.,]+\)")
_SMALLEST = frozenset(("min", "minimum", "mínimo", "minimo", "lowest"))


@dataclass(frozen=True, slots=True)
class Known:
    """The exam's questions by id, and its scripts, which may be none, before the file is read."""

    questions: Collection[str] = ()
    scripts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Column:
    """A question's column: `maximum` is what its header says."""

    place: int
    question_id: str
    human: int
    maximum: str | None = None


def read_wide(table: Table, human: int, sheet: HumanSheet, known: Known) -> None:
    """Add the content of the table to `sheet`. Raises TableRefusedError."""
    _Reading(table, human, sheet, known).read()


class _Reading:
    """One table on its way into `sheet`; `maxima` and `students` are its rows of each kind."""

    def __init__(self, table: Table, human: int, sheet: HumanSheet, known: Known) -> None:
        self._table = table
        self._human = human
        self._sheet = sheet
        self._known = known
        self._names = _Names(table, known.questions)
        self._maxima: list[Row] = []
        self._students: list[Row] = []

    def read(self) -> None:
        self._sort_rows()
        self._names.leave({place for row in self._maxima for place, cell in enumerate(row.cells) if cell})
        columns = list(self._columns())
        check_twice(self._table, {column.place for column in columns})
        way = self._names.telling(self._students, self._known.scripts)
        for row in self._students:
            self._take_student(row, self._names.of(row, way), columns)
        self._take_maxima(columns)
        if self._table.beside:
            self._sheet.aside.append(f"words beside the table in {', '.join(self._table.beside)}")

    def _sort_rows(self) -> None:
        rows = [(row, self._names.labels(row)) for row in self._table.rows if not self._is_repeated(row)]
        has_smallest = any(plain(label) in _SMALLEST for _, labels in rows for label in labels)
        for row, labels in rows:
            # Above the students, a row without a name holds the maxima.
            is_unnamed = not any(map(plain, labels))
            is_maximum = any(meaning(label) == MAXIMUM for label in labels) or (is_unnamed and not self._students)
            # Under the students, beside a smallest mark, it is the largest mark that was given.
            if is_maximum and not (self._students and has_smallest):
                self._maxima.append(row)
            elif is_maximum or self._is_aside(labels):
                self._sheet.aside.append(f"row {labels[0]}")
            else:
                self._students.append(row)

    def _is_repeated(self, row: Row) -> bool:
        """Whether the row repeats the names of the columns, as above each printed page."""
        return all(cell in {"", name} for cell, name in zip(row.cells, self._table.header, strict=True))

    def _is_aside(self, labels: Sequence[str]) -> bool:
        return any(plain(label) in ASIDE for label in labels) and not match(labels, self._known.scripts).found

    def _take_student(self, row: Row, script: str, columns: Sequence[_Column]) -> None:
        if not script:
            held = next((row.cells[column.place] for column in columns if row.cells[column.place]), None)
            if held is None:
                return
            message = f"the row names no student and holds {held[:40]!r}: name the student or delete the row"
            raise refusal(row.line, message)
        self._sheet.student_rows.append((self._human, script, self._table.name, row.line))
        for column in columns:
            place = column.place
            header, where = self._table.header[place], self._table.where(row.line, place)
            self._sheet.note(row, script, column.question_id)
            given = Given(row.line, header, script, column.question_id, column.human, row.cells[place], where)
            self._sheet.take(given)

    def _take_maxima(self, columns: Sequence[_Column]) -> None:
        for column in columns:
            if column.maximum is not None:
                self._sheet.take_maximum(self._table.line, column.question_id, column.maximum)
        for row in self._maxima:
            for column in columns:
                if row.cells[column.place]:
                    self._sheet.take_maximum(row.line, column.question_id, row.cells[column.place])

    def _columns(self) -> Iterator[_Column]:
        """The columns of questions; the others are noted in `sheet.aside`."""
        header, questions = self._table.header, self._known.questions
        bare = {
            place: _bare(name, questions)
            for place, name in enumerate(header)
            if name and place not in self._names.places
        }
        names = frozenset(bare.values())
        for place, name in bare.items():
            found = _known_column(place, name, self._human, names, questions)
            if found is not None:
                yield found
            elif self._is_asked(place, name):
                yield _Column(place, name, self._human)
            else:
                self._sheet.aside.append(f"column {name}")

    def _is_asked(self, place: int, name: str) -> bool:
        """Whether a column with an unknown name holds marks. A column of words only, such as remarks, holds none."""
        if plain(name) == "" or meaning(name) in {MAXIMUM, HUMAN, MARK}:
            return False
        cells = [cell for row in self._students if (cell := row.cells[place]).casefold() not in NO_MARK]
        has_maximum = any(row.cells[place] for row in self._maxima)
        if _is_aside(name) and not (has_maximum and plain(name) in RUNNING_NUMBERS):
            return False
        has_number = any(number(cell) is not None for cell in cells)
        is_empty_question = not cells and not self._known.questions and not self._maxima
        return has_maximum or has_number or is_empty_question


class _Names:
    """The columns that name a student: numbers, names, and first and last names, which together are one name."""

    def __init__(self, table: Table, questions: Collection[str]) -> None:
        order = ALIASES[SCRIPT]
        plains = [plain(name) for name in table.header]
        first = next((place for place, name in enumerate(plains) if name in FIRST_NAMES), None)
        last = next((place for place, name in enumerate(plains) if name in LAST_NAMES), None)
        half = next((place for place, name in enumerate(plains) if name in HALF_NAMES), None)
        if (first is None) != (last is None) and half is not None:
            first, last = (half if first is None else first), (half if last is None else last)
        whole = [place for place, name in enumerate(plains) if name in order]
        self._running = [
            place
            for place, name in enumerate(plains)
            if name in RUNNING_NUMBERS and not _is_question(table.header[place], questions)
        ]
        both_places = (place for place in (first, last) if place is not None)
        self.places: tuple[int, ...] = tuple({*whole, *both_places, *self._running})
        alone = sorted(
            (place for place in whole if place not in {first, last}), key=lambda one: order.index(plains[one])
        )
        both = () if first is None or last is None else ((first, last),)
        # The most exact first: numbers, then both names together, then one of two names, then the number of the row.
        self._ways: list[tuple[int, ...]] = [*((place,) for place in alone), *both]
        self._ways += [(place,) for place in self._running if self._ways]
        if not self._ways:
            self._ways = [(place,) for place in sorted(self.places)]

    def leave(self, places: Collection[int]) -> None:
        """Take the running numbers at `places` for questions: their columns have a maximum."""
        questions = {place for place in self._running if place in places}
        self.places = tuple(place for place in self.places if place not in questions)
        self._ways = [way for way in self._ways if not questions & {*way}]

    def labels(self, row: Row) -> list[str]:
        """The texts of the row that may name the student."""
        return [row.cells[place] for place in sorted(self.places) if row.cells[place]]

    def of(self, row: Row, way: int) -> str:
        return unescaped(" ".join(filter(None, (row.cells[place] for place in self._ways[way]))))

    def telling(self, rows: Sequence[Row], scripts: Collection[str]) -> int:
        """The way of naming by which most rows are known scripts; where none is, by which most rows have a name."""

        def good(way: int) -> tuple[int, int]:
            given = [name for row in rows if (name := self.of(row, way))]
            return len(match(given, scripts).found), len(given)

        return max(range(len(self._ways)), key=good)


def _known_column(
    place: int, name: str, human: int, plain_names: Collection[str], questions: Collection[str]
) -> _Column | None:
    """The column where its header tells that it is a question's; with a second human's mark, or with its maximum."""
    if _is_question(name, questions):
        return _Column(place, name, human)
    second = _SECOND.fullmatch(name)
    if second and (second[1] in plain_names or _is_question(second[1], questions)):
        return _Column(place, second[1], SECOND)
    said = _MAXIMUM.fullmatch(name)
    if said and (plain(said["name"]) not in ASIDE or plain(said["name"]) in RUNNING_NUMBERS):
        return _Column(place, said["name"], human, next(filter(None, _maximum_of(said.groupdict()))))
    return None


def _is_aside(name: str) -> bool:
    """Whether the name of a column is no question's, also with its maximum behind, as in `Note /20`."""
    said = _MAXIMUM.fullmatch(name) or _BRACKETED.fullmatch(name)
    return bool({plain(name), plain(said["name"] if said else name)} & ASIDE)


def _maximum_of(groups: Mapping[str, str | None]) -> Iterator[str | None]:
    return (groups[name] for name in ("slash", "square", "said", "unit"))


def _is_question(name: str, questions: Collection[str]) -> bool:
    return bool(match_questions([name], questions).found)


def _bare(header: str, questions: Collection[str]) -> str:
    """The question that a column is named after: as it stands, or without what a gradebook put around it."""
    name = unescaped(header)
    around = _AROUND.fullmatch(name)
    if around is None or around[1] == name or _is_question(name, questions):
        return name
    return around[1] if _is_question(around[1], questions) or plain(around[1]) in ASIDE else name
