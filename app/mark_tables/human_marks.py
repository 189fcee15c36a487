"""What humans awarded: a table with one answer in a row, or one student in a row and one question in a column.

Reading has two steps. `read_human_marks` finds what stands where; `settle` says what it means for known questions and
scripts, and refuses the whole file where anything of it means nothing.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.mark_tables.headers import ALIASES as HEADER_ALIASES
from app.mark_tables.headers import (
    HUMAN,
    HUMAN_2,
    MARK,
    MAXIMUM,
    MODEL,
    QUESTION,
    SCRIPT,
    check_twice,
    is_wide,
    long_columns,
    plain,
)
from app.mark_tables.names import match
from app.mark_tables.numbers import number
from app.mark_tables.table import LONGEST_NAME, Problem, Row, Table, TableRefusedError, problem, refusal
from app.marks.formulas import unescaped

FIRST, SECOND = 0, 1
HUMANS = (HUMAN, HUMAN_2)

# An empty cell, and what gradebooks write into one.
_NO_MARK = ("", "-", "–")
_SECOND = re.compile(r"(.*\S)\s*\(\s*2\s*\)")
# What gradebooks put around the name of a question: "Exam: 1a (Real)" in Moodle, "Exam: 1a (123456)" in Canvas.
_AROUND = re.compile(r"(?:.*:\s)?(.*?)(?:\s\((?:Real|\d{3,})\))?")
_MAXIMA = {plain(name) for name in HEADER_ALIASES[MAXIMUM]}
# Columns and rows that people add to a table of marks, and that hold no mark of a question.
_ASIDE = frozenset(
    (
        *("total", "sum", "grade", "percent", "percentage", "rank", "comment", "comments", "remark", "remarks"),
        *("email", "e_mail", "class", "group", "first_name", "last_name", "surname", "summe", "gesamt", "gesamtpunkte"),
        *("klasse", "vorname", "nachname", "kommentar", "bemerkung", "prozent", "durchschnitt", "mittelwert"),
        *("average", "mean", "median", "note_finale", "moyenne", "prénom", "prenom", "classe", "média", "media"),
        *("promedio", "unmarked", "to_look_at", "section", "institution", "department", "email_address", "signature"),
        *("last_downloaded_from_this_course", "date", "datum", "room", "raum", "seat", "platz"),
    )
)


@dataclass(frozen=True, slots=True)
class Given:
    """One cell with a mark: where it stands, and whose mark of what it is."""

    line: int
    column: str
    script: str
    question_id: str
    human: int
    text: str


@dataclass(slots=True)
class HumanSheet:
    """What a file holds, as it is written. `maxima` are (question_id, text) with their lines; `aside` are headers."""

    given: list[Given] = field(default_factory=list)
    maxima: dict[str, tuple[int, str]] = field(default_factory=dict)
    # Scripts and questions in order, those without a single mark included.
    scripts: dict[str, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HumanMarks:
    """What one or two humans awarded one script, by question_id."""

    first: dict[str, float] = field(default_factory=dict)
    second: dict[str, float] = field(default_factory=dict)

    def of(self, human: int) -> dict[str, float]:
        return self.first if human == FIRST else self.second


@dataclass(frozen=True, slots=True)
class SettledMarks:
    """`scripts` are by known name. `notes` say in sentences what was forgiven or left aside."""

    maxima: Mapping[str, float]
    scripts: Mapping[str, HumanMarks]
    notes: Sequence[str]


def read_human_marks(tables: Sequence[Table], known_questions: Collection[str] = ()) -> HumanSheet:
    """The marks of a file's tables: the first, and one named `human_mark_2` with a second human's.

    `known_questions` tells a question's column from another one. Raises TableRefusedError.
    """
    if not tables:
        raise refusal(1, "the file holds nothing")
    sheet = HumanSheet()
    first, *others = tables
    _read(first, FIRST, sheet, known_questions)
    for table in others:
        if plain(table.name) == HUMAN_2:
            _read(table, SECOND, sheet, known_questions)
        else:
            sheet.aside.append(f"sheet {table.name}")
    return sheet


def _read(table: Table, human: int, sheet: HumanSheet, known_questions: Collection[str]) -> None:
    if is_wide(table):
        _read_wide(table, human, sheet, known_questions)
    else:
        _read_long(table, human, sheet)


def _read_long(table: Table, human: int, sheet: HumanSheet) -> None:
    known = [SCRIPT, QUESTION, HUMAN, HUMAN_2, MAXIMUM]
    if human == FIRST and not {HUMAN, HUMAN_2, MODEL} & {plain(name) for name in table.header}:
        # A table without models has no other mark than the human's.
        table = _renamed(table, MARK, HUMAN)
    columns = long_columns(table, (SCRIPT, QUESTION), known)
    humans = [(place, name) for place, name in enumerate(HUMANS) if name in columns.places]
    if not humans:
        raise refusal(table.line, f"missing columns: {HUMAN}")
    sheet.aside += columns.aside
    for row in table.rows:
        script = unescaped(columns.text(row.cells, SCRIPT))
        question_id = unescaped(columns.text(row.cells, QUESTION))
        if not script or not question_id:
            raise refusal(
                row.line, f"{SCRIPT if not script else QUESTION} is empty", SCRIPT if not script else QUESTION
            )
        _note(sheet, row, script, question_id)
        maximum = columns.text(row.cells, MAXIMUM)
        if maximum:
            _take_maximum(sheet, row.line, question_id, maximum)
        for place, name in humans:
            text = columns.text(row.cells, name)
            if text:
                sheet.given.append(Given(row.line, name, script, question_id, place or human, text))


def _renamed(table: Table, old: str, new: str) -> Table:
    header = [new if plain(name) == old else name for name in table.header]
    return Table(table.name, table.line, header, table.rows)


def _read_wide(table: Table, human: int, sheet: HumanSheet, known_questions: Collection[str]) -> None:
    check_twice(table)
    students = _student_places(table)
    columns = _question_columns(table, students, human, known_questions, sheet)
    maximum_rows = []
    for row in table.rows:
        names = [row.cells[place] for place in students]
        if any(plain(name) in _MAXIMA for name in names):
            maximum_rows.append(row)
            continue
        script = unescaped(names[0])
        if plain(script) in _ASIDE:
            sheet.aside.append(f"row {script}")
            continue
        if not script:
            raise refusal(row.line, f"{table.header[students[0]]} is empty", table.header[students[0]])
        for place, (question_id, whose) in columns.items():
            _note(sheet, row, script, question_id)
            if row.cells[place] not in _NO_MARK:
                column = table.header[place]
                sheet.given.append(Given(row.line, column, script, question_id, whose, row.cells[place]))
    for row in maximum_rows:
        for place, (question_id, _) in columns.items():
            if row.cells[place]:
                _take_maximum(sheet, row.line, question_id, row.cells[place])


def _student_places(table: Table) -> list[int]:
    """The columns that name a student, the most exact one first."""
    order = [plain(name) for name in HEADER_ALIASES[SCRIPT]]
    places = [place for place, name in enumerate(table.header) if plain(name) in order]
    return sorted(places, key=lambda place: order.index(plain(table.header[place])))


def _question_columns(
    table: Table, students: Sequence[int], human: int, known_questions: Collection[str], sheet: HumanSheet
) -> dict[int, tuple[str, int]]:
    """(question_id, human) by column."""
    headers = {place: name for place, name in enumerate(table.header) if name and place not in students}
    rest = {place: _bare(name, known_questions) for place, name in headers.items()}
    known = match(rest.values(), known_questions).found
    plain_names = set(rest.values())
    columns: dict[int, tuple[str, int]] = {}
    for place, name in rest.items():
        second = _SECOND.fullmatch(name)
        if name in known:
            columns[place] = (name, human)
        elif second and (second[1] in plain_names or second[1] in match([second[1]], known_questions).found):
            columns[place] = (second[1], SECOND)
        elif plain(name) in _ASIDE or plain(name) in _MAXIMA:
            sheet.aside.append(name)
        else:
            columns[place] = (name, human)
    return columns


def _bare(header: str, known_questions: Collection[str]) -> str:
    """The question that a column is named after: as it stands, or without what a gradebook put around it."""
    name = unescaped(header)
    around = _AROUND.fullmatch(name)
    if around is None or around[1] == name or match([name], known_questions).found:
        return name
    is_known = bool(match([around[1]], known_questions).found)
    return around[1] if is_known or plain(around[1]) in _ASIDE else name


def _note(sheet: HumanSheet, row: Row, script: str, question_id: str) -> None:
    sheet.scripts.setdefault(script, row.line)
    sheet.questions.setdefault(question_id, row.line)


def _take_maximum(sheet: HumanSheet, line: int, question_id: str, text: str) -> None:
    _, before = sheet.maxima.setdefault(question_id, (line, text))
    if number(before) != number(text):
        raise refusal(line, f"question {question_id} had another maximum before: {before}, here {text}", question_id)


def settle(
    sheet: HumanSheet, *, maxima: Mapping[str, float] | None = None, scripts: Collection[str] | None = None
) -> SettledMarks:
    """The marks under known names. `maxima` by question_id and `scripts` are what is known; None: the file says it.

    Raises TableRefusedError for a question or script that is not known, a mark that is none or is above the maximum,
    and two different marks of one human for one answer.
    """
    problems: list[Problem] = []
    own = _own_maxima(sheet, problems)
    known = own if maxima is None else maxima
    questions = match(sheet.questions, known)
    names = match(sheet.scripts, sheet.scripts if scripts is None else scripts)
    problems += _unknown(sheet, questions.strangers, names.strangers, is_own=maxima is None)
    problems += _other_maxima(sheet, own, known, questions.found)
    settled: dict[str, HumanMarks] = {}
    for name in names.found.values():
        settled.setdefault(name, HumanMarks())
    for one in sheet.given:
        if one.script in names.found and one.question_id in questions.found:
            question_id = questions.found[one.question_id]
            marks = settled[names.found[one.script]].of(one.human)
            said = _take(marks, question_id, one.text, known[question_id])
            if said:
                where = f"script {one.script}, question {one.question_id}, {HUMANS[one.human]}"
                problems.append(problem(one.line, f"{where}: {said}", one.column))
    if problems:
        raise TableRefusedError(sorted(problems, key=lambda found: int(found["line"])))
    left = [f"Left aside: {', '.join(dict.fromkeys(sheet.aside))}."] if sheet.aside else []
    return SettledMarks(known, settled, [*names.notes, *questions.notes, *left])


def _own_maxima(sheet: HumanSheet, problems: list[Problem]) -> dict[str, float]:
    own: dict[str, float] = {}
    for question_id, (line, text) in sheet.maxima.items():
        value = number(text)
        if value is None or value < 0 or round(value, 2) != value or len(question_id) > LONGEST_NAME:
            problems.append(problem(line, f"question {question_id}: the maximum {text!r} is no number", question_id))
        else:
            own[question_id] = value
    return own


def _unknown(
    sheet: HumanSheet, questions: Mapping[str, str], scripts: Mapping[str, str], *, is_own: bool
) -> Iterator[Problem]:
    for question_id, said in questions.items():
        first = next((one for one in sheet.given if one.question_id == question_id), None)
        if is_own:
            why = f"question {question_id} has no maximum: add a row named max"
        elif first is not None:
            near = said.removeprefix(question_id)
            why = (
                f"script {first.script}, question {question_id}, {HUMANS[first.human]}: there is no such question{near}"
            )
        else:
            why = f"there is no question {said}"
        yield problem(first.line if first else sheet.questions[question_id], why, question_id)
    for script, said in scripts.items():
        yield problem(sheet.scripts[script], f"there are no scans of {said}", SCRIPT)


def _other_maxima(
    sheet: HumanSheet, own: Mapping[str, float], known: Mapping[str, float], names: Mapping[str, str]
) -> Iterator[Problem]:
    for question_id, value in own.items():
        asked = known.get(names.get(question_id, ""))
        if asked is not None and asked != value:
            line = sheet.maxima[question_id][0]
            yield problem(line, f"question {question_id} has the maximum {value:g} here and {asked:g} in the questions")


def _take(into: dict[str, float], question_id: str, text: str, maximum: float) -> str | None:
    """Adds the mark; what is wrong with it."""
    mark = number(text)
    if mark is None:
        return f"{text[:40]!r} is no number"
    if mark < 0:
        return "must not be negative"
    if round(mark, 2) != mark:
        return "must have at most two decimals"
    if mark > maximum:
        return f"{mark:g} is above the maximum of {maximum:g}"
    if into.setdefault(question_id, mark) != mark:
        return f"{mark:g} here and {into[question_id]:g} before"
    return None
