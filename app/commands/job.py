"""What `secondmark grade` is asked to do, read from files."""

import argparse
import csv
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.cli import CommandError

MOST_TRIES = 20
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
# What scanners and phones write too.
UNREADABLE_SCANS = {".pdf", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif"}
KEY_FOLDER, RUBRIC_FOLDER = "answer-key", "rubric"


@dataclass(frozen=True, slots=True)
class Script:
    """One student's pages, in order, and what a human awarded."""

    name: str
    pages: tuple[Path, ...]
    human_marks: dict[str, float]


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
            if not re.fullmatch(r"[^\s/]+/[^\s/]+", name):
                raise CommandError(f"--models: {name!r} is no model; write provider/model")
        if not models or not 1 <= options.tries <= MOST_TRIES:
            raise CommandError(f"--models needs a name, and --tries is 1 to {MOST_TRIES}")
        if options.exam is not None:
            return cls.of_folder(options.exam, models, options.tries, options.name)
        if not options.images or options.questions is None:
            raise CommandError("give IMAGES and --questions, or --exam DIR")
        for file in (*options.images, *options.answer_key, *options.rubric):
            if not file.is_file():
                raise CommandError(f"{file}: there is no such file")
        human = _read_json(options.human_marks, dict) if options.human_marks else {}
        script = Script(options.name or options.images[0].stem, tuple(options.images), human)
        questions = _read_json(options.questions, list)
        key, rubric = tuple(options.answer_key), tuple(options.rubric)
        return cls(None, (script,), key, rubric, questions, models, options.tries)

    @classmethod
    def of_folder(cls, folder: Path, models: tuple[str, ...], tries: int, name: str | None = None) -> Self:
        """An exam as files: a folder of scans per student, questions.json, marks.csv (script, question_id,
        human_mark) where a human marked, and folders answer-key and rubric where there are scans of those. The exam is
        named as the folder is, unless `name` says otherwise.
        """
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder")
        human = _human_marks(folder / "marks.csv")
        students = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        scripts = [
            Script(path.name, _images(path), human.get(path.name, {}))
            for path in students
            if path.name not in {KEY_FOLDER, RUBRIC_FOLDER} and _images(path)
        ]
        if not scripts:
            raise CommandError(f"{folder}: holds no folder with scans")
        strangers = human.keys() - {script.name for script in scripts}
        if strangers:
            raise CommandError(f"{folder / 'marks.csv'}: there are no scans of {', '.join(sorted(strangers))}")
        key, rubric = _images(folder / KEY_FOLDER), _images(folder / RUBRIC_FOLDER)
        questions = _read_json(folder / "questions.json", list)
        return cls(name or folder.resolve().name, tuple(scripts), key, rubric, questions, models, tries)


def _images(folder: Path) -> tuple[Path, ...]:
    """A folder's images, `page-2` before `page-10`. A PDF is refused: a page left out would cost marks."""
    found = [path for path in folder.glob("*") if path.suffix.lower() in IMAGE_SUFFIXES]
    for path in folder.glob("*"):
        if path.suffix.lower() in UNREADABLE_SCANS:
            raise CommandError(f"{path}: pages must be png, jpeg, webp or gif images")
    return tuple(sorted(found, key=lambda path: (len(path.stem), path.stem)))


def _human_marks(file: Path) -> dict[str, dict[str, float]]:
    marks: dict[str, dict[str, float]] = {}
    if not file.is_file():
        return marks
    with file.open(encoding="utf-8-sig", newline="") as text:
        for number, row in enumerate(csv.DictReader(text), start=2):
            try:
                script, question_id, mark = row["script"], row["question_id"], row["human_mark"].strip()
                marks.setdefault(script, {})
                if mark:
                    marks[script][question_id] = _finite(mark)
            except (KeyError, ValueError, AttributeError):
                raise CommandError(f"{file}, line {number}: script, question_id and human_mark are needed") from None
    return marks


def _finite(text: str) -> float:
    mark = float(text)
    if not math.isfinite(mark):
        raise ValueError(text)
    return mark


def _read_json(file: Path, kind: type) -> Any:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: {error}") from None
    if not isinstance(content, kind):
        raise CommandError(f"{file}: must hold a JSON {'list' if kind is list else 'object'}")
    return content
