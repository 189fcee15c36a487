"""The text of a DOCX: what Word shows of its main part, cut where Word last broke its pages. By mammoth, prepared."""

import io
import sys
import zipfile
from collections.abc import Iterator

import mammoth  # type: ignore[import-untyped] # it carries no types

from app.documents.archive import Archive
from app.documents.docx_names import BREAK, SPACE, TAB
from app.documents.docx_prepare import DocxPreparation
from app.documents.extract_html import read_html
from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean
from app.documents.left_out import Left, LeftOut

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LEVELS = "".join(f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="bullet"/></w:lvl>' for level in range(9))
_NUMBERING = (
    f'<w:numbering xmlns:w="{_W}"><w:abstractNum w:abstractNumId="1">{_LEVELS}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
)
# 200 levels of elements, each some frames of mammoth.
_RECURSION = 20_000
_UNFOLDED = str.maketrans({TAB: "\t", SPACE: " "})
_ONLY_PICTURES = (
    "The document has no text, only pictures. Save it as PDF and upload that: scanned pages are read by a vision model."
)


def read_docx(data: bytes, limits: ExtractionLimits, left_out: LeftOut) -> Iterator[Page]:
    """The pages of the document, divided at Word's page breaks; a document that Word never laid out is one page."""
    sys.setrecursionlimit(_RECURSION)
    # A picture that the prepared document no longer has was counted when it was dropped.
    ignored = LeftOut()
    pieces = DocxPreparation(Archive(data, limits), left_out).pieces()
    text = "\n\n".join(filter(None, (_text(piece, ignored) for piece in pieces)))
    pages = _pages(text)
    if len(pages) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(pages)} pages; at most {limits.max_pages} are read."
        )
    if not any(page.strip() for page in pages) and left_out.count(Left.PICTURES):
        raise ExtractionError(Refusal.EMPTY, _ONLY_PICTURES)
    for number, page in enumerate(pages, start=1):
        yield Page(number, clean(page.translate(_UNFOLDED)).strip())


def _text(body: str, ignored: LeftOut) -> str:
    """Some blocks, by mammoth: it knows lists, merged cells and paragraphs whose end is deleted."""
    if not body:
        return ""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>')
        archive.writestr("word/numbering.xml", _NUMBERING)
    return read_html(mammoth.convert_to_html(out).value, ignored)


def _pages(text: str) -> list[str]:
    """Two breaks with nothing between count once: Word writes a break of the author a second time when it lays out."""
    kept: list[str] = []
    for piece in text.split(BREAK):
        if piece.strip() or not kept:
            kept.append(piece)
    return kept
