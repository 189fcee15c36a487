import io
import json
import zipfile
from collections.abc import Callable

import pytest
from docx import Document

from app.generation.question_set import Extent
from app.papers.export.formats import FORMATS
from tests.generation.questions import GROWING, TEST, WHOLE, parsed


def test_there_is_a_writer_for_every_format_of_the_contract():
    assert set(FORMATS) == {"moodle", "gift", "aiken", "qti21", "qti30", "csv", "json", "docx"}
    assert all(one.write(TEST, WHOLE) for one in FORMATS.values())


@pytest.mark.parametrize(
    ("status", "n", "note"),
    [
        ("pending", 1, "1 of 3 questions; still being generated"),
        ("generating", 2, "2 of 3 questions; still being generated"),
        ("partial", 2, "2 of 3 questions; a partial test"),
        ("failed", 2, "2 of 3 questions; a partial test"),
        ("completed", 3, ""),
        ("generating", 3, ""),
    ],
)
def test_a_part_of_a_test_is_named_as_one(status: str, n: int, note: str):
    assert Extent(n, 3, status).note == note


def _file(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def _moodle(content: bytes) -> str:
    return parsed(content).findtext("question/info/text") or ""


def _docx(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)


def _qti(content: bytes) -> str:
    return _file(content, "test.xml")


@pytest.mark.parametrize(
    ("name", "read"),
    [("moodle", _moodle), ("gift", bytes.decode), ("qti21", _qti), ("qti30", _qti), ("docx", _docx)],
)
def test_a_part_of_a_test_says_so_in_its_file(name: str, read: Callable[[bytes], str]):
    assert GROWING.note in read(FORMATS[name].write(TEST, GROWING))
    assert "questions;" not in read(FORMATS[name].write(TEST, WHOLE))


def test_a_part_of_a_test_has_fields_that_say_so():
    content = json.loads(FORMATS["json"].write(TEST, GROWING))
    first_row = FORMATS["csv"].write(TEST, GROWING).decode().splitlines()[1]

    assert (content["status"], content["questions_generated"], content["target_questions"]) == ("generating", 2, 5)
    assert first_row.endswith(",generating,5,single,")
