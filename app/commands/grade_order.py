"""The order of `secondmark grade`, read from its arguments and files."""

import argparse
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from app.commands.errors import CommandError
from app.commands.files import (
    TABLE_SUFFIXES,
    read_marks_json,
    read_marks_table,
    read_maxima_table,
    read_questions,
)
from app.commands.scans import scans_of
from app.mark_tables.human_marks import HumanMarks, SettledMarks
from app.schemas.grade import MOST_EXAMPLES, MOST_TRIES, TriesUntil
from app.setting_types import MODEL_NAME

KEY_FOLDER, RUBRIC_FOLDER = "answer-key", "rubric"
# A misnamed answer key would be marked as a script, and the scripts would be marked without a key.
_LIKE = {
    **dict.fromkeys(("answerkey", "answerkeys", "answers", "key", "keys", "solution", "solutions"), KEY_FOLDER),
    **dict.fromkeys(("rubric", "rubrics", "gradingrubric", "markscheme", "markingscheme"), RUBRIC_FOLDER),
}


@dataclass(frozen=True, slots=True)
class Script:
    """One student's pages, in order, and what one or two humans awarded."""

    name: str
    pages: tuple[Path, ...]
    human_marks: dict[str, float]
    human_marks_2: dict[str, float]


@dataclass(frozen=True, slots=True)
class GradeOrder:
    """Scripts to mark under one set of questions. `exam` names them together; None for a script on its own."""

    exam: str | None
    scripts: tuple[Script, ...]
    answer_key: tuple[Path, ...]
    rubric: tuple[Path, ...]
    questions: list[dict[str, Any]]
    models: tuple[str, ...]
    tries: int | TriesUntil
    # none, question or page.
    split: str = "none"
    # How many scripts of the exam each model sees as worked examples.
    examples: int = 0
    # Of an exam's folder: where it is, which files are not used, and which slips were accepted.
    folder: Path | None = None
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """Every scan, those of all scripts together included once."""
        return (*self.answer_key, *self.rubric, *(page for script in self.scripts for page in script.pages))

    @classmethod
    def read(cls, options: argparse.Namespace) -> Self:
        """The order that the command line describes. Raises CommandError naming the file that cannot be used."""
        models = _models(options)
        if options.exam is not None:
            beside = (options.images, options.questions, options.answer_key, options.rubric, options.human_marks)
            if any(beside):
                raise CommandError("--exam DIR holds everything; give no IMAGES, --questions or other files beside it")
            order = cls.of_folder(options.exam, models, _tries(options.tries), options.name)
            return replace(order, examples=options.examples, split=options.split)
        if not options.images or options.questions is None:
            raise CommandError("give IMAGES and --questions, or --exam DIR")
        for file in (*options.images, *options.answer_key, *options.rubric):
            if not file.is_file():
                raise CommandError(f"{file}: there is no such file")
        asked = read_questions(options.questions)
        human = read_marks_json(options.human_marks, asked.maxima) if options.human_marks else HumanMarks()
        name, pages = options.name or options.images[0].stem, tuple(options.images)
        script = Script(name, pages, human.first, human.second)
        key, rubric = tuple(options.answer_key), tuple(options.rubric)
        tries = _tries(options.tries)
        return cls(None, (script,), key, rubric, asked.questions, models, tries, options.split)

    @classmethod
    def of_folder(cls, folder: Path, models: tuple[str, ...], tries: int | TriesUntil, name: str | None = None) -> Self:
        """An exam as files: a folder of scans, or one file such as a PDF, per student; questions.json; marks.csv or
        marks.xlsx where humans marked; and scans named answer-key and rubric. The exam is named as the folder is,
        unless `name` says otherwise. Without questions.json the table of marks says the questions and maxima.
        """
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder")
        scans = scans_of(folder, used=_used(folder), others=(KEY_FOLDER, RUBRIC_FOLDER), like=_LIKE)
        if not scans.scripts:
            raise CommandError(f"{folder}: holds no scans of students: no folder with scans, no scan beside them")
        asked, settled = _asked(folder, scans.scripts)
        human = settled.scripts if settled else {}
        marks = {student: human.get(student, HumanMarks()) for student in scans.scripts}
        scripts = tuple(
            Script(student, pages, marks[student].first, marks[student].second)
            for student, pages in scans.scripts.items()
        )
        return cls(
            name or unicodedata.normalize("NFC", folder.resolve().name),
            scripts,
            scans.others.get(KEY_FOLDER, ()),
            scans.others.get(RUBRIC_FOLDER, ()),
            asked,
            models,
            tries,
            folder=folder,
            left_out=tuple(scans.left_out.lines(folder)),
            notes=tuple(settled.notes if settled else ()),
        )


def _models(options: argparse.Namespace) -> tuple[str, ...]:
    """The names of the models. Raises CommandError for what no plan can hold."""
    models = tuple(name.strip() for name in options.models.split(",") if name.strip())
    for name in models:
        if not re.fullmatch(MODEL_NAME, name):
            raise CommandError(f"--models: {name!r} is no model; write provider/model")
    if not models:
        raise CommandError("--models needs a name")
    if len(set(models)) < len(models):
        raise CommandError("--models: a name is there twice")
    if not 0 <= options.examples <= MOST_EXAMPLES:
        raise CommandError(f"--examples is 0 to {MOST_EXAMPLES}, not {options.examples}")
    if options.examples and options.exam is None:
        raise CommandError("--examples needs --exam DIR: examples are other scripts of the same exam")
    return models


def _tries(text: str) -> int | TriesUntil:
    """A number of tries, or MIN-MAX: further ones than MIN only while answers are in doubt."""
    found = re.fullmatch(r"\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?", text)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= most <= MOST_TRIES:
        raise CommandError(f"--tries is a number from 1 to {MOST_TRIES}, or two such as 1-5, not {text!r}")
    return least if least == most else TriesUntil(min=least, max=most, until="settled")


def _used(folder: Path) -> set[str]:
    tables = (f"{name}{suffix}" for name in ("marks", "maxima") for suffix in TABLE_SUFFIXES)
    names = {"questions.json", *tables}
    return names & {path.name.casefold() for path in folder.iterdir()}


def _other_tables(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in {".csv", ".tsv", ".xlsx"})
    return f". If {' or '.join(names)} holds the marks, name it marks{Path(names[0]).suffix}" if names else ""


def _asked(folder: Path, scripts: Collection[str]) -> tuple[list[dict[str, Any]], SettledMarks | None]:
    """The questions, and what humans awarded."""
    file = folder / "questions.json"
    if file.is_file():
        questions = read_questions(file)
        return questions.questions, read_marks_table(folder, questions.maxima, scripts)
    maxima = read_maxima_table(folder)
    settled = read_marks_table(folder, maxima, scripts)
    if settled is not None:
        maxima = dict(settled.maxima)
    if maxima is None:
        raise CommandError(
            f"{folder}: needs questions.json, or maxima.csv or maxima.xlsx with the columns question_id and max_marks, "
            f"or a table of marks with a row named max{_other_tables(folder)}"
        )
    return [{"question_id": question_id, "max_marks": maximum} for question_id, maximum in maxima.items()], settled
