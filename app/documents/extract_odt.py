"""The text of an ODT, by odfdo: paragraphs, lists, tables and notes, cut where LibreOffice last broke its pages."""

import io
from collections.abc import Iterator

from odfdo import Document, Element
from odfdo.xmlpart import XmlPart

from app.documents.archive import Archive
from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean
from app.documents.left_out import Left, LeftOut
from app.documents.notation import lowered, raised

_BREAK = "\f"
_DEEPEST = 100
_BLOCKS = frozenset({"text:p", "text:h"})
_AS_TEXT = {"text:tab": "\t", "text:line-break": "\n", "text:soft-page-break": _BREAK}
_LOST = {
    "office:annotation": Left.COMMENTS,
    "draw:image": Left.PICTURES,
    "draw:object": Left.EMBEDDED,
    "draw:object-ole": Left.EMBEDDED,
    "text:tracked-changes": Left.DELETED,
}
_CORRUPT = "The document is damaged: its text cannot be read."


def read_odt(data: bytes, limits: ExtractionLimits, left_out: LeftOut) -> Iterator[Page]:
    """The pages of the document, divided at soft page breaks; a document without them is one page."""
    archive = Archive(data, limits)
    # What the library will unpack is measured before it does.
    for name in ("content.xml", "styles.xml", "meta.xml", "settings.xml"):
        if name in archive.names:
            archive.read(name)
    try:
        document = Document(io.BytesIO(data))
        body = document.body
        reader = _Reader(_positions(document), left_out)
        text = "".join(reader.block(body, 0))
    except ExtractionError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OSError, SyntaxError):
        # What lxml and odfdo raise on a part that is not what it should be; lxml's errors are SyntaxErrors.
        raise ExtractionError(Refusal.CORRUPT, _CORRUPT) from None
    pages = [page for page in text.split(_BREAK) if page.strip()] or [""]
    if len(pages) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(pages)} pages; at most {limits.max_pages} are read."
        )
    yield from (Page(number, clean(page).strip()) for number, page in enumerate(pages, start=1))


def _positions(document: Document) -> dict[str, str]:
    """Styles of characters that are raised, lowered or hidden: name → super, sub or none."""
    found: dict[str, str] = {}
    for part in (document.get_part("content.xml"), document.get_part("styles.xml")):
        if not isinstance(part, XmlPart):
            continue
        for style in part.root.get_elements("//style:style"):
            for properties in style.get_elements("style:text-properties"):
                position = str(properties.get_attribute("style:text-position") or "").split(" ")[0]
                hidden = properties.get_attribute("text:display") == "none"
                if hidden or position in {"super", "sub"}:
                    found[str(style.get_attribute("style:name"))] = "none" if hidden else position
    return found


class _Reader:
    def __init__(self, positions: dict[str, str], left_out: LeftOut) -> None:
        self._positions = positions
        self._left_out = left_out
        self._notes: list[str] = []

    def block(self, element: Element, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            raise ExtractionError(Refusal.CORRUPT, "The document is damaged: its parts are nested too deeply.")
        tag = element.tag
        if tag in _BLOCKS:
            yield f"{self._inline(element, depth)}\n\n"
            yield from (f"[{note}]\n\n" for note in self._notes)
            self._notes.clear()
        elif tag == "table:table-row":
            cells = (child for child in element.children if child.tag.startswith("table:"))
            yield " | ".join(" ".join("".join(self.block(cell, depth + 1)).split()) for cell in cells) + "\n"
        elif tag == "text:soft-page-break":
            yield _BREAK
        elif tag in _LOST:
            self._left_out.add(_LOST[tag])
        elif tag == "text:list-item":
            yield "".join(part for child in element.children for part in self.block(child, depth + 1)).strip() + "\n"
        else:
            for child in element.children:
                yield from self.block(child, depth + 1)
            if tag in {"table:table", "text:list"}:
                yield "\n"

    def _inline(self, element: Element, depth: int) -> str:
        pieces = [element.text or ""]
        for child in element.children:
            pieces += [self._piece(child, depth + 1), child.tail or ""]
        text = "".join(pieces)
        position = self._positions.get(str(element.get_attribute("text:style-name") or ""))
        if position == "none":
            self._left_out.add(Left.HIDDEN)
            return ""
        return raised(text) if position == "super" else lowered(text) if position == "sub" else text

    def _piece(self, element: Element, depth: int) -> str:
        tag = element.tag
        if tag == "text:s":
            return " " * min(int(str(element.get_attribute("text:c") or "1")), 100)
        if tag in _AS_TEXT:
            return _AS_TEXT[tag]
        if tag == "text:note":
            bodies = element.get_elements("text:note-body")
            self._notes += [" ".join("".join(part for b in bodies for part in self.block(b, depth + 1)).split())]
            return ""
        if tag in _LOST:
            self._left_out.add(_LOST[tag])
            return ""
        if tag in {"draw:frame", "draw:text-box"}:
            return "".join(part for child in element.children for part in self.block(child, depth + 1))
        return self._inline(element, depth)
