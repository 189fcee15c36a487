"""ODT, PPTX and RTF, made by the libraries that write them."""

import io

import pytest
from odfdo import Document, List, Paragraph, Span, Style, Table
from pptx import Presentation
from pptx.util import Inches

from app.documents.extract import ExtractionError, extract
from app.documents.extraction import ExtractionLimits, Refusal


def odt() -> bytes:
    document = Document("text")
    document.body.clear()
    document.insert_style(Style("text", name="up", text_position="super 58%"), automatic=True)
    powered = Paragraph("6 x 10")
    powered.append(Span("23", style="up"))
    document.body.append(powered)
    noted = Paragraph("Amended once.")
    noted.insert_note(after="once", note_id="n1", citation="1", body="The note.")
    document.body.append(noted)
    table = Table("T", width=2, height=2)
    table.set_values([["Organ", "Function"], ["Heart", "Pumps"]])
    document.body.append(table)
    document.body.append(List(["One", "Two"]))
    return saved(document)


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


async def test_an_odt_is_read_with_its_powers_notes_tables_and_lists():
    text = (await extract(odt(), "a.odt")).text
    assert text == "6 x 10²³\n\nAmended once.\n\n[The note.]\n\nOrgan | Function\nHeart | Pumps\n\nOne\nTwo"


def slides(n: int = 1) -> bytes:
    presentation = Presentation()
    for number in range(n):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number + 1}"
        slide.placeholders[1].text = "One\nTwo"
        slide.notes_slide.notes_text_frame.text = "The answer is B."
        table = slide.shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1)).table
        table.cell(0, 0).text, table.cell(0, 1).text = "Heart", "Pumps"
        box = slide.shapes.add_textbox(0, 0, 10, 10).text_frame.paragraphs[0]
        box.add_run().text = "10"
        power = box.add_run()
        power.text = "23"
        power.font._element.set("baseline", "30000")
    return saved(presentation)


async def test_each_slide_is_a_page_and_speaker_notes_are_left_out_and_said_to_be():
    extraction = await extract(slides(2), "a.pptx")
    assert [page.text for page in extraction.pages] == [
        f"Slide {number}\n\nOne\nTwo\n\nHeart | Pumps\n\n10²³" for number in (1, 2)
    ]
    assert [(row["what"], row["pages"]) for row in extraction.left_out] == [("notes", [1, 2])]


async def test_too_many_slides_are_refused():
    with pytest.raises(ExtractionError) as caught:
        await extract(slides(3), "a.pptx", ExtractionLimits(max_pages=2))
    assert caught.value.reason is Refusal.TOO_MANY_PAGES


RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}} Caf\'e9 10{\super 23} and H{\sub 2}O.{\v secret}"
    rb"{\footnote A note.}\par Next \u8364?.\page Page two.}"
)


async def test_an_rtf_is_read_with_its_powers_signs_and_pages():
    extraction = await extract(RTF, "a.rtf")
    assert [page.text for page in extraction.pages] == ["Café 10²³ and H₂O.\n[A note.]\nNext €.", "Page two."]
    assert [(row["what"], row["count"]) for row in extraction.left_out] == [("hidden", 1)]


@pytest.mark.parametrize(
    "note",
    [
        rb"{\footnote\pard\plain{\super\chftn} A {\i short} note\par on 10{\super 2} leaves.}",
        rb"{\super\chftn{\footnote \ftnalt \pard\plain {\cs18\super\chftn }A short note on 10{\super 2} leaves.}}",
    ],
)
async def test_the_notes_of_an_rtf_come_behind_their_paragraph_as_in_a_docx(note):
    source = rb"{\rtf1\ansi The leaf{\super\chftn}" + note + rb" is green.\par Next.}"
    read = await extract(source, "a.rtf")
    assert read.text == "The leaf is green.\n[A short note on 10² leaves.]\nNext."


@pytest.mark.parametrize(("document", "name"), [(odt(), "a.odt"), (slides(), "a.pptx")])
async def test_a_damaged_office_file_is_refused(document, name):
    with pytest.raises(ExtractionError) as caught:
        await extract(document[: len(document) // 2], name)
    assert caught.value.reason is Refusal.TRUNCATED
