import io

from docx import Document

from app.papers.export import docx_file
from tests.generation.questions import TEST, WHOLE


def paragraphs() -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(docx_file.write(TEST, WHOLE))).paragraphs]


def test_questions_come_first_and_the_key_on_a_page_of_its_own():
    texts = paragraphs()
    assert texts[0] == TEST.title
    assert "1. Why is the inner membrane of a mitochondrion folded? (2 marks)" in texts
    assert "B.  To enlarge its surface" in texts
    assert texts.index("Key") > texts.index("D.  @SUM(A1) é 🧪")
    assert any(text.startswith("2. D  Because") for text in texts)


def test_the_questions_do_not_show_the_key():
    texts = paragraphs()
    assert not [text for text in texts[: texts.index("Key")] if "More surface" in text]
