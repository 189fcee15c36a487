"""Pages that a browser has printed to PDF: it draws syllables as several glyphs, and Arabic lines from the left."""

import pytest

from app.documents.extract import extract
from app.documents.pdf_glyph import Character
from app.documents.pdf_right_to_left import in_reading_order
from tests.support.browser import chromium

HINDI = (
    "प्रकाश संश्लेषण वह प्रक्रिया है जिसमें हरे पौधे सूर्य के प्रकाश की ऊर्जा से जल को शर्करा में बदलते हैं। "
    "किसी विद्यार्थी ने क्षेत्रफल और श्रद्धा शब्द लिखे।"
)
ARABIC = (
    "لا تستطيع النباتات صنع غذائها إلا بالضوء، والماء H2O ضروري لها. الأكسجين والكلوروفيل لازمان، وقد اكتشف عام 1779. "
    'السعر (25.50 دولار) مقابل "ثلاثة كتب" [هام] والآلات كثيرة.'
)
HEBREW = " ".join(["הצמחים מייצרים סוכר מאור השמש, מים (H2O) ופחמן דו חמצני. בשנת 1779 גילה זאת מדען הולנדי."] * 3)
ENGLISH = "Photosynthesis turns water and carbon dioxide into sugar (and oxygen) in the light. It was found in 1779."


@pytest.mark.parametrize(
    ("text", "font", "direction"),
    [
        (HINDI, "Noto Serif Devanagari", "ltr"),
        (ARABIC, "Noto Naskh Arabic", "rtl"),
        (HEBREW, "Noto Sans Hebrew", "rtl"),
        (ENGLISH, "Noto Serif", "ltr"),
    ],
    ids=["Hindi", "Arabic", "Hebrew", "English"],
)
async def test_what_a_browser_has_printed_is_read_word_for_word(text, font, direction):
    async with chromium() as browser:
        page = await browser.new_page()
        await page.set_content(f"<p dir={direction} style=\"font: 14pt '{font}'\">{text}</p>")
        document = await page.pdf(format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), "2cm"))
    (read,) = (await extract(document, "printed.pdf")).pages
    assert read.text.split() == text.split()


def test_a_line_whose_words_stand_the_right_way_round_stays_as_it_is():
    line = placed("אב גד")
    assert "".join(c.text for c in in_reading_order([[c] for c in line])) == "אב גד"


def test_a_line_with_signs_above_letters_stays_as_it_is():
    """Where a sign stands says nothing of the order."""
    line = placed("בּא")[::-1]
    assert "".join(c.text for c in in_reading_order([[c] for c in line])) == "בּא"[::-1]


def placed(text: str) -> list[Character]:
    """Each character to the left of the one before."""
    return [
        Character(c, 300.0 - 10 * index, 700.0, 12.0, made=False, text_object=index) for index, c in enumerate(text)
    ]
