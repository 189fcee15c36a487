import io

from docx import Document

from app.generation.model import QuestionSet
from app.papers.export import docx_file
from tests.generation.questions import TEST, WHOLE
from tests.papers.awkward import FORTY


def document(test: QuestionSet = FORTY) -> Document:
    return Document(io.BytesIO(docx_file.write(test, WHOLE)))


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


def test_code_keeps_its_indentation_in_a_font_of_one_width():
    (code,) = [p for p in document().paragraphs if "for j in range" in p.text]
    assert "\n    for j in range(2):\n        print(i, j)" in code.text
    assert {run.font.name for run in code.runs if "for" in run.text} == {"Courier New"}


def test_powers_and_indices_are_raised_and_lowered():
    stem = next(p for p in document().paragraphs if p.text.startswith("20."))
    assert [run.text for run in stem.runs if run.font.superscript] == ["23"]
    formula = next(p for p in document().paragraphs if p.text.startswith("A.  C6H12O6"))
    assert [run.text for run in formula.runs if run.font.subscript] == ["6", "12", "6"]


def test_arabic_goes_from_right_to_left_and_languages_are_named():
    arabic, hindi, chinese = (
        next(p for p in document().paragraphs if part in p.text) for part in ("ما عاصمة", "हो, तो", "光合作用的产物")
    )
    assert arabic._p.xpath("./w:pPr/w:bidi")
    assert arabic._p.xpath("./w:r/w:rPr/w:rtl")
    assert not hindi._p.xpath("./w:pPr/w:bidi")
    assert set(arabic._p.xpath("./w:r/w:rPr/w:lang/@w:bidi")) == {"ar-SA"}
    assert set(hindi._p.xpath("./w:r/w:rPr/w:lang/@w:val")) == {"hi-IN"}
    assert set(chinese._p.xpath("./w:r/w:rPr/w:lang/@w:eastAsia")) == {"zh-CN"}
