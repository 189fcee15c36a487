"""The formats by the name that a client asks for."""

from collections.abc import Callable
from dataclasses import dataclass

from app.generation.model import QuestionSet
from app.generation.question_set import Extent
from app.papers.export import aiken, csv_file, docx_file, gift, json_file, moodle, qti21, qti30

_ZIP = "application/zip"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is sent: its media type, the ending of its file's name, and what writes it."""

    media_type: str
    ending: str
    write: Callable[[QuestionSet, Extent], bytes]


FORMATS = {
    "moodle": Format("application/xml", ".xml", moodle.write),
    "gift": Format(_TEXT, ".gift.txt", gift.write),
    "aiken": Format(_TEXT, ".aiken.txt", aiken.write),
    "qti21": Format(_ZIP, ".qti21.zip", qti21.write),
    "qti30": Format(_ZIP, ".qti30.zip", qti30.write),
    "csv": Format("text/csv; charset=utf-8", ".csv", csv_file.write),
    "json": Format("application/json", ".json", json_file.write),
    "docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", docx_file.write),
}
