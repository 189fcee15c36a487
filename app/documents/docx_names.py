"""Names in a DOCX by their usual prefixes, of transitional and strict files alike, and signs that stand for layout."""

from functools import lru_cache
from xml.etree import ElementTree as ET

_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
}
# Private characters that no text keeps: a page break, a tab, and a space that is not to be folded.
BREAK, TAB, SPACE = "\ue00c", "\ue009", "\ue020"


def name_of(element: ET.Element) -> str:
    """`w:p`; a name of any other namespace without its prefix."""
    return _name(element.tag)


@lru_cache(maxsize=4096)
def _name(tag: str) -> str:
    namespace, _, local = tag.removeprefix("{").rpartition("}")
    prefix = _NAMESPACES.get(namespace)
    return f"{prefix}:{local}" if prefix else local


def value_of(element: ET.Element | None, attribute: str = "val") -> str:
    """The attribute with this local name, or an empty text."""
    if element is None:
        return ""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == attribute), "")
