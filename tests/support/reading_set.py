"""A set of documents like those of teachers, made by code, each with the words that it shows and those it hides."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from odfdo import Document, Paragraph, Span, Style
from pptx import Presentation

from tests.documents.files import (
    NAMESPACES,
    docx_package,
    paragraph,
    pdf_of_contents,
    pdf_with,
    run,
    text_content,
    to_unicode,
)

PROSE = (
    "The Constitution was adopted by the Constituent Assembly in November and came into force in January.",
    "The President is the head of the state and the Prime Minister leads the council of ministers.",
    "Fundamental rights stand in the third part and the directive principles follow in the fourth.",
)
HIDDEN = "answers"
RAISED = '<w:vertAlign w:val="superscript"/>'


@dataclass(frozen=True, slots=True)
class Sample:
    """`shown` are phrases that a reader sees; each counts once. `hidden` are phrases that no reader sees."""

    name: str
    content: bytes
    shown: Sequence[str]
    hidden: Sequence[str] = ()

    @property
    def format(self) -> str:
        return self.name.rpartition(".")[2]


def samples() -> list[Sample]:
    return [*_pdf(), *_docx(), *_html(), *_text(), *_others()]


def _pdf() -> list[Sample]:
    up, back = b"/F1 6 Tf 4 Ts", b"0 Ts /F1 10 Tf"
    power = b" BT /F1 10 Tf 50 600 Td (A mole has 10) Tj %b (23) Tj %b ( parts.) Tj ET" % (up, back)
    white = b" BT 1 1 1 rg /F1 10 Tf 50 500 Td (hidden answers) Tj ET"
    wrapped = ["the Non-", "Aligned Movement of the mitochon-", "dria and X-", "ray in 1939-", "1945"]
    pages = [["Polity for All", *_numbered(page), f"Page {page}"] for page in range(1, 7)]
    arabic = b"BT /A 14 Tf 50 700 Td (MXSLA MXS) Tj ET"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>"
    codes = to_unicode({0x41: "ا", 0x4C: "ل", 0x58: "لا", 0x4D: "م", 0x53: "س", 0x20: " "})
    return [
        Sample("prose.pdf", pdf_of_contents([text_content(PROSE)]), PROSE),
        Sample("power.pdf", pdf_of_contents([text_content(PROSE) + power]), ["10²³ parts"], ["1023"]),
        Sample("white.pdf", pdf_of_contents([text_content(PROSE) + white]), PROSE, [HIDDEN]),
        Sample(
            "wrapped.pdf",
            pdf_of_contents([text_content(wrapped)]),
            ["Non-Aligned", "mitochondria", "X-ray", "1939-1945"],
        ),
        Sample("heads.pdf", pdf_of_contents([text_content(page) for page in pages]), _numbered(3), ["Polity for All"]),
        Sample("arabic.pdf", pdf_with(arabic, fonts=b"/A 6 0 R", more=[font, codes]), ["سلام", "السلام"]),
    ]


def _numbered(page: int) -> list[str]:
    words = ["courts", "rights", "states", "ministers", "laws", "duties"]
    return [f"Part {page * 7} speaks of {words[(page + n) % 6]} and of {words[(page * n) % 6]} too." for n in range(6)]


def _docx() -> list[Sample]:
    fraction = (
        "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2a</m:t></m:r></m:den></m:f></m:oMath>"
    )
    notes = f'<w:footnotes {NAMESPACES}><w:footnote w:id="2">{paragraph("Amended in 1976.")}</w:footnote></w:footnotes>'
    noted = f'<w:p>{run("The preamble")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    moved = f"<w:p><w:moveFrom>{run('Moved once.')}</w:moveFrom></w:p><w:p><w:moveTo>{run('Moved.')}</w:moveTo></w:p>"
    prose = "".join(map(paragraph, PROSE))
    power = f"<w:p>{run('10')}{run('23', RAISED)}{run(' parts')}</w:p>"
    vanished = f"<w:p>{run('hidden answers', '<w:vanish/>')}</w:p>"
    return [
        Sample("prose.docx", docx_package(prose), PROSE),
        Sample("online.docx", docx_package(prose, main="word/document2.xml"), PROSE),
        Sample("strict.docx", docx_package(prose, strict=True), PROSE),
        Sample(
            "formula.docx",
            docx_package(f"<w:p>{run('F = ')}{fraction}</w:p>{power}"),
            ["1/(2a)", "10²³ parts"],
            ["12a"],
        ),
        Sample("hidden.docx", docx_package(prose + vanished + moved), [*PROSE, "Moved."], [HIDDEN, "Moved once"]),
        Sample(
            "notes.docx", docx_package(prose + noted, footnotes=notes), [*PROSE, "The preamble", "Amended in 1976."]
        ),
    ]


def _html() -> list[Sample]:
    prose = "".join(f"<p>{text}</p>" for text in PROSE)
    extras = (
        "<nav>menu answers</nav><p hidden>hidden answers</p><select><option>answers</select><p>5 m<sup>2</sup></p>"
        "<pre>for i in x:\n    print(i)</pre><math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
    )
    shown = [*PROSE, "5 m²", "for i in x:\n    print(i)", "1/2"]
    quoted = "It’s “quoted” – Größe €"
    latin = f"<meta charset=iso-8859-1><p>{quoted}</p>".encode("cp1252")
    return [
        Sample("page.html", f"<!doctype html><meta charset=utf-8>{prose}{extras}".encode(), shown, [HIDDEN]),
        Sample("latin.html", latin, [quoted]),
        Sample("svg.html", f"<html><p>Before.</p><svg><path/>{prose}".encode(), ["Before.", *PROSE]),
        Sample(
            "gbk.html", "<meta charset=gb2312><p>细胞是生命的单位。镕。</p>".encode("gbk"), ["细胞是生命的单位。镕。"]
        ),
    ]


def _text() -> list[Sample]:
    prose = "\n\n".join(PROSE)
    data = "![x](data:image/png;base64," + "iVBORw0KGgo" * 30 + ")"
    matter = f"---\ntitle: x\nkey: hidden answers\n---\n\n{prose}\n\n<!-- answers -->\n\n{data}\n"
    return [
        Sample("prose.txt", prose.encode(), PROSE),
        Sample("marked.txt", prose.encode("utf-32"), PROSE),
        Sample("notes.md", matter.encode(), PROSE, [HIDDEN, "iVBOR"]),
    ]


def _others() -> list[Sample]:
    document = Document("text")
    document.body.clear()
    document.insert_style(Style("text", name="up", text_position="super 58%"), automatic=True)
    for text in PROSE:
        document.body.append(Paragraph(text))
    power = Paragraph("10")
    power.append(Span("23", style="up"))
    document.body.append(power)
    presentation = Presentation()
    for text in PROSE:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = text
        slide.notes_slide.notes_text_frame.text = "hidden answers"
    rtf = r"{\rtf1\ansi " + r"\par ".join(PROSE) + r"\par 10{\super 23} parts{\v  hidden answers}}"
    return [
        Sample("prose.odt", _saved(document), [*PROSE, "10²³"]),
        Sample("slides.pptx", _saved(presentation), PROSE, [HIDDEN]),
        Sample("prose.rtf", rtf.encode(), [*PROSE, "10²³ parts"], [HIDDEN]),
    ]


def _saved(document: Document | object) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
