"""Reading marks that were obtained elsewhere: one CSV line per (script, question, model, try). Pure.

Columns: script, question_id, max_marks, human_mark, human_mark_2 (optional), model_name, try_index, mark, status
(optional); others are ignored. A model's mark that is unreadable or outside 0 to the maximum is kept as *invalid*, an
empty one as *missing* unless its status says invalid, as our own export does.
A line without model_name gives only the human's marks. Anything else that is wrong refuses the whole file.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

COLUMNS = ("script", "question_id", "max_marks", "human_mark", "model_name", "try_index", "mark")
HUMANS = ("human_mark", "human_mark_2")
# numeric(10,2) ends here; so do int columns, far above any number of tries.
LARGEST_MARK = 10**8
MOST_TRIES = 1000
MOST_ERRORS = 50
LONGEST_NAME = 200
MISSING, INVALID, NOT_ASKED = "", "x", "-"


class ImportRefusedError(Exception):
    """`problems` are {line, message}, the first `MOST_ERRORS` of them."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__(f"line {problems[0]['line']}: {problems[0]['message']}")
        self.problems = problems


@dataclass(slots=True)
class ImportedScript:
    """One script's marks. `attempts` maps (model, try) to a field per question: a mark, MISSING or INVALID."""

    humans: dict[str, dict[str, float]] = field(default_factory=lambda: {name: {} for name in HUMANS})
    attempts: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)


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

    @property
    def models(self) -> list[str]:
        return list(dict.fromkeys(model for script in self.scripts.values() for model, _ in script.attempts))

    def questions(self) -> list[dict[str, Any]]:
        """As the store takes them."""
        return [
            {"question_id": question_id, "number": number, "max_marks": maximum}
            for number, (question_id, maximum) in enumerate(self.maxima.items(), start=1)
        ]

    def script_rows(self) -> list[dict[str, Any]]:
        """As the store takes them: the fields of an attempt in the order of the questions."""
        return [
            {
                "session_id": str(uuid4()),
                "name": name,
                "human": script.humans["human_mark"],
                "human_2": script.humans["human_mark_2"],
                "attempts": [
                    [model, try_index, ",".join(fields.get(question_id, NOT_ASKED) for question_id in self.maxima)]
                    for (model, try_index), fields in script.attempts.items()
                ],
            }
            for name, script in self.scripts.items()
        ]


def read_marks(lines: Iterable[str]) -> ImportedMarks:
    """The marks of a CSV file. Raises ImportRefusedError with line numbers; then nothing of it may be used."""
    reader = csv.DictReader(lines)
    marks = ImportedMarks()
    problems: list[dict[str, Any]] = []
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            hint = "; the columns must be separated by commas" if len(missing) == len(COLUMNS) else ""
            raise ImportRefusedError([{"line": 1, "message": f"missing columns: {', '.join(missing)}{hint}"}])
        for row in reader:
            n_invalid = marks.invalid
            problems.extend({"line": reader.line_num, "message": message} for message in _take(marks, row))
            if marks.invalid > n_invalid and len(marks.invalid_lines) < MOST_ERRORS:
                marks.invalid_lines.append(reader.line_num)
            if len(problems) >= MOST_ERRORS:
                break
    except csv.Error as error:
        problems.append({"line": reader.line_num, "message": str(error)})
    if not problems and not marks.rows:
        problems.append({"line": 2, "message": "the file holds no marks"})
    if problems:
        raise ImportRefusedError(problems[:MOST_ERRORS])
    return marks


def _take(marks: ImportedMarks, row: Mapping[str, str | None]) -> Iterator[str]:
    """Add one line; what is wrong with it, which is nothing for a good one."""
    if any("\0" in (value or "") for value in row.values() if not isinstance(value, list)):
        yield "a NUL character cannot be stored"
        return
    if None in row.values():
        yield "there are fewer fields than columns"
        return
    script_name, question_id = _text(row, "script"), _text(row, "question_id")
    maximum = _number(_text(row, "max_marks"))
    if not script_name or not question_id or max(len(script_name), len(question_id)) > LONGEST_NAME:
        yield f"script and question_id must have 1 to {LONGEST_NAME} characters"
        return
    if maximum is None or not 0 <= maximum < LARGEST_MARK or round(maximum, 2) != maximum:
        yield "max_marks must be a number from 0, with at most two decimals"
        return
    if marks.maxima.setdefault(question_id, maximum) != maximum:
        yield f"question {question_id} had another max_marks before"
        return
    script = marks.scripts.setdefault(script_name, ImportedScript())
    yield from _take_humans(script, row, question_id, maximum)
    yield from _take_mark(marks, script, row, question_id, maximum)
    marks.rows += 1


def _take_humans(
    script: ImportedScript, row: Mapping[str, str | None], question_id: str, maximum: float
) -> Iterator[str]:
    for name in HUMANS:
        text = _text(row, name)
        if not text:
            continue
        mark = _mark(text, maximum)
        if mark is None:
            yield f"{name} must be a number from 0 to {maximum:g}"
        elif script.humans[name].setdefault(question_id, mark) != mark:
            yield f"{name} of this answer was another before"


def _take_mark(
    marks: ImportedMarks, script: ImportedScript, row: Mapping[str, str | None], question_id: str, maximum: float
) -> Iterator[str]:
    model = _text(row, "model_name")
    if not model:
        return
    try_index = _text(row, "try_index")
    if (
        not (try_index.isascii() and try_index.isdecimal())
        or not 1 <= int(try_index[:9]) <= MOST_TRIES
        or len(model) > LONGEST_NAME
    ):
        yield f"try_index must be a whole number from 1 to {MOST_TRIES}, model_name at most {LONGEST_NAME} characters"
        return
    given = _field(_text(row, "mark"), _text(row, "status"), maximum)
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
    value = _number(text)
    return None if value is None or not 0 <= value <= maximum else round(value, 2)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    # float() takes "1_0", "nan" and other scripts' digits too; none is a mark that somebody wrote.
    return value if math.isfinite(value) and "_" not in text and text.isascii() else None


def _text(row: Mapping[str, str | None], name: str) -> str:
    return (row.get(name) or "").strip()
