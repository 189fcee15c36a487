"""What humans awarded: a table with one answer in a row, or one student in a row and one question in a column.

Reading has two steps. `read_human_marks` finds the marks; `settle` assigns them to known questions and
scripts, and refuses the whole file if it cannot assign one of them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.mark_tables.headers import is_wide, long_columns, meaning
from app.mark_tables.names import match, match_questions
from app.mark_tables.numbers import number, why_no_number
from app.mark_tables.sheet import FIRST, HUMANS, SECOND, Given, HumanSheet
from app.mark_tables.table import LONGEST_NAME, Problem, Table, TableRefusedError, problem, refusal
from app.mark_tables.wide import Known, read_wide
from app.mark_tables.words import HUMAN, HUMAN_2, MARK, MAXIMUM, MODEL, QUESTION, SCRIPT
from app.marks.formulas import unescaped


@dataclass(frozen=True, slots=True)
class HumanMarks:
    """What one or two humans awarded one script, by question_id."""

    first: dict[str, float] = field(default_factory=dict)
    second: dict[str, float] = field(default_factory=dict)

    def of(self, human: int) -> dict[str, float]:
        return self.first if human == FIRST else self.second


@dataclass(frozen=True, slots=True)
class SettledMarks:
    """`scripts` are by known name. `notes` are sentences on what was corrected or ignored."""

    maxima: Mapping[str, float]
    scripts: Mapping[str, HumanMarks]
    notes: Sequence[str]


def read_human_marks(
    tables: Sequence[Table], known_questions: Collection[str] = (), known_scripts: Collection[str] = ()
) -> HumanSheet:
    """The marks of a file's tables: of the first table that names students, of further tables with the same columns,
    and of a table named `human_mark_2` with a second human's marks. Known questions and scripts help to tell columns
    apart. Raises TableRefusedError.
    """
    if not tables:
        raise refusal(1, "the file holds nothing")
    sheet, known = HumanSheet(), Known(known_questions, known_scripts)
    seconds = [table for table in tables[1:] if meaning(table.name) == HUMAN_2]
    others = [table for table in tables if table not in seconds]
    first = next((table for table in others if is_wide(table) or _is_long(table)), others[0])
    _read(first, FIRST, sheet, known)
    for table in others:
        if table is first:
            continue
        if is_wide(table) and set(table.header) == set(first.header):
            # Another class of the same exam.
            _read(table, FIRST, sheet, known)
        else:
            sheet.aside.append(f"sheet {table.name}")
    for table in seconds:
        _read(table, SECOND, sheet, known)
    return sheet


def _is_long(table: Table) -> bool:
    return {SCRIPT, QUESTION} <= set(map(meaning, table.header))


def _read(table: Table, human: int, sheet: HumanSheet, known: Known) -> None:
    if is_wide(table):
        read_wide(table, human, sheet, known)
    else:
        _read_long(table, human, sheet)


def _read_long(table: Table, human: int, sheet: HumanSheet) -> None:
    known = [SCRIPT, QUESTION, HUMAN, HUMAN_2, MAXIMUM]
    if human == FIRST and not {HUMAN, HUMAN_2, MODEL} & set(map(meaning, table.header)):
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
        sheet.note(row, script, question_id)
        maximum = columns.text(row.cells, MAXIMUM)
        if maximum:
            sheet.take_maximum(row.line, question_id, maximum)
        for place, name in humans:
            where = table.where(row.line, columns.places[name])
            text = columns.text(row.cells, name)
            sheet.take(Given(row.line, name, script, question_id, place or human, text, where))


def _renamed(table: Table, old: str, new: str) -> Table:
    header = [new if meaning(name) == old else name for name in table.header]
    return Table(table.name, table.line, header, table.rows)


def settle(
    sheet: HumanSheet, *, maxima: Mapping[str, float] | None = None, scripts: Collection[str] | None = None
) -> SettledMarks:
    """The marks under known names. `maxima` (by question_id) and `scripts` are the known ones; None: the file names
    them.

    Raises TableRefusedError for an unknown question or script, a mark that is no number or is above the maximum, and
    two different marks of one human for one answer.
    """
    problems: list[Problem] = []
    own = own_maxima(sheet, problems)
    known = own if maxima is None else maxima
    questions = match_questions(sheet.questions, known)
    names = match(sheet.scripts, sheet.scripts if scripts is None else scripts)
    marked = {one.script for one in sheet.given}
    absent = [name for name in names.strangers if name not in marked]
    strangers = {name: said for name, said in names.strangers.items() if name in marked}
    problems += _unknown(sheet, questions.strangers, strangers, is_own=maxima is None)
    problems += _other_maxima(sheet, own, known, questions.found)
    problems += _twice(sheet, names.found)
    settled: dict[str, HumanMarks] = {}
    for name in names.found.values():
        settled.setdefault(name, HumanMarks())
    for one in sheet.given:
        if one.script in names.found and one.question_id in questions.found:
            question_id = questions.found[one.question_id]
            marks = settled[names.found[one.script]].of(one.human)
            said = _take(marks, question_id, one.text, known[question_id])
            if said:
                cell = f"cell {one.cell}, " if one.cell else ""
                where = f"{cell}script {one.script}, question {one.question_id}, {HUMANS[one.human]}"
                problems.append(problem(one.line, f"{where}: {said}", one.column))
    if problems:
        raise TableRefusedError(sorted(problems, key=lambda found: int(found["line"])))
    return SettledMarks(known, settled, [*names.notes, *questions.notes, *_said(sheet, absent)])


def _said(sheet: HumanSheet, absent: Sequence[str]) -> Iterator[str]:
    if absent:
        yield f"Without scans and without marks, left aside: {', '.join(absent)}."
    for text, n in sheet.no_mark.items():
        yield f"{text!r} counts as no mark ({n} {'cell' if n == 1 else 'cells'})."
    if sheet.aside:
        yield f"Left aside: {', '.join(dict.fromkeys(sheet.aside))}."


def _twice(sheet: HumanSheet, found: Mapping[str, str]) -> Iterator[Problem]:
    """A student with two rows of one human: their marks may be two students'."""
    rows: dict[tuple[int, str], tuple[str, int]] = {}
    for human, script, name, line in sheet.student_rows:
        before = rows.setdefault((human, found.get(script, script)), (name, line))
        if before != (name, line):
            where = f"lines {before[1]} and {line}" if before[0] == name else f"sheets {before[0]} and {name}"
            yield problem(line, f"student {script} is there twice, in {where}", SCRIPT)


def own_maxima(sheet: HumanSheet, problems: list[Problem]) -> dict[str, float]:
    """The maxima that the file names, as numbers. The faults of all others are added to `problems`."""
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
    """Add the mark, and give the problem if there is one."""
    mark = number(text)
    if mark is None:
        return why_no_number(text)
    if mark < 0:
        return "must not be negative"
    if round(mark, 2) != mark:
        return "must have at most two decimals"
    if mark > maximum:
        return f"{mark:g} is above the maximum of {maximum:g}"
    if into.setdefault(question_id, mark) != mark:
        return f"{mark:g} here and {into[question_id]:g} before"
    return None
