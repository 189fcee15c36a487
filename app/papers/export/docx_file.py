"""A Word document: the questions, and the key with explanations on a page of its own."""

import io
from typing import TYPE_CHECKING

from app.generation.model import ChoiceQuestion, QuestionSet
from app.generation.question_set import Extent
from app.papers.export.xml import plain_number, storable

if TYPE_CHECKING:
    from docx.document import Document


def write(test: QuestionSet, extent: Extent) -> bytes:
    from docx import Document  # noqa: PLC0415 - 0.2 s and lxml, for whoever exports a DOCX

    document = Document()
    title = storable(test.title)
    document.core_properties.title, document.core_properties.author = title[:255], "Secondmark"
    document.add_heading(title, level=1)
    if extent.note:
        document.add_paragraph().add_run(f"{extent.note}.").bold = True
    document.add_paragraph("Name: ______________________________     Date: ____________________")
    for question in test.questions:
        _question(document, question)
    document.add_page_break()  # type: ignore[no-untyped-call] # the package leaves it without types
    document.add_heading("Key", level=1)
    for question in test.questions:
        _key(document, question)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _question(document: "Document", question: ChoiceQuestion) -> None:
    marks = plain_number(question.max_marks)
    unit = "mark" if question.max_marks == 1 else "marks"
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run(f"{question.number}. ").bold = True
    paragraph.add_run(f"{storable(question.question)} ({marks} {unit})")
    last = question.lettered[-1][0]
    for letter, text in question.lettered:
        option = document.add_paragraph(f"{letter}.  {storable(text)}")
        option.paragraph_format.left_indent = _indent()
        option.paragraph_format.keep_with_next = letter != last


def _key(document: "Document", question: ChoiceQuestion) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(f"{question.number}. {question.correct_option}  ").bold = True
    paragraph.add_run(storable(question.explanation))
    if question.quote:
        where = f" (page {question.page})" if question.page is not None else ""
        paragraph.add_run(f"\n“{storable(question.quote)}”{where}").italic = True


def _indent() -> int:
    from docx.shared import Cm  # noqa: PLC0415 - see write

    return Cm(1)
