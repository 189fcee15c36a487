"""Pages that a browser has printed to PDF: it draws syllables as several glyphs, and Arabic lines from the left."""

import unicodedata

import pytest

from app.documents.extract import extract
from app.documents.pdf_glyph import Character
from app.documents.pdf_right_to_left import in_reading_order

HINDI = (
    "प्रकाश संश्लेषण वह प्रक्रिया है जिसमें हरे पौधे सूर्य के प्रकाश की ऊर्जा से जल को शर्करा में बदलते हैं। "
    "किसी विद्यार्थी ने क्षेत्रफल और श्रद्धा शब्द लिखे।"
)
ARABIC = (
    "لا تستطيع النباتات صنع غذائها إلا بالضوء، والماء H2O ضروري لها. الأكسجين والكلوروفيل لازمان، وقد اكتشف عام 1779. "
    'السعر (25.50 دولار) مقابل "ثلاثة كتب" [هام] والآلات كثيرة.'
)
VOCALISED = "قَالَ الرَّسُولُ إِنَّمَا الأَعْمَالُ بِالنِّيَّاتِ وَلِكُلِّ امْرِئٍ مَا نَوَى. وُلِدَ عام 1250 في مِصْرَ. " * 3
POINTED = "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ. " * 3
PERSIAN = "یاخته واحد زندهٔ بدن است. آن را با میکروسکوپ دید. نامهٔ او در سال 1395 رسید. " * 3
HEBREW = " ".join(["הצמחים מייצרים סוכר מאור השמש, מים (H2O) ופחמן דו חמצני. בשנת 1779 גילה זאת מדען הולנדי."] * 3)
ENGLISH = "Photosynthesis turns water and carbon dioxide into sugar (and oxygen) in the light. It was found in 1779."

# Of the tests that print: they share the way to the browser.
prints = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def printed(module_browser):
    """Prints the body of a page to PDF."""

    async def printed(body: str, margin: str = "2cm") -> bytes:
        page = await module_browser.new_page()
        await page.set_content(f"<body style='margin: 0'>{body}")
        edges = dict.fromkeys(("top", "right", "bottom", "left"), margin)
        document: bytes = await page.pdf(format="A4", margin=edges)
        await page.close()
        return document

    return printed


@pytest.mark.parametrize(
    ("text", "font", "direction"),
    [
        (HINDI, "Noto Serif Devanagari", "ltr"),
        (ARABIC, "Noto Naskh Arabic", "rtl"),
        (HEBREW, "Noto Sans Hebrew", "rtl"),
        (ENGLISH, "Noto Serif", "ltr"),
        (VOCALISED, "Noto Naskh Arabic", "rtl"),
        (POINTED, "Noto Sans Hebrew", "rtl"),
        (PERSIAN, "Noto Naskh Arabic", "rtl"),
    ],
    ids=["Hindi", "Arabic", "Hebrew", "English", "vocalised Arabic", "pointed Hebrew", "Persian"],
)
@prints
async def test_what_a_browser_has_printed_is_read_word_for_word(text, font, direction, printed):
    document = await printed(f"<p dir={direction} style=\"font: 14pt '{font}'\">{text}</p>")
    (read,) = (await extract(document, "printed.pdf")).pages
    assert unicodedata.normalize("NFC", read.text).split() == unicodedata.normalize("NFC", text).split()


SIGNS = "font: 14pt 'Noto Serif'"
STACK = (
    "SO<span style='display: inline-flex; flex-direction: column; vertical-align: middle; font: 8pt/9pt Noto Serif'>"
    "<span>2−</span><span>4</span></span>"
)
PROGRAM = "def f(n):\n    if n == 0:\n        return  1\n    return n * f(n - 1)"
PROSE = "<p>" + " ".join(["The kidney filters the blood and returns most of the water to it."] * 4)
JAVA = "class A {\n    int twice(int n) {\n        return n * 2;\n    }\n}"
THAI = "การสังเคราะห์ด้วยแสงเป็นกระบวนการที่พืชใช้ผลิตน้ำตาล"
ENERGY = (
    "<math><mi>E</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mi>m</mi><msup><mi>v</mi><mn>2</mn></msup></math>"
)
VERTEX = "<math><mfrac><mrow><mo>-</mo><mi>b</mi></mrow><mrow><mn>2</mn><mi>a</mi></mrow></mfrac></math>"
HALVES = (
    "<span style='display: inline-flex; flex-direction: column; vertical-align: middle; text-align: center'>"
    "<span style='border-bottom: 1px solid'>3</span><span>4</span></span>"
)
PAGES = [
    (f'<p style="{SIGNS}">The ion {STACK} &nbsp;is there.</p>', "The ion SO₄²⁻ is there."),
    (
        f'<p style="{SIGNS}">NH<sub>4</sub><sup>+</sup> ions and SO<sub>4</sub><sup>2−</sup>.</p>',
        "NH₄⁺ ions and SO₄²⁻.",
    ),
    (f'<p style="{SIGNS}">So <math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>.</p>', "So 𝑥₁²."),
    (
        f"<p style=\"{SIGNS}\">It is {ENERGY} of {VERTEX}, {HALVES} m<sup style='font-size: 1em'>2</sup> in all.</p>",
        "It is 𝐸 = 1/2 𝑚𝑣² of (-𝑏)/(2𝑎), 3/4 m² in all.",
    ),
    (f"<p>A program:</p><pre style=\"font: 10pt 'DejaVu Sans Mono'\">{PROGRAM}</pre>", f"A program:\n{PROGRAM}"),
    (f"<p style=\"font: 14pt 'Noto Sans Thai'\">{THAI}</p>", THAI),
]


@prints
async def test_indices_formulas_programs_and_thai_are_read_as_they_are_printed(printed):
    body = "<hr style='visibility: hidden; break-after: page'>".join(page for page, _ in PAGES)
    read = await extract(await printed(body), "printed.pdf")
    assert [page.text for page in read.pages] == [text for _, text in PAGES]


@pytest.mark.parametrize(
    ("text", "font", "align", "margin"),
    [(HEBREW, "Noto Sans Hebrew", "start", "0"), (ARABIC, "Noto Naskh Arabic", "justify", "2cm")],
    ids=["Hebrew to the edges of the page", "justified Arabic"],
)
@prints
async def test_wide_lines_from_right_to_left_are_read_word_for_word(
    text: str, font: str, align: str, margin: str, printed
):
    text = " ".join([text] * 4)
    page = f"<p dir=rtl style=\"text-align: {align}; font: 14pt '{font}'\">{text}</p>"
    (read,) = (await extract(await printed(page, margin), "printed.pdf")).pages
    assert read.text.split() == text.split()


@prints
async def test_letters_set_apart_are_words_and_programs_in_any_font_keep_their_steps(printed):
    heading = "<h1 style='letter-spacing: .4em; font: 20pt Noto Serif'>THE INNER EAR</h1>"
    program = f"<pre style=\"font: 11pt 'Noto Sans'\">{JAVA}</pre>"
    (read,) = (await extract(await printed(heading + PROSE + program + PROSE), "printed.pdf")).pages
    assert read.text.splitlines()[0] == "THE INNER EAR"
    assert JAVA in read.text


@prints
async def test_letters_of_answers_are_no_word(printed):
    (read,) = (await extract(await printed("<p>A B C D E F<p>1 2 3 4 5 6" + PROSE), "printed.pdf")).pages
    assert read.text.splitlines()[:2] == ["A B C D E F", "1 2 3 4 5 6"]


@prints
async def test_heads_and_feet_that_a_browser_draws_before_the_body_are_left_out(printed):
    edges = '@page { @top-center { content: "Physics Notes" } @bottom-right { content: "Page " counter(page) } }'
    facts = [
        [f"On {word} {n} stands something about {chr(97 + n) * 3}." for word in ("page", "sheet", "leaf")]
        for n in range(6)
    ]
    body = "".join(f"<div style='break-after: page'><p>{'<p>'.join([*fact, *fact[::-1]])}</div>" for fact in facts)
    read = await extract(await printed(f"<style>{edges}</style>{body}"), "printed.pdf")
    assert "Physics" not in read.text
    assert "Page" not in read.text
    assert {row["what"]: row["count"] for row in read.left_out} == {"running_heads": 12}


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
