"""Taking a file of marks into an exam."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any, BinaryIO

from app.errors import AppError, PayloadTooLargeError, UnprocessableError, error_body
from app.marks.import_csv import ImportedMarks, ImportRefusedError, read_marks
from app.store.exams import ExamStore

# A hundred thousand lines are some 8 MB.
LARGEST_FILE_BYTES = 64 * 1024 * 1024
# How often a waiting client hears how far the import is.
REPORT_SECONDS = 0.25

Imported = dict[str, Any]


@dataclass
class ImportProgress:
    """How far an import is. `stage` is reading, storing or stored; `lines` and `bytes_read` count what was read."""

    bytes_total: int | None = None
    bytes_read: int = 0
    lines: int = 0
    stage: str = "reading"


@dataclass(frozen=True)
class MarksFile:
    """An uploaded file of `size` bytes, where that is known."""

    content: BinaryIO
    size: int | None

    def check_size(self) -> None:
        """Raises PayloadTooLargeError."""
        if self.size is not None and self.size > LARGEST_FILE_BYTES:
            raise PayloadTooLargeError(f"The file has more than {LARGEST_FILE_BYTES} bytes.")


async def import_file(
    exams: ExamStore, exam_id: str, file: MarksFile, progress: ImportProgress | None = None
) -> Imported:
    """{rows, invalid, missing, invalid_lines, scripts, questions, models} of a file that was taken as a whole.

    Raises UnprocessableError with line numbers, ConflictError where the exam asks other questions, NotFoundError.
    """
    file.check_size()
    progress = progress or ImportProgress()
    progress.bytes_total = file.size
    marks = await asyncio.to_thread(_read, file.content, progress)
    scripts = await asyncio.to_thread(marks.script_rows)
    progress.stage = "storing"
    await exams.import_marks(exam_id, marks.questions(), scripts)
    progress.stage = "stored"
    return {
        "rows": marks.rows,
        "invalid": marks.invalid,
        "missing": marks.missing,
        "invalid_lines": marks.invalid_lines,
        "scripts": len(marks.scripts),
        "questions": len(marks.maxima),
        "models": len(marks.models),
    }


async def import_lines(
    exams: ExamStore, exam_id: str, file: MarksFile, correlation_id: str | None
) -> AsyncIterator[bytes]:
    """The same import as JSON lines: its progress each time it moved, at last `{"imported": {...}}` or an error."""
    progress, told = ImportProgress(), ImportProgress()
    importing = asyncio.create_task(import_file(exams, exam_id, file, progress), name=f"import into {exam_id}")
    try:
        while not importing.done():
            await asyncio.wait({importing}, timeout=REPORT_SECONDS)
            if progress != told:
                told = replace(progress)
                yield _line(asdict(told))
        yield _line({"imported": await importing})
    except AppError as error:
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        yield _line(error_body(error.code, error.message, error.details, correlation_id))
    finally:
        # A client that went away is told nothing; what it sent is stored as a whole or not at all.
        importing.cancel()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _read(file: BinaryIO, progress: ImportProgress) -> ImportedMarks:
    try:
        # utf-8-sig: spreadsheets put a byte order mark in front.
        with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            return read_marks(_counted(text, file, progress))
    except ImportRefusedError as refused:
        problems = [{"field": "file", **problem} for problem in refused.problems]
        raise UnprocessableError(f"The file is refused: {refused}", details={"errors": problems}) from None
    except UnicodeDecodeError:
        raise UnprocessableError.field("file", "The file is not UTF-8 text.") from None


def _counted(text: io.TextIOWrapper, file: BinaryIO, progress: ImportProgress) -> Iterator[str]:
    for line in text:
        progress.lines += 1
        progress.bytes_read = file.tell()
        yield line
