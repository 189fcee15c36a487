"""`.secondmark-exam.json`, beside the scans: the exam of a folder, and what was uploaded from the folder."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from app.commands.errors import CommandError

NAME = ".secondmark-exam.json"
_BLOCK_BYTES = 1 << 20


@dataclass(slots=True)
class HandedOver:
    """One script: its session, and a print of its pages."""

    session_id: str
    pages: str


@dataclass(slots=True)
class ExamFile:
    """What was uploaded, as fingerprints of content and order. The names of files do not count."""

    exam_id: str
    questions: str
    answer_key: str
    rubric: str
    scripts: dict[str, HandedOver] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """None where the folder was never handed over. Raises CommandError for a file that is damaged."""
        file = folder / NAME
        if not file.is_file():
            return None
        try:
            row = json.loads(file.read_text(encoding="utf-8"))
            scripts = {name: HandedOver(**script) for name, script in row.pop("scripts").items()}
            return cls(**row, scripts=scripts)
        except (ValueError, TypeError, AttributeError, KeyError):
            raise CommandError(
                f"{file}: is damaged; delete it and name the exam with --exam-id, or delete it to begin a new one"
            ) from None

    def write(self, folder: Path) -> None:
        """Raises OSError where the folder cannot be written to."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        draft = folder / f"{NAME}.new"
        draft.write_text(text, encoding="utf-8")
        draft.replace(folder / NAME)

    @staticmethod
    def forget(folder: Path) -> None:
        (folder / NAME).unlink(missing_ok=True)


def print_of_files(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        one = hashlib.sha256()
        with file.open("rb") as content:
            while block := content.read(_BLOCK_BYTES):
                one.update(block)
        whole.update(one.digest())
    return whole.hexdigest()


def print_of_questions(questions: Iterable[Mapping[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(list(questions), sort_keys=True).encode()).hexdigest()
