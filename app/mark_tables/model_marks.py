"""Marks from elsewhere: one row for each (script, question, model, try). Pure.

A model's mark that is unreadable or outside 0 to the maximum is kept as *invalid*, an empty one as *missing* unless its
status says invalid, as our own export does. A row without a model gives only the humans' marks. Anything else that is
wrong refuses the whole file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.mark_tables.headers import Columns, long_columns
from app.mark_tables.names import folded
from app.mark_tables.numbers import number
from app.mark_tables.table import LONGEST_NAME, MOST_ERRORS, Problem, Row, Table, TableRefusedError, problem
from app.mark_tables.words import GROUP, HUMAN, HUMAN_2, MARK, MAXIMUM, MODEL, QUESTION, SCRIPT, STATUS, TRY
from app.marks.formulas import unescaped
from app.marks.reasons import Reason

NEEDED = (SCRIPT, QUESTION, MAXIMUM, HUMAN, MODEL, TRY, MARK)
KNOWN = (*NEEDED, HUMAN_2, STATUS, GROUP)
HUMANS = (HUMAN, HUMAN_2)
# numeric(10,2) ends here; so do int columns, far above any number of tries.
LARGEST_MARK = 10**8
MOST_TRIES = 1000
MISSING, INVALID, NOT_ASKED = "", "x", "-"
# Stored with each imported answer that has no mark.
UNMARKED = {
    MISSING: (Reason.MISSING, "The imported file holds no mark."),
    INVALID: (Reason.OUT_OF_RANGE, "The imported mark is unreadable or out of range."),
}


@dataclass(slots=True)
class ImportedScript:
    """One script's marks. `attempts` maps (model, try) to a field per question: a mark, MISSING or INVALID."""

    humans: dict[str, dict[str, float]] = field(default_factory=lambda: {name: {} for name in HUMANS})
    attempts: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    group: str | None = None


@dataclass(slots=True)
class ImportedMarks:
    """A whole file. `maxima` are by question id, in order of first appearance."""

    maxima: dict[str, float] = field(default_factory=dict)
    scripts: dict[str, ImportedScript] = field(default_factory=dict)
    rows: int = 0
    invalid: int = 0
    missing: int = 0
    # The first `MOST_ERRORS` lines whose mark is invalid.
    invalid_lines: list[int] = field(default_factory=list)
    # Sentences on what was corrected or ignored.
    notes: list[str] = field(default_factory=list)

    @property
    def models(self) -> list[str]:
        return list(dict.fromkeys(model for script in self.scripts.values() for model, _ in script.attempts))

    def questions(self) -> list[dict[str, Any]]:
        """As the store takes them."""
        return [
            {"question_id": question_id, "number": number, "max_marks": maximum}
            for number, (question_id, maximum) in enumerate(self.maxima.items(), start=1)
        ]


@dataclass(frozen=True, slots=True)
class ScriptRows:
    """The scripts as the store takes them, made one at a time while they are read: a large file has a million marks."""

    marks: ImportedMarks

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for name, script in self.marks.scripts.items():
            yield {
                "session_id": str(uuid4()),
                "name": name,
                "human": script.humans["human_mark"],
                "human_2": script.humans["human_mark_2"],
                "group": script.group,
                "attempts": [
                    [model, try_index, self._line(fields)] for (model, try_index), fields in script.attempts.items()
                ],
            }

    def _line(self, fields: Mapping[str, str]) -> str:
        """The fields of an attempt in the order of the questions."""
        return ",".join(fields.get(question_id, NOT_ASKED) for question_id in self.marks.maxima)


@dataclass(slots=True)
class _Reading:
    """The marks so far, and under which spelling each name came first: names that look the same are the same.

    `taken`: the name of each text of a column that was read. A file of 900,000 lines repeats a few thousand.
    """

    columns: Columns
    marks: ImportedMarks = field(default_factory=ImportedMarks)
    spelled: dict[str, str] = field(default_factory=dict)
    taken: dict[tuple[str, str], str] = field(default_factory=dict)

    def text(self, row: Row, name: str) -> str:
        return self.columns.text(row.cells, name)

    def name(self, row: Row, column: str) -> str:
        text = self.text(row, column)
        if (known := self.taken.get((column, text))) is not None:
            return known
        name = unescaped(text)
        return self.taken.setdefault((column, text), self.spelled.setdefault(f"{column} {folded(name)}", name))


def read_model_marks(table: Table) -> ImportedMarks:
    """The marks of a table. Raises TableRefusedError with line numbers; then nothing of it may be used."""
    reading = _Reading(long_columns(table, NEEDED, KNOWN))
    marks = reading.marks
    if reading.columns.aside:
        marks.notes.append(f"Left aside: {', '.join(reading.columns.aside)}.")
    problems: list[Problem] = []
    try:
        for row in table.rows:
            n_invalid = marks.invalid
            problems.extend(problem(row.line, message) for message in _take(reading, row))
            if marks.invalid > n_invalid and len(marks.invalid_lines) < MOST_ERRORS:
                marks.invalid_lines.append(row.line)
            if len(problems) >= MOST_ERRORS:
                break
    except TableRefusedError as refused:
        problems.extend(refused.problems)
    if not problems and not marks.rows:
        problems.append(problem(table.line + 1, "the file holds no marks"))
    if problems:
        raise TableRefusedError(problems)
    return marks


def _take(reading: _Reading, row: Row) -> Iterator[str]:
    """Add one row; what is wrong with it, which is nothing for a good one."""
    if "\0" in "".join(row.cells):
        yield "a NUL character cannot be stored"
        return
    marks = reading.marks
    script_name, question_id = reading.name(row, SCRIPT), reading.name(row, QUESTION)
    maximum = number(reading.text(row, MAXIMUM))
    if not script_name or not question_id or max(len(script_name), len(question_id)) > LONGEST_NAME:
        yield f"script and question_id must have 1 to {LONGEST_NAME} characters"
        return
    if maximum is None or not 0 <= maximum < LARGEST_MARK or round(maximum, 2) != maximum:
        yield f"max_marks must be a number from 0, with at most two decimals, not {reading.text(row, MAXIMUM)[:40]!r}"
        return
    if marks.maxima.setdefault(question_id, maximum) != maximum:
        yield f"question {question_id} had another max_marks before: {marks.maxima[question_id]:g}, here {maximum:g}"
        return
    script = marks.scripts.setdefault(script_name, ImportedScript())
    yield from _take_group(reading, script, row)
    yield from _take_humans(reading, script, row, question_id, maximum)
    yield from _take_mark(reading, script, row, question_id, maximum)
    marks.rows += 1


def _take_group(reading: _Reading, script: ImportedScript, row: Row) -> Iterator[str]:
    group = reading.name(row, GROUP)
    if not group:
        return
    if len(group) > LONGEST_NAME:
        yield f"group must have at most {LONGEST_NAME} characters"
    elif script.group not in {None, group}:
        yield f"the script had another group before: {script.group}, here {group}"
    else:
        script.group = group


def _take_humans(
    reading: _Reading, script: ImportedScript, row: Row, question_id: str, maximum: float
) -> Iterator[str]:
    for name in HUMANS:
        text = reading.text(row, name)
        if not text:
            continue
        mark = _mark(text, maximum)
        if mark is None:
            yield f"{name} must be a number from 0 to {maximum:g}, not {text[:40]!r}"
        elif script.humans[name].setdefault(question_id, mark) != mark:
            yield f"{name} of this answer was another before: {script.humans[name][question_id]:g}, here {mark:g}"


def _take_mark(reading: _Reading, script: ImportedScript, row: Row, question_id: str, maximum: float) -> Iterator[str]:
    marks, model = reading.marks, unescaped(reading.text(row, MODEL))
    if not model:
        return
    try_index = reading.text(row, TRY)
    if (
        not (try_index.isascii() and try_index.isdecimal())
        or not 1 <= int(try_index[:9]) <= MOST_TRIES
        or len(model) > LONGEST_NAME
    ):
        yield f"try_index must be a whole number from 1 to {MOST_TRIES}, model_name at most {LONGEST_NAME} characters"
        return
    given = _field(reading.text(row, MARK), reading.text(row, STATUS), maximum)
    fields = script.attempts.setdefault((model, int(try_index)), {})
    if question_id not in fields:
        fields[question_id] = given
        marks.invalid += given == INVALID
        marks.missing += given == MISSING
    elif fields[question_id] != given:
        yield "there is another mark for this script, question, model and try"


def _field(text: str, status: str, maximum: float) -> str:
    if not text:
        return INVALID if status == "invalid" else MISSING
    mark = _mark(text, maximum)
    return INVALID if mark is None else f"{mark:.10g}"


def _mark(text: str, maximum: float) -> float | None:
    """Two decimals, as marks are stored; the range holds for what was written. None for what is no mark."""
    value = number(text)
    return None if value is None or not 0 <= value <= maximum else round(value, 2)
