"""The text of a DOCX: its main part, tables included, cut where Word last broke its pages."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
# The same content once more, for programs that do not know the newer form beside it.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAIN_PART = "word/document.xml"
_PAGE_BREAK = "\f"
_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_WRAPPERS = frozenset(f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "customXml"))
_UNLIKELY_DEPTH = 200


def read_docx(data: bytes, limits: ExtractionLimits) -> Iterator[Page]:
    """Its pages, by Word's own page breaks; a document that Word never laid out is one page."""
    blocks = "".join(_blocks(_main_part(data, limits)))
    pages = _pages(blocks)
    if len(pages) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(pages)} pages; at most {limits.max_pages} are read."
        )
    for number, text in enumerate(pages, start=1):
        yield Page(number, clean(text).strip())


def _pages(text: str) -> list[str]:
    """A break straight after another is the same one: Word notes one that was asked for a second time, as laid out."""
    kept: list[str] = []
    for piece in text.split(_PAGE_BREAK):
        if piece.strip() or not kept:
            kept.append(piece)
    return kept


def _main_part(data: bytes, limits: ExtractionLimits) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.getinfo(_MAIN_PART)
            if part.flag_bits & 1:
                raise ExtractionError(Refusal.ENCRYPTED, "The document is protected by a password.")
            with archive.open(part) as stream:
                # The size that the archive declares is a claim; only what really comes out counts.
                content = stream.read(limits.max_unpacked_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError, ValueError):
        raise ExtractionError(Refusal.CORRUPT, "The document is damaged: its text cannot be unpacked.") from None
    if len(content) > limits.max_unpacked_bytes:
        raise ExtractionError(
            Refusal.BOMB, f"The document's text unpacks to more than {limits.max_unpacked_bytes >> 20} MB."
        )
    return content


def _blocks(content: bytes) -> Iterator[str]:
    """The text of the body, block by block, so that the tree in memory is never more than one block."""
    depth = 0
    try:
        for event, element in ET.iterparse(io.BytesIO(content), events=("start", "end")):  # noqa: S314 - expat bounds entities, and limits hold
            depth += 1 if event == "start" else -1
            if depth > _UNLIKELY_DEPTH:
                raise ExtractionError(Refusal.CORRUPT, "The document is damaged: its parts are nested too deeply.")
            # document > body > block
            if event == "end" and depth == 2:  # noqa: PLR2004 - see the line above
                yield from _block(element)
                element.clear()
    except ET.ParseError:
        raise ExtractionError(Refusal.CORRUPT, "The document is damaged: its text is not valid XML.") from None


def _block(element: ET.Element) -> Iterator[str]:
    if element.tag == f"{_W}p":
        yield f"{_inline(element)}\n\n"
    elif element.tag == f"{_W}tbl":
        yield from (f"{row}\n" for row in _rows(element))
        yield "\n"
    elif element.tag != _FALLBACK:
        for child in element:
            yield from _block(child)


def _rows(table: ET.Element) -> Iterator[str]:
    for row in _parts(table, f"{_W}tr"):
        cells = [" ".join("".join(_block(cell)).split()) for cell in _parts(row, f"{_W}tc")]
        yield " | ".join(cells)


def _parts(element: ET.Element, tag: str) -> Iterator[ET.Element]:
    """The rows of a table or cells of a row, form controls and insertions around them included, inner tables not."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _parts(child, tag)


def _inline(element: ET.Element) -> str:
    if element.tag in {f"{_W}t", _MATH_TEXT}:
        return element.text or ""
    if element.tag == f"{_W}lastRenderedPageBreak" or element.get(f"{_W}type") == "page":
        return _PAGE_BREAK
    if element.tag in _CHARACTERS:
        return _CHARACTERS[element.tag]
    if element.tag == _FALLBACK:
        return ""
    return "".join(map(_inline, element))
