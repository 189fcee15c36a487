"""The bundled sample exam: scans of six scripts and of the answer key, the questions, and human marks.

`app.samples.draw` draws everything in `exam/` from the texts beside it, so the project's licence covers it.
A script is a folder with its pages, its texts (`answers.json`) and its rows in `marks.csv`.
"""

import csv
import json
from pathlib import Path
from typing import Any

_EXAM = Path(__file__).parent / "exam"
_ANSWER_KEY = "answer-key"
_TEST = Path(__file__).parent / "test"


def exam_folder() -> Path:
    return _EXAM


def scripts() -> tuple[str, ...]:
    """The names of the scripts in order: `student-01`, `student-02`, ..."""
    return tuple(sorted(folder.parent.name for folder in _EXAM.glob("*/answers.json")))


def script_pages(script: str) -> list[Path]:
    """The script's scans in reading order. Raises KeyError for a script that is not in the exam."""
    if script not in scripts():
        raise KeyError(script)
    return _pages(script)


def answer_key_pages() -> list[Path]:
    return _pages(_ANSWER_KEY)


def questions() -> list[dict[str, Any]]:
    """The questions as a session takes them: question_id, number, max_marks, tolerance?, text, answer."""
    listed: list[dict[str, Any]] = json.loads((_EXAM / "questions.json").read_text(encoding="utf-8"))
    return listed


def human_marks(script: str) -> dict[str, float]:
    """The human marks of a script, by question_id. Raises KeyError for a script without marks."""
    with (_EXAM / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["script"] == script]
    if not rows:
        raise KeyError(script)
    return {row["question_id"]: float(row["human_mark"]) for row in rows}


def _pages(folder: str) -> list[Path]:
    return sorted((_EXAM / folder).glob("page-*.png"), key=lambda path: int(path.stem.removeprefix("page-")))


def source_document() -> Path:
    """The text from which the demo makes a test."""
    return _TEST / "photosynthesis.md"


def sheet_image() -> Path:
    """A filled answer sheet of ten boxes."""
    return _TEST / "sheet.png"


def sheet_seed() -> int:
    """The seed of the test that fits the sheet: with ten questions, six of its letters are right."""
    return 113


def sheet_letters() -> dict[str, str | None]:
    """The letters in its boxes by number: a letter, None for an empty box, or `unclear`."""
    letters: dict[str, str | None] = json.loads((_TEST / "letters.json").read_text(encoding="utf-8"))
    return letters
