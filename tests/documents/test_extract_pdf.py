import pytest

from app.documents.extract import ExtractionError, extract
from app.documents.garbled import is_garbled
from app.documents.pdf_lines import HYPHEN, joined, without_heads
from tests.documents.files import SCAN, pdf_of_contents, pdf_with, stream, text_content, text_pdf, to_unicode

PROSE = ["The Constitution was adopted by the Assembly in the month of November and", "came into force in January."]
LAYER = b"<</Type/OCG/Name(Answers)>>"


def line(content: bytes) -> bytes:
    return text_content(PROSE) + b" BT /F1 10 Tf 50 600 Td " + content + b" ET"


async def last_line(document: bytes) -> str:
    return (await extract(document)).text.splitlines()[-1]


async def test_raised_and_lowered_characters_are_kept_apart():
    up, down, back = b"/F1 6 Tf 4 Ts", b"/F1 6 Tf -2 Ts", b"0 Ts /F1 10 Tf"
    runs = [(b"", b"6 x 10"), (up, b"23"), (back, b" of H"), (down, b"2"), (back, b"O, 5 m"), (up, b"2"), (back, b".")]
    shifted = b"".join(b" %b (%b) Tj" % run for run in runs)
    assert await last_line(pdf_of_contents([line(shifted)])) == "6 x 10²³ of H₂O, 5 m²."


@pytest.mark.parametrize("size", [9, 10])
async def test_raised_and_lowered_characters_may_be_as_large_as_others(size):
    up, down, back = f"/F1 {size} Tf 4 Ts", f"/F1 {size} Tf -3 Ts", "0 Ts /F1 10 Tf"
    runs = [("", "12 cm"), (up, "2"), (back, " for Enzymes"), (up, "1"), (back, " of H"), (down, "2"), (back, "O.")]
    shifted = "".join(f" {place} ({text}) Tj" for place, text in runs).encode()
    assert await last_line(pdf_of_contents([line(shifted)])) == "12 cm² for Enzymes¹ of H₂O."


async def test_fonts_of_size_one_that_are_enlarged_are_read_like_others():
    shown = "6 x 10", "23", " of it"
    content = b"".join(
        b"%d 0 0 %d %d %d Tm /F1 1 Tf (%b) Tj " % (size, size, x, y, text.encode())
        for size, x, y, text in zip((10, 6, 10), (50, 77, 84), (600, 604, 600), shown, strict=True)
    )
    assert await last_line(pdf_of_contents([text_content(PROSE) + b" BT " + content + b"ET"])) == "6 x 10²³ of it"


async def test_a_line_a_little_below_another_is_no_index():
    content = b"BT /F1 10 Tf 50 600 Td (The leaf) Tj 120 -4 Td (A note beside it) Tj ET"
    assert "_" not in (await extract(pdf_of_contents([text_content(PROSE) + content]))).text


async def test_markers_of_lists_that_are_drawn_last_stand_before_their_items():
    content = (
        b"BT /F1 10 Tf 70 700 Td (The heart pumps blood) Tj 0 -14 Td (through the body.) Tj 0 -14 Td (The lungs) Tj ET "
        b"BT /F1 10 Tf 70 640 Td (After the list.) Tj ET BT /F1 10 Tf 55 700 Td (1. ) Tj 0 -28 Td (2. ) Tj ET"
    )
    text = (await extract(pdf_of_contents([content]))).text
    assert text.splitlines() == ["1. The heart pumps blood", "through the body.", "2. The lungs", "After the list."]


def stacked(over: str, under: str, bar: str) -> bytes:
    return (
        b"BT /F1 10 Tf 50 600 Td (Half is) Tj ET BT /F1 8 Tf 92 606 Td (%b) Tj ET BT /F1 8 Tf 92 595 Td (%b) Tj ET %b "
        b"BT /F1 10 Tf 115 600 Td (mv of it.) Tj ET" % (over.encode(), under.encode(), bar.encode())
    )


@pytest.mark.parametrize(
    ("over", "under", "bar", "read"),
    [
        ("1", "2", "90 603.5 8 0.6 re f", "Half is 1/2 mv of it."),
        ("1", "2", "0.5 w 90 603.5 m 98 603.5 l S", "Half is 1/2 mv of it."),
        ("-b", "2a", "91 603.5 11 0.6 re f", "Half is (-b)/(2a) mv of it."),
        # Programs draw the lower border of a box that is cut to a strip.
        ("1", "2", "q 90 603.5 8 0.6 re W n 90 603.5 8 14 re S Q", "Half is 1/2 mv of it."),
    ],
)
async def test_what_stands_over_and_under_a_bar_is_a_fraction(over, under, bar, read):
    document = pdf_of_contents([text_content(PROSE) + b"\n" + stacked(over, under, bar)])
    assert await last_line(document) == read


@pytest.mark.parametrize(
    "content",
    [
        b"BT /F1 10 Tf 50 600 Td (The word ) Tj (leaf) Tj ( is below) Tj 40 -13 Td (root) Tj ET 92 598.5 17 0.6 re f",
        b"BT /F1 10 Tf 50 600 Td (Name) Tj 0 -20 Td (Age) Tj ET 40 594 400 0.6 re f",
    ],
)
async def test_underlined_words_and_rows_of_tables_are_no_fractions(content):
    assert ")/" not in (await extract(pdf_of_contents([text_content(PROSE) + b"\n" + content]))).text


async def test_what_a_clip_path_cuts_away_is_no_text():
    cut = b"q 50 590 38 20 re W n BT /F1 10 Tf 50 600 Td (The leaf is green on both sides) Tj ET Q"
    read = await extract(pdf_of_contents([text_content(PROSE) + cut]))
    assert read.text.splitlines()[-1] == "The leaf"
    assert [row["what"] for row in read.left_out] == ["hidden"]


@pytest.mark.parametrize(
    ("names", "is_scan"), [(b"/ff/fi/fl/ffi/ffl", False), (b"/g27/g28/g29/g30/g31", True), (b"/a/b/c/d/e", False)]
)
async def test_a_page_with_ligatures_that_its_font_does_not_name_goes_to_the_vision_model(names, is_scan):
    encoding = b"/Encoding<</Type/Encoding/BaseEncoding/WinAnsiEncoding/Differences[27%b]>>" % names
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica%b>>" % encoding
    words = ["The o\x1ece of the \x1crst e\x1ecient \x1dow a\x1bects \x1cve pages.", *PROSE * 8]
    content = text_content(words).replace(b"/F1", b"/L")
    (page,) = (await extract(pdf_of_contents([content], fonts={"L": font}))).pages
    assert page.is_scan is is_scan


async def test_unnamed_bullets_do_not_spoil_a_page():
    content = text_content([f"\x07 Leaf {letter}" for letter in "abcdef"] + PROSE * 8)
    (page,) = (await extract(pdf_of_contents([content]))).pages
    assert not page.is_scan


async def test_letters_of_one_arabic_glyph_keep_their_order():
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>"
    codes = to_unicode({0x41: "ا", 0x4C: "ل", 0x58: "لا", 0x4D: "م", 0x53: "س", 0x20: " "})
    content = b"BT /A 14 Tf 14 TL 50 700 Td (MXS MXSLA MXS MXSLA) Tj T* (MXS MXSLA MXS MXSLA MXS MXSLA) Tj ET"
    document = pdf_with(content, fonts=b"/A 6 0 R", more=[font, codes])
    assert (await extract(document)).text.split() == ["السلام", "سلام"] * 5


@pytest.mark.parametrize(
    "hidden",
    [
        b"BT /F1 10 Tf 3 Tr 50 600 Td (HIDDEN) Tj ET",
        b"BT 1 1 1 rg /F1 10 Tf 50 600 Td (HIDDEN) Tj ET",
        b"/OC /L0 BDC BT /F1 10 Tf 50 600 Td (HIDDEN) Tj ET EMC",
        b"BT /F1 10 Tf 50 600 Td (HIDDEN) Tj ET 0 0 0 rg 40 590 200 30 re f",
        b"BT 3 Tr /F1 10 Tf 50 800 Td (HIDDEN) Tj ET",
    ],
    ids=["invisible", "white", "layer", "covered", "under visible text"],
)
async def test_text_without_ink_is_no_text(hidden):
    catalog = b"/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>"
    extraction = await extract(pdf_with(text_content(PROSE) + b" " + hidden, catalog=catalog, more=[LAYER]))
    assert extraction.text == "\n".join(PROSE)
    assert [(row["what"], row["pages"]) for row in extraction.left_out] == [("hidden", [1])]


@pytest.mark.parametrize(
    "seen",
    [
        b"0 0 0 rg 40 590 200 30 re f BT 1 1 1 rg /F1 10 Tf 50 600 Td (SEEN) Tj ET",
        b"/OC /L0 BDC BT /F1 10 Tf 50 600 Td (SEEN) Tj ET EMC",
        b"1 1 0 rg 40 590 200 30 re f BT 0 g /F1 10 Tf 50 600 Td (SEEN) Tj ET",
    ],
    ids=["white on black", "layer that is on", "before a colour"],
)
async def test_text_with_ink_stays(seen):
    catalog = b"/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]>>>>"
    assert await last_line(pdf_with(text_content(PROSE) + b" " + seen, catalog=catalog, more=[LAYER])) == "SEEN"


async def test_invisible_text_over_a_scan_is_what_somebody_has_read_off_it():
    page = SCAN + b" " + text_content(PROSE).replace(b"BT", b"BT 3 Tr")
    extraction = await extract(pdf_of_contents([page]))
    assert (extraction.text, extraction.scans) == ("\n".join(PROSE), ())


async def test_a_filled_field_and_a_note_on_the_page_are_text_and_a_drawn_one_is_a_scan():
    shown = stream(
        b"BT /F1 12 Tf 2 5 Td (the President) Tj ET",
        b"/Type/XObject/Subtype/Form/BBox[0 0 400 20]/Resources<</Font<</F1 5 0 R>>>>",
    )
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(the President)/Rect[50 600 450 620]/F 4/AP<</N 7 0 R>>>>"
    form = pdf_with(
        text_content(PROSE), page=b"/Annots[6 0 R]", catalog=b"/AcroForm<</Fields[6 0 R]>>", more=[field, shown]
    )
    assert await last_line(form) == "the President"
    ink = stream(b"2 w 0 0 m 100 15 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 400 20]")
    note = b"<</Type/Annot/Subtype/Ink/Rect[50 600 450 620]/F 4/InkList[[50 600 450 620]]/AP<</N 7 0 R>>>>"
    assert (await extract(pdf_with(b"", page=b"/Annots[6 0 R]", more=[note, ink]))).scans == (1,)


async def test_signs_of_the_font_symbol_are_those_it_shows():
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Symbol/ToUnicode 7 0 R>>"
    codes = to_unicode({0x2B: "\uf02b", 0x61: "\uf061", 0xB0: "\uf0b0"})
    content = line(
        b"(OA ) Tj /S 10 Tf (+) Tj /F1 10 Tf ( OB at ) Tj /S 10 Tf (a) Tj /F1 10 Tf ( of 30) Tj /S 10 Tf (\xb0) Tj"
    )
    assert await last_line(pdf_with(content, fonts=b"/S 6 0 R", more=[font, codes])) == "OA + OB at α of 30°"


@pytest.mark.parametrize("shift", [0xF000, 0x0A00], ids=["private", "another script"])
async def test_a_page_whose_font_says_wrong_things_goes_to_the_vision_model(shift):
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>"
    codes = to_unicode({code: chr(code + shift) for code in range(0x20, 0x7B)})
    document = pdf_with(text_content(PROSE * 3).replace(b"/F1", b"/S"), fonts=b"/S 6 0 R", more=[font, codes])
    extraction = await extract(document)
    assert (extraction.scans, extraction.pages[0].text) == ((1,), "")


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("The cell makes energy. " * 5, False),
        ("संविधान का भाग Constitution of India part " * 5, False),
        ("Ω = α + β, ∑ x → ∞ and the cell makes energy in it " * 2, False),
        ("細胞は生命の基本単位である。ミトコンドリア " * 4, False),
        ("aБγאبकก漢" * 20, True),
        ("The cell \uf041\uf042\uf043 makes", True),
        ("The cell \u0378 makes", True),
    ],
)
def test_text_is_garbled_when_much_of_it_is_no_character_or_of_no_one_script(text, garbled):
    assert is_garbled(text) is garbled


async def test_a_word_cut_at_a_line_end_is_whole_and_a_hyphen_of_its_own_stays():
    lines = [
        "from 1939-",
        "1945 the well-",
        "known mitochon-",
        "drion, X-",
        "ray, Article 19-",
        "A, the Non-",
        "Aligned.",
    ]
    text = (await extract(pdf_of_contents([text_content(lines)]))).text
    assert text == "from 1939-1945 the well-known mitochondrion, X-ray, Article 19-A, the Non-Aligned."


def test_what_stands_elsewhere_decides_about_a_hyphen():
    assert joined([f"wellbeing and well{HYPHEN}being"]) == ["wellbeing and wellbeing"]
    assert joined([f"so{HYPHEN}called", "the so-called cell"]) == ["so-called", "the so-called cell"]
    assert joined([f"cell{HYPHEN}wall", "a cell-wall"]) == ["cell-wall", "a cell-wall"]


def book(n_pages: int, **edges: str) -> list[str]:
    body = [f"Sentence {n} about {word}." for n, word in enumerate(["cells", "walls", "light", "water", "air"])]
    return [
        "\n".join(
            [
                edges.get("head", "").format(page),
                *[f"{line} {chr(97 + page)}{page}" for line in body],
                edges.get("foot", "").format(page),
            ]
        )
        for page in range(n_pages)
    ]


def test_heads_feet_and_page_numbers_are_left_out_and_counted():
    pages, lost = without_heads(book(6, head="Polity", foot="- {} -"))
    assert lost == [2] * 6
    assert pages[3].startswith("Sentence 0")
    assert pages[3].rstrip().endswith("d3")


@pytest.mark.parametrize(
    "head",
    [
        "Part {}",
        "Chapter {}",
        "Question {} (3 marks)",
        "Q. No. {}",
        "Kapitel {}",
        "प्रश्न {}",
        "السؤال {}",
        "第{}章",
        "题 {}",
    ],
)
def test_a_heading_whose_number_grows_with_the_pages_stays(head):
    pages, lost = without_heads(book(6, head=head))
    assert lost == [0] * 6
    assert pages[3].startswith(head.format(3))


@pytest.mark.parametrize("head", ["Page {}", "Seite {} von 9", "第 {} 页", "Polity {}", "Chapter 3: Cells {}"])
def test_a_head_with_the_number_of_its_page_is_left_out(head):
    assert without_heads(book(6, head=head))[1] == [1] * 6


def test_what_stands_beside_the_number_of_the_page_or_is_set_as_a_heading_stays_whatever_its_word():
    assert without_heads(book(6, head="Station {}", foot="- {} -"))[1] == [1] * 6
    assert without_heads(book(6, head="Station {}"), lambda _page, line: line.startswith("Station"))[1] == [0] * 6


@pytest.mark.parametrize(("font", "size", "lost"), [("F1", 16, 0), ("F2", 10, 0), ("F1", 10, 6)])
async def test_larger_and_bold_letters_tell_a_heading_from_a_head(font, size, lost):
    bold = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>"
    pages = []
    for number in range(1, 7):
        head = f"BT /{font} {size} Tf 50 820 Td (Station {number}) Tj ET\n".encode()
        pages.append(head + text_content([f"Line {name} {chr(96 + number) * 3}" for name in "abcdef"]))
    document = pdf_of_contents(pages, fonts={"F2": bold})
    read = await extract(document)
    assert sum(row["count"] for row in read.left_out) == lost
    assert read.pages[4].text.startswith("Station 5") is (lost == 0)


def test_heads_of_left_and_right_pages_may_differ():
    pages = [page.replace("HEAD", "Left" if n % 2 else "Right") for n, page in enumerate(book(8, head="HEAD"))]
    assert without_heads(pages)[1] == [1] * 8


def test_of_nine_pages_the_four_left_ones_have_their_head_too():
    pages = [page.replace("HEAD", "Left" if n % 2 else "Right") for n, page in enumerate(book(9, head="HEAD"))]
    assert without_heads(pages)[1] == [1] * 9


def test_lines_that_differ_by_other_numbers_than_the_pages_are_no_heads():
    pages = [page.replace("HEAD", f"Exercise {7 * n}") for n, page in enumerate(book(6, head="HEAD"))]
    assert without_heads(pages)[1] == [0] * 6


def test_what_stands_on_few_pages_or_amid_them_or_in_copies_of_a_form_is_no_head():
    assert without_heads(book(2, head="Polity"))[1] == [0, 0]
    form = "\n".join(f"Line {n}" for n in "abcdefgh")
    assert without_heads([form] * 5)[1] == [0] * 5


async def test_a_quote_that_goes_over_a_page_end_stands_in_one_piece():
    body = [["a", "b", "c", "d", "e", "f"], ["g", "h", "i", "j", "k", "l"], ["m", "n", "o", "p", "q", "r"]]
    pages = [["Polity", *[f"Line {name} goes on" for name in names], f"Page {n}"] for n, names in enumerate(body, 1)]
    extraction = await extract(pdf_of_contents([text_content(lines) for lines in pages]))
    text = " ".join(page.text for page in extraction.pages)
    assert "Line f goes on Line g goes on" in " ".join(text.split())
    assert {row["what"]: row["count"] for row in extraction.left_out} == {"running_heads": 6}


def columns(rows: list[tuple[str, str]]) -> bytes:
    cells = ((x, 800 - 14 * n, text) for n, row in enumerate(rows) for x, text in zip((50, 320), row, strict=True))
    return (
        b"BT /F1 10 Tf "
        + b"".join(b"1 0 0 1 %d %d Tm (%b) Tj " % (x, y, text.encode()) for x, y, text in cells)
        + b"ET"
    )


async def test_columns_drawn_row_by_row_are_read_one_after_the_other_and_tables_by_rows():
    prose = [
        ("Left column line one", "Right column begins here"),
        ("goes on in line two", "and continues below it"),
        ("and ends in three.", "until its end."),
    ]
    text = (await extract(pdf_of_contents([columns(prose)]))).text
    assert " ".join(text.split()) == " ".join([*(left for left, _ in prose), *(right for _, right in prose)])
    table = [("Organ", "Function"), ("Heart", "Pumps blood"), ("Lung", "Takes in air"), ("Skin", "Protects")]
    assert (await extract(pdf_of_contents([columns(table)]))).text.splitlines()[1] == "Heart Pumps blood"


async def test_a_page_whose_font_names_only_some_letters_goes_to_the_vision_model():
    """For the others pdfium gives the number of the glyph as if it were a letter."""
    words = "संविधान सभा ने इसे नवंबर में स्वीकार किया था।"
    shown = b"".join(b"%04X" % ord(letter) for letter in words)
    named = " ".join(f"<{ord(c):04x}> <{ord(c):04x}>" for c in sorted(set(words) - {"ा"}))
    codes = stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <0000> "
        b"<FFFF> endcodespacerange 19 beginbfchar %b endbfchar endcmap end end" % named.encode()
    )
    font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode 7 0 R>>"
    order = b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
    glyphs = b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo%b>>" % order
    content = b"BT /S 10 Tf 50 700 Td <%b> Tj ET" % shown
    extraction = await extract(pdf_with(content, fonts=b"/S 6 0 R", more=[font, codes, glyphs]))
    assert (extraction.scans, extraction.pages[0].text) == ((1,), "")


async def test_a_page_that_is_turned_keeps_the_order_of_its_lines():
    document = pdf_of_contents([text_content(["First line", "Second line", "Third line"])]).replace(
        b"/MediaBox", b"/Rotate 90/MediaBox"
    )
    assert (await extract(document)).text.splitlines() == ["First line", "Second line", "Third line"]


@pytest.mark.parametrize(
    "damage",
    [lambda pdf: b"HTTP/1.1 200 OK\r\n" + b"x" * 3000 + pdf, lambda pdf: pdf.removeprefix(b"%PDF-1.7\n")],
    ids=["late", "missing"],
)
async def test_a_header_that_is_late_or_missing_is_no_obstacle(damage):
    assert "mitochondrion" in (await extract(damage(text_pdf(2)))).text


async def test_pages_of_a_web_server_behind_the_end_are_no_obstacle():
    assert "mitochondrion" in (await extract(text_pdf(1) + b"<html>" + b"x" * 5000)).text


async def test_a_form_of_adobe_says_what_to_do():
    lines = ["Please wait...", "Your PDF viewer may not be able to display this type of document."]
    with pytest.raises(ExtractionError, match="print it to PDF"):
        await extract(pdf_of_contents([text_content(lines)]))
