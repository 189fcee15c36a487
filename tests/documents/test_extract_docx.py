import pytest

from app.documents.extract import ExtractionError, ExtractionLimits, Refusal, extract
from tests.documents.files import docx_of, paragraph

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
