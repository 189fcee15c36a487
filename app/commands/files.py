"""The files that `secondmark grade` reads. Each raises CommandError naming the file and the place in it."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Never

from pydantic import TypeAdapter, ValidationError

from app.commands.errors import CommandError
from app.errors import UnprocessableError
from app.schemas.base import Mark
from app.schemas.questions import QuestionConfig, QuestionSet

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
# What scanners and phones write too.
UNREADABLE_SCANS = {".pdf", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif"}
HUMANS = ("human_mark", "human_mark_2")
_QUESTION_FIELDS = {*QuestionConfig.model_fields, "question_number", "max_mark"}
_MARK: TypeAdapter[float] = TypeAdapter(Mark)

Maxima = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class HumanMarks:
    """What one or two humans awarded one script, by question_id."""

    first: dict[str, float] = field(default_factory=dict)
    second: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """`questions` as the server takes them, and their maxima by question_id."""

    questions: list[dict[str, Any]]
    maxima: Maxima


def read_images(folder: Path) -> tuple[Path, ...]:
    """A folder's images, `page-2` before `page-10`. A PDF is refused: a page left out would cost marks."""
    files = [path for path in folder.glob("*") if not path.name.startswith(".")]
    for path in files:
        if path.suffix.lower() in UNREADABLE_SCANS:
            raise CommandError(f"{path}: pages must be png, jpeg, webp or gif images")
    found = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    if folder.is_dir() and not found:
        raise CommandError(f"{folder}: holds no scans")
    return tuple(sorted(found, key=lambda path: (len(path.stem), path.stem)))


def read_questions(file: Path) -> QuestionFile:
    questions = _read_json(file, list)
    for position, question in enumerate(questions, start=1):
        # The server takes no notice of fields that it does not know; in a file they are slips of the pen.
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


def read_marks_csv(file: Path, maxima: Maxima) -> dict[str, HumanMarks]:
    """By script: columns script, question_id, human_mark and, where a second human marked, human_mark_2."""
    marks: dict[str, HumanMarks] = {}
    if not file.is_file():
        return marks
    for line, row in _rows(file):
        try:
            script, question_id = row["script"].strip(), row["question_id"].strip()
            given = row["human_mark"].strip(), (row.get("human_mark_2") or "").strip()
        except (KeyError, AttributeError):
            raise CommandError(
                f"{file}, line {line}: script, question_id and human_mark are needed, with commas between them"
            ) from None
        known = marks.setdefault(script, HumanMarks())
        for name, into, text in zip(HUMANS, (known.first, known.second), given, strict=True):
            problem = _take(into, question_id, text, maxima)
            if problem:
                raise CommandError(f"{file}, line {line}: script {script}, question {question_id}, {name}: {problem}")
    return marks


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            for row in reader:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file}: is no CSV in UTF-8 ({error})") from None


def _take(into: dict[str, float], question_id: str, text: str, maxima: Maxima) -> str | None:
    """Adds the mark unless the text is empty; what is wrong with it."""
    if not text:
        return None
    try:
        mark = float(text)
    except ValueError:
        return f"{text!r} is no number"
    problem = _problem_of(mark, question_id, maxima)
    if problem is None and into.setdefault(question_id, mark) != mark:
        return f"{mark:g} here and {into[question_id]:g} before"
    return problem


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
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: {error}") from None
    if not isinstance(content, kind):
        raise CommandError(f"{file}: must hold a JSON {'list' if kind is list else 'object'}")
    return content
