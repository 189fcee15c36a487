"""The files that `secondmark grade` reads. Each raises CommandError naming the file and the place in it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Never, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.commands.errors import CommandError
from app.errors import UnprocessableError
from app.mark_tables.human_marks import HumanMarks, SettledMarks, read_human_marks, settle
from app.mark_tables.maxima import read_maxima
from app.mark_tables.reading import read_tables
from app.mark_tables.table import TableRefusedError
from app.schemas.base import Mark
from app.schemas.questions import QuestionConfig, QuestionSet
from app.strict_json import loads

TABLE_SUFFIXES = {".csv", ".tsv", ".txt", ".xlsx"}
_QUESTION_FIELDS = {*QuestionConfig.model_fields, "question_number", "max_mark"}
_MARK: TypeAdapter[float] = TypeAdapter(Mark)

Maxima = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """`questions` as the server takes them, and their maxima by question_id."""

    questions: list[dict[str, Any]]
    maxima: Maxima


def read_questions(file: Path) -> QuestionFile:
    questions = _read_json(file, list)
    for position, question in enumerate(questions, start=1):
        # The server ignores unknown fields; in a file they are typing errors.
        for name in question.keys() - _QUESTION_FIELDS if isinstance(question, dict) else ():
            raise CommandError(f"{file}: question {position}: there is no field {name!r}")
    try:
        checked = QuestionSet.model_validate({"questions": questions}).questions
    except ValidationError as error:
        problem = error.errors()[0]
        _refuse_questions(file, [str(part) for part in problem["loc"]], problem["msg"])
    except UnprocessableError as error:
        problem = error.details["errors"][0]
        _refuse_questions(file, problem["field"].split("."), problem["message"])
    return QuestionFile(questions, {question.question_id: question.max_marks for question in checked})


def _refuse_questions(file: Path, place: list[str], message: str) -> Never:
    """`place` is a path such as questions, 0, max_marks."""
    where = "".join([*(f" question {int(number) + 1}:" for number in place[1:2]), *(f" {name}:" for name in place[2:])])
    raise CommandError(f"{file}:{where} {message.removeprefix('Value error, ')}")


def read_marks_json(file: Path, maxima: Maxima) -> HumanMarks:
    """{question_id: mark} of one script."""
    marks = _read_json(file, dict)
    for question_id, mark in marks.items():
        problem = _problem_of(mark, question_id, maxima)
        if problem:
            raise CommandError(f"{file}: question {question_id}: {problem}")
    return HumanMarks(marks)


def read_marks_table(folder: Path, maxima: Maxima | None, scripts: Collection[str]) -> SettledMarks | None:
    """The marks of humans by script, from the folder's `marks.csv`, `.tsv`, `.txt` or `.xlsx`; else None.

    Without `maxima` the table itself says which questions there are.
    """
    file = _one_table(folder, "marks")
    return None if file is None else _settled(file, maxima, scripts)


def read_maxima_table(folder: Path) -> dict[str, float] | None:
    """The maxima by question_id of the folder's `maxima.csv`, `.tsv`, `.txt` or `.xlsx`; None where there is none."""
    file = _one_table(folder, "maxima")
    return None if file is None else _refused_in(file, lambda content: read_maxima(read_tables(content)))


def _one_table(folder: Path, name: str) -> Path | None:
    found = sorted(
        path for path in folder.iterdir() if path.stem.casefold() == name and path.suffix.lower() in TABLE_SUFFIXES
    )
    if len(found) > 1:
        raise CommandError(f"{folder}: {' and '.join(path.name for path in found)} both hold {name}; keep one")
    return found[0] if found else None


def _settled(file: Path, maxima: Maxima | None, scripts: Collection[str]) -> SettledMarks:
    def read(content: BinaryIO) -> SettledMarks:
        tables = read_tables(content, known_questions=maxima or ())
        sheet = read_human_marks(tables, maxima or (), scripts)
        return settle(sheet, maxima=maxima, scripts=scripts)

    return _refused_in(file, read)


T = TypeVar("T")


def _refused_in(file: Path, read: Callable[[BinaryIO], T]) -> T:
    """What `read` makes of the file. Raises CommandError with the file and the line of the first problem."""
    try:
        with file.open("rb") as content:
            return read(content)
    except TableRefusedError as refused:
        first, *others = refused.problems
        more = f" (and {len(others)} more)" if others else ""
        raise CommandError(f"{file}, line {first['line']}: {first['message']}{more}") from None
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None


def _problem_of(mark: object, question_id: str, maxima: Maxima) -> str | None:
    if question_id not in maxima:
        return "there is no such question"
    try:
        value = _MARK.validate_python(mark)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return f"{value:g} is above the maximum of {maxima[question_id]:g}" if value > maxima[question_id] else None


def _read_json(file: Path, kind: type) -> Any:
    try:
        content = loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: {error}") from None
    if not isinstance(content, kind):
        raise CommandError(f"{file}: must hold a JSON {'list' if kind is list else 'object'}")
    return content
