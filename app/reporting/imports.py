"""Taking a file of marks into an exam: what models and humans awarded elsewhere, or what humans awarded here."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any, BinaryIO, TypeVar

from app.errors import AppError, PayloadTooLargeError, UnprocessableError, error_body
from app.mark_tables.headers import is_wide
from app.mark_tables.human_marks import SettledMarks, read_human_marks, settle
from app.mark_tables.maxima import ListedQuestion, read_questions
from app.mark_tables.model_marks import ImportedMarks, ImportedScript, ScriptRows, read_model_marks
from app.mark_tables.names import plain
from app.mark_tables.reading import read_tables
from app.mark_tables.sheet import HUMANS
from app.mark_tables.table import Table, TableRefusedError, refusal
from app.mark_tables.words import MARK, MODEL, TRY
from app.store.exams import ExamStore

# A hundred thousand lines are some 8 MB.
LARGEST_FILE_BYTES = 64 * 1024 * 1024
# How often a waiting client hears how far the import is.
REPORT_SECONDS = 0.25

Imported = dict[str, Any]


@dataclass
class ImportProgress:
    """How far an import is. `stage` is reading, storing or stored; `lines` and `bytes_read` count what was read, and
    `scripts_stored` of `scripts` what is stored but not yet seen.
    """

    bytes_total: int | None = None
    bytes_read: int = 0
    lines: int = 0
    scripts: int | None = None
    scripts_stored: int = 0
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
    progress.stage, progress.scripts = "storing", len(marks.scripts)

    def stored(n_stored: int) -> None:
        progress.scripts_stored = n_stored

    await exams.import_marks(exam_id, marks.questions(), ScriptRows(marks), stored)
    progress.stage = "stored"
    return {
        "rows": marks.rows,
        "invalid": marks.invalid,
        "missing": marks.missing,
        "invalid_lines": marks.invalid_lines,
        "scripts": len(marks.scripts),
        "questions": len(marks.maxima),
        "models": len(marks.models),
        "notes": marks.notes,
    }


async def import_lines(
    exams: ExamStore, exam_id: str, file: MarksFile, correlation_id: str | None
) -> AsyncIterator[bytes]:
    """The same import as JSON lines: its progress each time it moved, at last `{"imported": {...}}` or an error."""
    progress, sent = ImportProgress(), ImportProgress()
    importing = asyncio.create_task(import_file(exams, exam_id, file, progress), name=f"import into {exam_id}")
    try:
        while not importing.done():
            await asyncio.wait({importing}, timeout=REPORT_SECONDS)
            if progress != sent:
                sent = replace(progress)
                yield _line(asdict(sent))
        yield _line({"imported": await importing})
    except AppError as error:
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        yield _line(error_body(error.code, error.message, error.details, correlation_id))
    finally:
        # A client that went away gets no answer. Its file is stored as a whole or not at all.
        importing.cancel()


async def take_human_marks(exams: ExamStore, exam_id: str, file: MarksFile) -> Imported:
    """{scripts, marks, notes} of a file with human marks for scripts that the exam holds. All or nothing. An exam that
    has no questions yet takes those of the file, which then has to name their maxima.

    Raises UnprocessableError with line, column and the nearest name, PayloadTooLargeError, NotFoundError.
    """
    file.check_size()
    exam = await exams.exam(exam_id)
    by_name: dict[str, list[str]] = defaultdict(list)
    for session in exam["sessions"]:
        by_name[session["name"] or session["session_id"]].append(session["session_id"])
    maxima = {question["question_id"]: question["max_marks"] for question in exam["questions"]}
    settled = await asyncio.to_thread(_settled, file.content, maxima or None, by_name)
    if not maxima:
        questions = [
            {"question_id": question_id, "number": number, "max_marks": maximum}
            for number, (question_id, maximum) in enumerate(settled.maxima.items(), start=1)
        ]
        await exams.edit_exam(exam_id, name=None, questions=questions)
    rows = [
        {"session_id": session_id, "human": marks.first, "human_2": marks.second}
        for name, marks in settled.scripts.items()
        for session_id in by_name[name]
        if marks.first or marks.second
    ]
    await exams.set_human_marks(exam_id, rows)
    n_marks = sum(len(marks.first) + len(marks.second) for marks in settled.scripts.values())
    return {"scripts": len(rows), "marks": n_marks, "notes": list(settled.notes)}


def _settled(file: BinaryIO, maxima: Mapping[str, float] | None, scripts: Collection[str]) -> SettledMarks:
    return _refused_as_unprocessable(
        lambda: settle(
            read_human_marks(read_tables(file, known_questions=maxima or ()), maxima or (), scripts),
            maxima=maxima,
            scripts=scripts,
        )
    )


async def listed_questions(file: MarksFile) -> list[ListedQuestion]:
    """The questions of a table, CSV or XLSX. Raises UnprocessableError, PayloadTooLargeError."""
    file.check_size()
    return await asyncio.to_thread(_refused_as_unprocessable, lambda: read_questions(read_tables(file.content)))


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _read(file: BinaryIO, progress: ImportProgress) -> ImportedMarks:
    def line_read() -> None:
        progress.lines += 1
        progress.bytes_read = file.tell()

    return _refused_as_unprocessable(lambda: _imported(read_tables(file, line_read)))


T = TypeVar("T")


def _refused_as_unprocessable(read: Callable[[], T]) -> T:
    try:
        return read()
    except TableRefusedError as refused:
        problems = [{"field": "file", **problem} for problem in refused.problems]
        raise UnprocessableError(f"The file is refused: {refused}", details={"errors": problems}) from None


def _imported(tables: Sequence[Table]) -> ImportedMarks:
    """The marks of models, or of humans alone: then the file has no column for a model."""
    models = {MODEL, TRY, MARK}
    if tables and (is_wide(tables[0]) or not models & {plain(name) for name in tables[0].header}):
        return _of_humans(settle(read_human_marks(tables)))
    if not tables:
        raise refusal(1, "the file holds no marks")
    return read_model_marks(tables[0])


def _of_humans(settled: SettledMarks) -> ImportedMarks:
    scripts = {
        name: ImportedScript({human: dict(marks.of(place)) for place, human in enumerate(HUMANS)})
        for name, marks in settled.scripts.items()
    }
    if not any(marks.first or marks.second for marks in settled.scripts.values()):
        raise refusal(1, "the file holds no marks")
    rows = sum(len(marks) for script in scripts.values() for marks in script.humans.values())
    return ImportedMarks(dict(settled.maxima), scripts, rows, notes=list(settled.notes))
