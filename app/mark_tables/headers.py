"""Finds the columns by their names in several languages. A misspelt name is refused, not ignored."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.mark_tables.names import bare_question, match_questions, plain
from app.mark_tables.numbers import number
from app.mark_tables.table import Cells, Table, TableRefusedError, problem, refusal
from app.mark_tables.words import ALIASES, FIRST_NAMES, LAST_NAMES, MAXIMUM, QUESTION, SCRIPT

# One letter too many, too few or wrong in a name of seven.
ALIKE = 0.85

_TURN = "; if each student has a column here, turn the table round, so that each has a row"
# Columns of our own exports beside the marks.
OWN_EXPORT = frozenset(
    ("exam", "session", "final_mark", "reviewer", "reviewed_at", "attempt_cost_usd", "attempt_latency_ms", "input_hash")
)
_MEANT = {alias: name for name, aliases in ALIASES.items() for alias in aliases}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each known column stands. `aside` are the headers of columns that nothing reads."""

    places: Mapping[str, int]
    aside: tuple[str, ...]

    def text(self, cells: Sequence[str], name: str) -> str:
        place = self.places.get(name)
        return "" if place is None else cells[place]


def header_row(rows: Sequence[Cells], known_questions: Collection[str] = ()) -> tuple[int, Cells] | None:
    """Which of a table's first rows names the columns, and its names: the fullest row that names a student's column,
    else the first row that holds `known_questions`, else the row above the maxima. Titles above it are skipped. If no
    row names a student's column, the first column gets the name `student`.
    """
    naming = [at for at, cells in enumerate(rows) if len(_filled(cells)) > 1 and any(map(_names_student, cells))]
    if naming:
        at = max(naming, key=lambda row: len(_filled(rows[row])))
        return _of_two_rows(rows, at, known_questions) or (at, rows[at])
    asking = _asking(rows, known_questions)
    if asking is not None:
        return asking, _with_student(rows[asking], known_questions)
    for at, cells in enumerate(rows[1:]):
        if meaning(cells[0]) == MAXIMUM and len(_filled(rows[at])) > 1 and meaning(rows[at][0]) is None:
            return at, _with_student(rows[at], ())
    return None


def _of_two_rows(rows: Sequence[Cells], at: int, known_questions: Collection[str]) -> tuple[int, Cells] | None:
    """A header whose second row names the parts of questions, such as Question 1 over a and b, or over 1.1 and 1.2."""
    upper, lower = rows[at], rows[at + 1] if at + 1 < len(rows) else ()
    parts = {place: name for place, name in enumerate(lower) if name}
    over_nothing = [place for place in parts if place >= len(upper) or not upper[place]]
    of_students = any(place < len(upper) and _names_student(upper[place]) for place in parts)
    if not over_nothing or of_students:
        return None
    above = _groups(upper, max(len(upper), len(lower)))
    are_known = _are_known(list(parts.values()), known_questions)
    has_maxima = at + 2 < len(rows) and any(meaning(cell) == MAXIMUM for cell in rows[at + 2])
    # Numbers may be the maxima, or the marks of somebody without a name.
    if not (are_known or has_maxima) and not all(
        _holds_group(name, above[place]) for place, name in parts.items() if number(name) is not None
    ):
        return None
    own = [upper[place] if place < len(upper) else "" for place in range(len(above))]
    names = {place: name if are_known else _with_part(above[place], name) for place, name in parts.items()}
    return at + 1, [names.get(place, own[place]) for place in range(len(above))]


def _groups(upper: Cells, width: int) -> list[str]:
    """For each column the nearest name to the left in the upper row: the name of its question."""
    groups: list[str] = []
    for place in range(width):
        own = upper[place] if place < len(upper) else ""
        groups.append(own or (groups[-1] if groups else ""))
    return groups


def _with_part(group: str, name: str) -> str:
    """The id of a part: a under Question 1 becomes Question 1 a, 2 becomes Question 1.2; 1a and 1.2 stay."""
    if _holds_group(name, group):
        return name
    between = "." if group[-1:].isdecimal() and number(name) is not None else " "
    return f"{group}{between}{name}"


def _holds_group(name: str, group: str) -> bool:
    """Whether the id of a part begins with its question's, as 1a, 1.1 and 1 (i) do under Question 1."""
    whole = bare_question(group)
    return bool(whole) and re.match(rf"{re.escape(whole)}([.,]\d|[\W_]*[^\W\d])", name.casefold()) is not None


def _are_known(parts: Sequence[str], known_questions: Collection[str]) -> bool:
    return len(set(match_questions(parts, known_questions).found.values())) == len(parts) > 0


def _asking(rows: Sequence[Cells], known_questions: Collection[str]) -> int | None:
    """The row that names questions. Marks may look like ids: the row must be longer than the titles above it."""
    for at, cells in enumerate(rows):
        found = len(match_questions(_filled(cells), known_questions).found)
        is_longest = all(len(_filled(before)) < len(_filled(cells)) for before in rows[:at])
        if is_longest and found >= min(len(known_questions), 2) > 0:
            return at
    return None


def meaning(header: str) -> str | None:
    """The meaning of a column or row of this name; None for an unknown name."""
    return _MEANT.get(plain(header))


def _filled(cells: Cells) -> list[str]:
    return [cell for cell in cells if cell]


def _names_student(cell: str) -> bool:
    return meaning(cell) == SCRIPT or plain(cell) in FIRST_NAMES | LAST_NAMES


def _with_student(cells: Cells, known_questions: Collection[str]) -> Cells:
    """The names with `student` for the first one, unless that is a question's."""
    first, *others = cells
    return cells if match_questions([first], known_questions).found else ["student", *others]


def is_wide(table: Table) -> bool:
    """Whether each row is a student: one column names scripts, and none names questions."""
    return any(map(_names_student, table.header)) and QUESTION not in map(meaning, table.header)


def check_twice(table: Table, places: Collection[int] | None = None) -> None:
    """Raises TableRefusedError if one of the columns at `places` stands there twice: it is unclear which counts."""
    seen: set[str] = set()
    for place, name in enumerate(table.header):
        if not plain(name) or (places is not None and place not in places):
            continue
        if plain(name) in seen:
            raise refusal(table.line, f"column {name} is there twice", name)
        seen.add(plain(name))


def long_columns(table: Table, needed: Collection[str], known: Collection[str]) -> Columns:
    """The columns of a table with one answer in a row.

    Raises TableRefusedError for columns that are missing, that occur twice, or whose names are nearly a known name.
    """
    check_twice(table)
    places: dict[str, int] = {}
    aside: list[str] = []
    unknown: list[str] = []
    for name, places_of in _by_meaning(table, known).items():
        places[name] = _one(table, name, places_of)
    for place, header in enumerate(table.header):
        if header and place not in places.values() and _MEANT.get(plain(header)) != SCRIPT:
            if plain(header) in _MEANT:
                aside.append(header)
            elif plain(header) not in OWN_EXPORT:
                unknown.append(header)
    _check_slips(table, unknown, known)
    missing = [name for name in needed if name not in places]
    if missing:
        hint = _hint(table) if len(missing) == len(needed) else _TURN if missing == [SCRIPT] else ""
        raise refusal(table.line, f"missing columns: {', '.join(missing)}{hint}")
    return Columns(places, (*aside, *unknown))


def _by_meaning(table: Table, known: Collection[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, header in enumerate(table.header):
        meant = _MEANT.get(plain(header))
        if meant in known and meant is not None:
            found.setdefault(meant, []).append(place)
    return found


def _one(table: Table, name: str, places: Sequence[int]) -> int:
    """The one column of a meaning; of a student's several names the most exact one."""
    if len(places) > 1 and name != SCRIPT:
        headers = " and ".join(table.header[place] for place in places)
        raise refusal(table.line, f"columns {headers} both mean {name}; remove one of them", headers)
    return min(places, key=lambda place: ALIASES[name].index(plain(table.header[place])))


def _check_slips(table: Table, unknown: Sequence[str], known: Collection[str]) -> None:
    problems = []
    for header in unknown:
        names = {name.replace("_", ""): name for name in known}
        near = get_close_matches(plain(header).replace("_", ""), names, n=1, cutoff=ALIKE)
        if near:
            message = f"there is no column {header}; is {names[near[0]]} meant?"
            problems.append(problem(table.line, message, header))
    if problems:
        raise TableRefusedError(problems)


def _hint(table: Table) -> str:
    return f"; a row must name the columns, and line {table.line} holds {', '.join(table.header)[:100]}"
