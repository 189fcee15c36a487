"""Taking a file of marks into an exam."""

import asyncio
import io
from typing import Any, BinaryIO

from app.errors import PayloadTooLargeError, UnprocessableError
from app.marks.import_csv import ImportedMarks, ImportRefusedError, read_marks
from app.store.exams import ExamStore

# A hundred thousand lines are some 8 MB.
LARGEST_FILE_BYTES = 64 * 1024 * 1024


async def import_file(exams: ExamStore, exam_id: str, file: BinaryIO, size: int | None) -> dict[str, Any]:
    """{rows, invalid, missing, scripts, questions, models} of a file that was taken as a whole.

    Raises UnprocessableError with line numbers, ConflictError where the exam asks other questions, NotFoundError.
    """
    if size is not None and size > LARGEST_FILE_BYTES:
        raise PayloadTooLargeError(f"The file has more than {LARGEST_FILE_BYTES} bytes.")
    marks = await asyncio.to_thread(_read, file)
    await exams.import_marks(exam_id, marks.questions(), await asyncio.to_thread(marks.script_rows))
    return {
        "rows": marks.rows,
        "invalid": marks.invalid,
        "missing": marks.missing,
        "scripts": len(marks.scripts),
        "questions": len(marks.maxima),
        "models": len(marks.models),
    }


def _read(file: BinaryIO) -> ImportedMarks:
    try:
        # utf-8-sig: spreadsheets put a byte order mark in front.
        with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            return read_marks(text)
    except ImportRefusedError as refused:
        problems = [{"field": "file", **problem} for problem in refused.problems]
        raise UnprocessableError(f"The file is refused: {refused}", details={"errors": problems}) from None
    except UnicodeDecodeError:
        raise UnprocessableError.field("file", "The file is not UTF-8 text.") from None
