"""What `secondmark grade` is asked to do, read from files."""

import argparse
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.commands.errors import CommandError
from app.commands.files import read_images, read_marks_json, read_marks_table, read_questions
from app.mark_tables.human_marks import HumanMarks
from app.schemas.grade import MOST_TRIES
from app.settings import MODEL_NAME

KEY_FOLDER, RUBRIC_FOLDER = "answer-key", "rubric"
# A key that is taken for a script is marked as one, and the others are marked without a key.
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
class Job:
    """Scripts to mark under one set of questions. `exam` names them together; None for a script on its own."""

    exam: str | None
    scripts: tuple[Script, ...]
    answer_key: tuple[Path, ...]
    rubric: tuple[Path, ...]
    questions: list[dict[str, Any]]
    models: tuple[str, ...]
    tries: int

    @classmethod
    def read(cls, options: argparse.Namespace) -> Self:
        """The job that the command line describes. Raises CommandError naming the file that cannot be used."""
        models = tuple(name.strip() for name in options.models.split(",") if name.strip())
        for name in models:
            if not re.fullmatch(MODEL_NAME, name):
                raise CommandError(f"--models: {name!r} is no model; write provider/model")
        if not models or not 1 <= options.tries <= MOST_TRIES:
            raise CommandError(f"--models needs a name, and --tries is 1 to {MOST_TRIES}")
        if len(set(models)) < len(models):
            raise CommandError("--models: a name is there twice")
        if options.exam is not None:
            beside = (options.images, options.questions, options.answer_key, options.rubric, options.human_marks)
            if any(beside):
                raise CommandError("--exam DIR holds everything; give no IMAGES, --questions or other files beside it")
            return cls.of_folder(options.exam, models, options.tries, options.name)
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
        return cls(None, (script,), key, rubric, asked.questions, models, options.tries)

    @classmethod
    def of_folder(cls, folder: Path, models: tuple[str, ...], tries: int, name: str | None = None) -> Self:
        """An exam as files: a folder of scans per student, questions.json, marks.csv (script, question_id,
        human_mark, human_mark_2) where humans marked, and folders answer-key and rubric where there are scans of
        those. The exam is named as the folder is, unless `name` says otherwise.
        """
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder")
        pages = {unicodedata.normalize("NFC", path.name): read_images(path) for path in _student_folders(folder)}
        if not pages:
            raise CommandError(f"{folder}: holds no folder with scans")
        asked = read_questions(folder / "questions.json")
        settled = read_marks_table(folder, asked.maxima, pages)
        human = settled.scripts if settled else {}
        marks = {student: human.get(student, HumanMarks()) for student in pages}
        scripts = tuple(
            Script(student, pages[student], marks[student].first, marks[student].second) for student in pages
        )
        key, rubric = read_images(folder / KEY_FOLDER), read_images(folder / RUBRIC_FOLDER)
        return cls(name or folder.resolve().name, scripts, key, rubric, asked.questions, models, tries)


def _student_folders(folder: Path) -> list[Path]:
    """Without those that file systems and archives add."""
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))]
    students = sorted(path for path in found if path.name not in {KEY_FOLDER, RUBRIC_FOLDER})
    for path in students:
        meant = _LIKE.get(re.sub(r"[\W_]+", "", path.name).casefold())
        if meant is not None:
            raise CommandError(f"{path}: name it {meant}; other folders are students' scripts")
    return students
