"""The feedback sheets printed by a real browser: one page for each student."""

import pypdfium2

from app.marks.model import Question
from app.reporting.class_list import HUMAN, Cell, ClassList, Student
from app.reporting.feedback import feedback_sheets

QUESTIONS = tuple(Question(f"{number}a", number, 4) for number in range(1, 13))
NAMES = ("Anna Berg", "Zoë Müller", "Ben O'Neill")


async def test_each_student_has_one_page(browser, tmp_path):
    cells = tuple(Cell(2.5, HUMAN) for _ in QUESTIONS)
    students = tuple(Student(name, name, cells, 0) for name in NAMES)
    file = tmp_path / "feedback.html"
    file.write_text(feedback_sheets(ClassList("Science", QUESTIONS, students), {}), encoding="utf-8")
    page = await browser.new_page()
    await page.goto(file.as_uri())

    printed = pypdfium2.PdfDocument(await page.pdf(format="A4"))

    texts = [sheet.get_textpage().get_text_bounded() for sheet in printed]
    assert len(texts) == len(NAMES)
    assert all(name in text and "12a" in text for name, text in zip(NAMES, texts, strict=True))
