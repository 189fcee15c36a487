import pytest

from app.documents.docx_numbers import numeral
from app.documents.extract import ExtractionError, ExtractionLimits, Refusal, extract
from tests.documents.files import NAMESPACES, docx_of, docx_package, paragraph, run

BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
LAID_OUT = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>Next.</w:t></w:r></w:p>"


async def text_of(body: str) -> str:
    return (await extract(docx_of(body), "a.docx")).text


async def refusal(document: bytes, limits: ExtractionLimits | None = None) -> Refusal:
    with pytest.raises(ExtractionError) as caught:
        await extract(document, "a.docx", limits or ExtractionLimits())
    return caught.value.reason


async def test_paragraphs_stand_apart_and_runs_together():
    body = "<w:p><w:r><w:t>Photo</w:t></w:r><w:r><w:t>synthesis</w:t><w:tab/><w:t>is</w:t></w:r></w:p>"
    assert await text_of(body + paragraph("Second & last.")) == "Photosynthesis\tis\n\nSecond & last."


async def test_a_table_is_read_row_by_row():
    cell = "<w:tc>{}</w:tc>"
    rows = [("Organ", "Function"), ("Heart", "Pumps blood")]
    table = "".join(f"<w:tr>{''.join(cell.format(paragraph(text)) for text in row)}</w:tr>" for row in rows)
    text = await text_of(paragraph("Before.") + f"<w:tbl>{table}</w:tbl>" + paragraph("After."))
    assert text == "Before.\n\nOrgan | Function\nHeart | Pumps blood\n\nAfter."


async def test_a_table_in_a_table_is_read_once():
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('inner')}</w:tc></w:tr></w:tbl>"
    text = await text_of(f"<w:tbl><w:tr><w:tc>{paragraph('outer')}{inner}</w:tc></w:tr></w:tbl>")
    assert (text.count("outer"), text.count("inner")) == (1, 1)


async def test_pages_are_those_word_last_laid_out():
    extraction = await extract(docx_of(paragraph("One.") + BREAK + LAID_OUT + paragraph("Two.") + LAID_OUT))
    assert [page.text for page in extraction.pages] == ["One.", "Next.\n\nTwo.", "Next."]


async def test_what_is_deleted_or_there_twice_for_older_programs_is_left_out():
    deleted = "<w:p><w:del><w:r><w:delText>Gone.</w:delText></w:r></w:del><w:r><w:t>Kept.</w:t></w:r></w:p>"
    alternate = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{paragraph('Box.')}</mc:Choice><mc:Fallback>{paragraph('Box.')}</mc:Fallback></mc:AlternateContent>"
    )
    assert await text_of(deleted + f"<w:p><w:r>{alternate}</w:r></w:p>") == "Kept.\n\nBox."
    assert await text_of(deleted + alternate) == "Kept.\n\nBox."


async def test_a_document_that_unpacks_to_far_more_than_it_has_bytes_is_a_bomb():
    document = docx_of(paragraph("a" * (61 << 20)))
    assert len(document) < 1 << 20
    assert await refusal(document) is Refusal.BOMB


async def test_entities_that_multiply_are_refused():
    entities = '<!DOCTYPE d [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 20}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    document = docx_of("", parts={"word/document.xml": f"{entities}]><d>&i;</d>".encode()})
    assert await refusal(document) in {Refusal.CORRUPT, Refusal.MEMORY_LIMIT}


async def test_elements_nested_without_end_are_refused():
    assert await refusal(docx_of("<w:sdt>" * 50_000 + "</w:sdt>" * 50_000)) is Refusal.CORRUPT


async def test_a_document_cut_in_the_middle_is_refused():
    document = docx_of(paragraph("Some text. " * 1000))
    assert await refusal(document[: len(document) // 2]) is Refusal.TRUNCATED


async def test_a_document_whose_text_is_damaged_is_refused():
    document = bytearray(docx_of(paragraph("".join(chr(33 + number * 7 % 90) for number in range(5000)))))
    document[200:220] = bytes(20)
    assert await refusal(bytes(document)) is Refusal.CORRUPT


async def test_a_document_with_too_many_pages_is_refused():
    assert await refusal(docx_of((paragraph("Text.") + BREAK) * 100 + paragraph("End."))) is Refusal.TOO_MANY_PAGES


async def read(body: str, **how):
    return await extract(docx_package(body, **how), "a.docx")


async def shown(body: str, **how) -> str:
    return (await read(body, **how)).text


async def left_out(body: str, **how) -> dict[str, int]:
    return {row["what"]: row["count"] for row in (await read(body + paragraph("x"), **how)).left_out}


@pytest.mark.parametrize("how", [{"main": "word/document2.xml"}, {"main": "doc/main.xml"}, {"strict": True}])
async def test_the_main_part_is_the_one_the_package_names_strict_or_not(how):
    assert await shown(paragraph("Seen."), **how) == "Seen."


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2a</m:t></m:r></m:den></m:f>", "1/(2a)"),
        (
            (
                "<m:r><m:t>3</m:t></m:r><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
                "<m:r><m:t>mv</m:t></m:r>"
            ),
            "3 1/2 mv",
        ),
        ("<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>", "x²"),
        ("<m:sSup><m:e><m:r><m:t>a+b</m:t></m:r></m:e><m:sup><m:r><m:t>k</m:t></m:r></m:sup></m:sSup>", "(a+b)^k"),
        ("<m:sSub><m:e><m:r><m:t>v</m:t></m:r></m:e><m:sub><m:r><m:t>max</m:t></m:r></m:sub></m:sSub>", "v_(max)"),
        ("<m:rad><m:deg><m:r><m:t>3</m:t></m:r></m:deg><m:e><m:r><m:t>xy</m:t></m:r></m:e></m:rad>", "³√(xy)"),
        (
            '<m:d><m:dPr><m:begChr m:val="|"/><m:endChr m:val="|"/></m:dPr><m:e><m:r><m:t>x</m:t></m:r></m:e></m:d>',
            "|x|",
        ),
        (
            (
                "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r></m:sub><m:sup><m:r>"
                "<m:t>n</m:t></m:r></m:sup><m:e><m:r><m:t>i</m:t></m:r></m:e></m:nary>"
            ),
            "∑_(i=1)ⁿ i",
        ),
    ],
)
async def test_formulas_become_one_line_that_keeps_their_parts_apart(formula, text):
    assert await shown(f"<w:p>{run('F = ')}<m:oMath>{formula}</m:oMath></w:p>") == f"F = {text}"
    assert await shown(f"<m:oMathPara><m:oMath>{formula}</m:oMath></m:oMathPara>") == text


async def test_raised_and_lowered_runs_are_kept_apart():
    up, down = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    body = f"<w:p>{run('10')}{run('23', up)}{run(' of CO')}{run('2', down)}</w:p>"
    assert await shown(body) == "10²³ of CO₂"


async def test_a_run_that_says_it_is_shown_stays_in_a_hidden_paragraph_and_so_does_a_style_that_says_so():
    styles = (
        f'<w:styles {NAMESPACES}><w:style w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="S"><w:basedOn w:val="H"/><w:rPr><w:vanish w:val="0"/></w:rPr></w:style></w:styles>'
    )
    shown = f'<w:p><w:pPr><w:pStyle w:val="H"/></w:pPr>{run("Gone.")}{run("Kept.", VANISH_OFF)}</w:p>'
    by_style = f'<w:p><w:pPr><w:pStyle w:val="S"/></w:pPr>{run("Shown.")}</w:p>'
    # Word takes hidden letters in a hidden paragraph for shown ones.
    twice = f'<w:p><w:pPr><w:pStyle w:val="H"/></w:pPr>{run("Twice.", RUN_STYLE)}</w:p>'
    read = await extract(docx_package(shown + by_style + twice, styles=styles), "a.docx")
    assert read.text.split() == ["Kept.", "Shown.", "Twice."]
    assert [row["count"] for row in read.left_out] == [1]


VANISH_OFF, RUN_STYLE = '<w:vanish w:val="0"/>', '<w:rStyle w:val="H"/>'


@pytest.mark.parametrize("prefix", ["", "w:", "xmlns:"])
async def test_a_tag_with_too_many_attributes_is_refused_at_once(prefix):
    attributes = " ".join(f'{prefix}a{n}="{"x" * 60}"' for n in range(300_000))
    with pytest.raises(ExtractionError, match="too many attributes"):
        await extract(docx_of(f"<w:p {attributes}><w:r><w:t>x</w:t></w:r></w:p>"), "a.docx")


async def test_a_drawing_with_its_data_in_one_attribute_is_read():
    drawing = f'<w:pict><v:shape xmlns:v="v" gfxdata="{"A" * 200_000}"/></w:pict>'
    assert await text_of(f"<w:p><w:r>{drawing}<w:t>The leaf.</w:t></w:r></w:p>") == "The leaf."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_a_document_that_defines_entities_is_refused(encoding):
    entity = f'<!DOCTYPE d [<!ENTITY big "{"leaf " * 50_000}">]>'
    head = f'<?xml version="1.0" encoding="{encoding}"?><!-- a > b -->\n{entity}<w:document {NAMESPACES}>'
    xml = f"{head}<w:body><w:p><w:r><w:t>&big;</w:t></w:r></w:p></w:body></w:document>"
    document = docx_of("", parts={"word/document.xml": xml.encode(encoding)})
    with pytest.raises(ExtractionError, match="entities"):
        await extract(document, "a.docx")


async def test_hidden_text_is_left_out_by_run_by_style_and_by_a_style_it_is_based_on():
    styles = (
        f'<w:styles {NAMESPACES}><w:style w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="I"><w:basedOn w:val="H"/></w:style></w:styles>'
    )
    by_style = run("2", '<w:rStyle w:val="I"/>')
    not_hidden = run("!", '<w:vanish w:val="false"/>')
    hidden_paragraph = f'<w:p><w:pPr><w:pStyle w:val="H"/></w:pPr>{run("3")}</w:p>'
    body = f"<w:p>{run('Seen.')}{run('1', '<w:vanish/>')}{by_style}{not_hidden}</w:p>{hidden_paragraph}"
    assert await shown(body, styles=styles) == "Seen.!"
    assert await left_out(body, styles=styles) == {"hidden": 3}


async def test_moved_text_stands_once_and_deleted_text_never():
    there, here = (f"<w:p><w:{tag}>{run('Moved.')}</w:{tag}></w:p>" for tag in ("moveFrom", "moveTo"))
    moved = there + paragraph("Between.") + here
    assert await shown(moved) == "Between.\n\nMoved."
    assert await left_out(f"<w:p><w:del>{run('Gone.')}</w:del></w:p>") == {"deleted": 1}


async def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next():
    body = f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('One ')}</w:p><w:p>{run('sentence.')}</w:p>"
    assert await shown(body) == "One sentence."


async def test_an_inline_box_stands_apart_at_its_place_and_a_floating_one_behind_the_paragraph():
    box = f"<w:txbxContent>{paragraph('One.')}{paragraph('Two.')}</w:txbxContent>"
    inline = f"<w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r>"
    assert await shown(f"<w:p>{run('Before ')}{inline}{run('after.')}</w:p>") == "Before\n\nOne.\n\nTwo.\n\nafter."
    floating = f"<w:r><w:drawing><wp:anchor>{box}</wp:anchor></w:drawing></w:r>"
    assert await shown(f"<w:p>{run('Before ')}{floating}{run('after.')}</w:p>") == "Before after.\n\nOne.\n\nTwo."


async def test_symbols_are_the_characters_they_show_and_soft_hyphens_nothing():
    sym = '<w:r><w:t>photo</w:t><w:softHyphen/><w:t>synthesis </w:t><w:sym w:font="Symbol" w:char="F061"/></w:r>'
    degree = run("\uf0b0", '<w:rFonts w:ascii="Symbol"/>')
    assert await shown(f"<w:p>{sym}{degree}</w:p>") == "photosynthesis α°"


async def test_notes_stand_behind_their_paragraph():
    one = f'<w:footnote w:type="separator" w:id="0"/><w:footnote w:id="2">{paragraph("The note.")}</w:footnote>'
    notes = f"<w:footnotes {NAMESPACES}>{one}</w:footnotes>"
    body = f'<w:p>{run("Amended")}<w:r><w:footnoteReference w:id="2"/></w:r>{run(" once.")}</w:p>{paragraph("Next.")}'
    assert await shown(body, footnotes=notes) == "Amended once.\n\n[The note.]\n\nNext."


async def test_lists_are_lines_and_a_field_that_nobody_filled_in_is_nothing():
    item = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="7"/></w:numPr></w:pPr>{}</w:p>'
    assert await shown(item.format(run("One")) + item.format(run("Two"))) == "One\nTwo"
    empty = (
        f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{paragraph('Click here')}</w:sdtContent></w:sdt>"
    )
    assert await shown(empty + paragraph("Seen.")) == "Seen."


def level(at: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


def item(text: str, at: int = 0, num: int = 1) -> str:
    return f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{num}"/></w:numPr></w:pPr>{run(text)}</w:p>'


def numbering(*levels: str, num: str = "") -> str:
    lists = f'<w:abstractNum w:abstractNumId="5">{"".join(levels)}</w:abstractNum>'
    nums = f'<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>{num}'
    return f"<w:numbering {NAMESPACES}>{lists}{nums}</w:numbering>"


async def test_numbers_of_lists_stand_before_their_items_and_begin_anew_below_the_next():
    lists = numbering(level(0, "decimal", "%1."), level(1, "lowerLetter", "%2)"), level(2, "upperRoman", "%1.%3"))
    body = item("One") + item("a", 1) + item("b", 1) + item("deep", 2) + item("Two") + item("a", 1)
    lines = (await shown(body, numbering=lists)).replace("\n\n", "\n")
    assert lines == "1. One\na) a\nb) b\n1.I deep\n2. Two\na) a"


async def test_a_bullet_is_no_number_and_paragraphs_between_items_do_not_begin_the_list_anew():
    lists = numbering(level(0, "decimal", "%1."), level(1, "bullet", "•"))
    body = item("One") + item("point", 1) + paragraph("Between.") + item("Two")
    assert await shown(body, numbering=lists) == "1. One\n\npoint\n\nBetween.\n\n2. Two"


async def test_a_list_that_names_its_first_number_begins_with_it_once():
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="5"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    lists = numbering(level(0, "decimal", "%1."), num=again)
    assert await shown(item("One") + item("Seven", num=2) + item("Eight", num=2), numbering=lists) == (
        "1. One\n7. Seven\n8. Eight"
    )


async def test_a_style_numbers_its_headings():
    style = (
        '<w:style w:styleId="H1"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="H2"><w:basedOn w:val="H1"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/>'
        '</w:numPr></w:pPr></w:style><w:style w:styleId="Own"><w:basedOn w:val="H2"/></w:style>'
    )
    lists = numbering(level(0, "decimal", "Chapter %1"), level(1, "decimal", "%1.%2"))
    heading = '<w:p><w:pPr><w:pStyle w:val="{}"/></w:pPr>{}</w:p>'.format
    body = heading("H1", run("Cells")) + heading("H2", run("Walls")) + heading("Own", run("Pores"))
    styles = f"<w:styles {NAMESPACES}>{style}</w:styles>"
    assert await shown(body, numbering=lists, styles=styles) == "Chapter 1 Cells\n\n1.1 Walls\n\n1.2 Pores"


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (28, "lowerLetter", "bb"),
        (1999, "upperRoman", "MCMXCIX"),
        (4, "decimalZero", "04"),
        (3, "arabicAbjad", "ج"),
        (3, "hindiConsonants", "ग"),
        (12, "hindiNumbers", "१२"),
        (21, "chineseCounting", "二十一"),
        (3, "a form that nobody knows", "3"),
        (999, "lowerLetter", "999"),
    ],
)
def test_a_number_is_written_in_the_form_of_its_list(number, form, text):
    assert numeral(number, form) == text


async def test_indentation_of_code_is_kept():
    assert await shown(f"<w:p>{run('for i:')}<w:r><w:br/></w:r>{run('    print(i)')}</w:p>") == "for i:\n    print(i)"


async def test_a_document_that_embeds_another_says_what_to_do():
    with pytest.raises(ExtractionError, match="save it once in Word"):
        await read(f'{paragraph("Intro.")}<w:altChunk w:id="c"/>')


async def test_a_document_of_pictures_only_says_what_to_do():
    with pytest.raises(ExtractionError, match="only pictures"):
        await read("<w:p><w:r><w:drawing/></w:r></w:p>")
    assert await left_out("<w:p><w:r><w:drawing/></w:r></w:p>") == {"pictures": 1}


async def test_a_long_table_and_many_paragraphs_are_read_within_the_limits():
    rows = "".join(
        f"<w:tr><w:tc>{paragraph(f'Row {n}')}</w:tc><w:tc>{paragraph('x')}</w:tc></w:tr>" for n in range(2_000)
    )
    extraction = await read(f"<w:tbl>{rows}</w:tbl>" + paragraph("A line of text.") * 2_000)
    assert extraction.text.startswith("Row 0 | x\nRow 1 | x")
    assert extraction.text.count("A line of text.") == 2_000
    assert extraction.peak_bytes < 300 << 20


async def test_millions_of_notes_are_refused():
    notes = f"<w:footnotes {NAMESPACES}>{'<w:footnote/>' * 2_100_000}</w:footnotes>"
    assert await refusal(docx_package(paragraph("x"), footnotes=notes)) is Refusal.BOMB


async def test_lines_that_word_cut_into_many_runs_are_read_in_time():
    runs = "".join(run(f"word{n} ") for n in range(60))
    power = run("2", '<w:vertAlign w:val="superscript"/>')
    extraction = await read(f"<w:p>{runs}{power}{run('next')}</w:p>" * 500)
    assert extraction.text.count("word59 ²next") == 500
