"""What a DOCX shows, as a small document of the same kind: the step before mammoth, which reads what Word writes today.

mammoth needs some fifty times the memory of the XML it is given and knows neither formulas nor strict files, and takes
hidden text for text. So formatting is dropped while the file is read, and what is left is handed on in pieces.
"""

import io
import posixpath
from collections.abc import Callable, Iterable, Iterator
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from app.documents.archive import Archive
from app.documents.docx_math import linear
from app.documents.docx_names import BREAK, SPACE, TAB, name_of, value_of
from app.documents.docx_numbers import Numbering
from app.documents.extraction import ExtractionError, Refusal
from app.documents.left_out import Left, LeftOut
from app.documents.symbol_fonts import symbol

_DEEPEST = 200
# 100 pages of text with every change tracked have some 300,000 elements.
_MOST_ELEMENTS = 2_000_000
_PIECE = 200_000
_RELATIONS = "_rels/.rels"
_SMALL = 8 << 20
_FORMATTING = frozenset(
    {"w:tblPr", "w:tblGrid", "w:sectPr", "w:tblPrEx", "w:rPrChange", "w:pPrChange", "w:fonts", "w:latentStyles"}
)
_TRANSPARENT = frozenset(
    {"w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag", "w:hyperlink", "w:fldSimple", "w:dir", "w:bdo"}
    | {"w:r", "w:rubyBase", "w:body", "w:document"}
)
_DROPPED = {"w:del": Left.DELETED, "w:commentReference": Left.COMMENTS}
_AS_TEXT = {"w:tab": TAB, "w:ptab": TAB, "w:cr": "\n", "w:noBreakHyphen": "-", "w:lastRenderedPageBreak": BREAK}
_OPEN = '<w:t xml:space="preserve">'
# The space tells the end of a run without properties from others, and means nothing in XML.
_END_OF_PLAIN = "</w:t></w:r >"
_CORRUPT = "The document is damaged: its text is not valid XML."
_CHUNK = (
    "The document embeds another one (altChunk), whose text is not in it yet. Open it and save it once in Word, then "
    "upload it again."
)


class DocxPreparation:
    """Reads the main part of one document. `pieces` are runs of stripped blocks, each small enough for mammoth."""

    def __init__(self, archive: Archive, left_out: LeftOut) -> None:
        self._archive = archive
        self._left_out = left_out
        self._n_elements = 0
        self._main = _main_part(archive)
        self._based: dict[str, str] = {}
        self._numbering = Numbering()
        self._hidden_styles = self._read_styles()
        # Whether the style of the paragraph that is being written hides its text.
        self._hides = False
        self._read_numbering()
        self._notes = self._read_notes("footnotes") | self._read_notes("endnotes")
        self._inline_forms: dict[str, Callable[[ET.Element], Iterable[str]]] = {
            "w:r": self._run,
            "m:oMath": self._formula,
            "m:oMathPara": self._formula,
            "w:txbxContent": self._box,
            "w:footnoteReference": self._note,
            "w:endnoteReference": self._note,
            "w:altChunk": self._block,
            "w:drawing": self._drawing,
            "w:pict": self._drawing,
            "w:object": self._drawing,
        }
        # What belongs behind the paragraph that is being written: floating boxes and notes.
        self._behind: list[str] = []

    def pieces(self) -> Iterator[str]:
        piece, size = [], 0
        for block in self._blocks(self._archive.read(self._main)):
            for part in self._block(block):
                piece.append(part)
                size += len(part)
                if size > _PIECE and not part.startswith("<w:tr"):
                    yield "".join(piece)
                    piece, size = [], 0
        yield "".join(piece)

    def _blocks(self, content: bytes) -> Iterator[ET.Element]:
        # document > body > block
        return self._elements(content, 2)

    def _elements(self, content: bytes, wanted: int) -> Iterator[ET.Element]:
        """The elements of one depth, one after the other, so that no more than one of them is in memory."""
        path: list[ET.Element] = []
        try:
            for event, element in ET.iterparse(io.BytesIO(content), events=("start", "end")):  # noqa: S314 - expat bounds entities, and limits hold
                if event == "start":
                    path.append(element)
                    self._count(len(path))
                    continue
                path.pop()
                if name_of(element) in _FORMATTING:
                    element.clear()
                if len(path) == wanted:
                    yield element
                    path[-1].clear()
        except ET.ParseError:
            raise ExtractionError(Refusal.CORRUPT, _CORRUPT) from None

    def _count(self, depth: int) -> None:
        self._n_elements += 1
        if depth > _DEEPEST:
            raise ExtractionError(Refusal.CORRUPT, "The document is damaged: its parts are nested too deeply.")
        if self._n_elements > _MOST_ELEMENTS:
            raise ExtractionError(Refusal.BOMB, f"The document has more than {_MOST_ELEMENTS:,} parts.")

    def _read_styles(self) -> frozenset[str]:
        """The styles whose text is hidden, by themselves or by the style they are based on. Notes which ones number."""
        name = _beside(self._main, "styles.xml")
        hides: dict[str, bool] = {}
        if name not in self._archive.names:
            return frozenset()
        for element in self._elements(self._archive.read(name, _SMALL), 1):
            if name_of(element) == "w:style":
                identifier = value_of(element, "styleId")
                self._based[identifier] = value_of(_child(element, "w:basedOn"))
                self._numbering.read_style(identifier, _child(_child(element, "w:pPr"), "w:numPr"))
                if (vanish := _child(_child(element, "w:rPr"), "w:vanish")) is not None:
                    hides[identifier] = _is_on(vanish)
        # The nearest style that says anything decides.
        found = {name: next((hides[one] for one in self._chain(name) if one in hides), False) for name in self._based}
        return frozenset(name for name, is_hidden in found.items() if is_hidden)

    def _chain(self, style: str) -> list[str]:
        """The style and those it is based on."""
        chain = [style]
        while self._based.get(chain[-1]) and self._based[chain[-1]] not in chain:
            chain.append(self._based[chain[-1]])
        return chain

    def _read_numbering(self) -> None:
        name = _beside(self._main, "numbering.xml")
        if name in self._archive.names:
            self._numbering.read(self._elements(self._archive.read(name, _SMALL), 1))

    def _read_notes(self, kind: str) -> dict[tuple[str, str], str]:
        name = _beside(self._main, f"{kind}.xml")
        if name not in self._archive.names:
            return {}
        one = kind.removesuffix("s")
        notes: dict[tuple[str, str], str] = {}
        for element in self._elements(self._archive.read(name), 1):
            # Separators have a type; they are lines and no notes.
            if name_of(element) == f"w:{one}" and not value_of(element, "type"):
                notes[one, value_of(element, "id")] = " ".join("".join(element.itertext()).split())
        return notes

    def _block(self, element: ET.Element) -> Iterator[str]:
        name = name_of(element)
        if name == "w:p":
            yield self._paragraph(element)
        elif name == "w:tbl":
            yield from self._table(element)
        elif name == "w:altChunk":
            raise ExtractionError(Refusal.UNSUPPORTED_TYPE, _CHUNK)
        elif name in {"m:oMathPara", "m:oMath"}:
            yield f"<w:p>{_run(linear(element))}</w:p>"
        elif name in _DROPPED:
            self._left_out.add(_DROPPED[name])
        elif name == "w:moveFrom":
            # Nothing is left out: the same words stand where they were moved to.
            return
        elif not _is_placeholder(element):
            for child in _shown(element):
                yield from self._block(child)

    def _table(self, table: ET.Element) -> Iterator[str]:
        """The table in pieces of many rows, so that mammoth never holds a table of many pages at once."""
        rows, size = [], 0
        for row in _parts(table, "w:tr"):
            if _child(_child(row, "w:trPr"), "w:del") is not None:
                self._left_out.add(Left.DELETED)
                continue
            rows.append(f"<w:tr>{''.join(map(self._cell, _parts(row, 'w:tc')))}</w:tr>")
            size += len(rows[-1])
            if size > _PIECE:
                yield f"<w:tbl>{''.join(rows)}</w:tbl>"
                rows, size = [], 0
        yield f"<w:tbl>{''.join(rows)}</w:tbl>" if rows else ""

    def _cell(self, cell: ET.Element) -> str:
        content = "".join(part for child in cell for part in self._block(child))
        return f"<w:tc>{content or '<w:p/>'}</w:tc>"

    def _paragraph(self, paragraph: ET.Element) -> str:
        properties = _child(paragraph, "w:pPr")
        outer, self._behind = self._behind, []
        outside, self._hides = self._hides, value_of(_child(properties, "w:pStyle")) in self._hidden_styles
        inside = "".join(part for child in paragraph if child is not properties for part in self._inline(child))
        # Word cuts a line into dozens of runs, for spelling and revisions, and mammoth takes its time for each.
        inside = inside.replace(f"{_END_OF_PLAIN}<w:r>{_OPEN}", "")
        behind, self._behind = "".join(self._behind), outer
        is_hidden, self._hides = self._hides and not inside, outside
        if is_hidden:
            return behind
        label = self._numbering.label(
            _child(properties, "w:numPr"), self._chain(value_of(_child(properties, "w:pStyle")))
        )
        before = _run(f"{label} ") if label and inside else ""
        return f"<w:p><w:pPr>{_list_level(properties)}{_deleted_mark(properties)}</w:pPr>{before}{inside}</w:p>{behind}"

    def _inline(self, element: ET.Element) -> Iterator[str]:
        name = name_of(element)
        if name in self._inline_forms:
            yield from self._inline_forms[name](element)
        elif name in _DROPPED:
            self._left_out.add(_DROPPED[name])
        elif name == "w:moveFrom":
            # Nothing is left out: the same words stand where they were moved to.
            return
        elif text := _text_of(element, name):
            yield _run(text)
        elif not _is_placeholder(element):
            for child in _shown(element):
                yield from self._inline(child)

    def _run(self, run: ET.Element) -> Iterator[str]:
        properties = _child(run, "w:rPr")
        if self._is_hidden(properties):
            self._left_out.add(Left.HIDDEN)
            return
        aligned = value_of(_child(properties, "w:vertAlign"))
        font = value_of(_child(properties, "w:rFonts"), "ascii")
        for child in run:
            if text := _text_of(child, name_of(child)):
                yield _run("".join(symbol(font, character) for character in text) if font else text, aligned)
            elif child is not properties:
                yield from self._inline(child)

    def _formula(self, formula: ET.Element) -> Iterator[str]:
        if self._hides:
            self._left_out.add(Left.HIDDEN)
        else:
            yield _run(linear(formula))

    def _is_hidden(self, properties: ET.Element | None) -> bool:
        """What the run says itself counts, also that it is not hidden; else the styles decide. Each of two turns the
        other round: that is how Word takes them.
        """
        own = _child(properties, "w:vanish")
        by_style = self._hides != (value_of(_child(properties, "w:rStyle")) in self._hidden_styles)
        return _is_on(_child(properties, "w:webHidden")) or (by_style if own is None else _is_on(own))

    def _drawing(self, element: ET.Element) -> Iterator[str]:
        """The text boxes of a drawing. A floating one comes after the paragraph: its anchor may be amid a sentence."""
        boxes = [box for box in element.iter() if name_of(box) == "w:txbxContent"]
        if not boxes:
            is_object = name_of(element) == "w:object"
            self._left_out.add(Left.EMBEDDED if is_object else Left.PICTURES)
        floats = any(name_of(part) == "wp:anchor" or "absolute" in (part.get("style") or "") for part in element.iter())
        for box in _outermost(element):
            content = "".join(part for child in box for part in self._block(child))
            if floats:
                self._behind.append(content)
            else:
                yield f"</w:p>{content}<w:p>"

    def _box(self, box: ET.Element) -> Iterator[str]:
        yield f"</w:p>{''.join(part for child in box for part in self._block(child))}<w:p>"

    def _note(self, reference: ET.Element) -> Iterator[str]:
        """Nothing where the note is referred to: its text comes after the paragraph."""
        kind = name_of(reference)[2:].removesuffix("Reference")
        if text := self._notes.pop((kind, value_of(reference, "id")), ""):
            self._behind.append(f"<w:p>{_run(f'[{text}]')}</w:p>")
        yield ""


def _main_part(archive: Archive) -> str:
    """The name of the main part: as the package's relation says, which Word follows, or else the usual name."""
    if _RELATIONS in archive.names:
        try:
            relations = ET.fromstring(archive.read(_RELATIONS, _SMALL))  # noqa: S314 - expat bounds entities
        except ET.ParseError:
            raise ExtractionError(Refusal.CORRUPT, _CORRUPT) from None
        targets = [
            posixpath.normpath(relation.get("Target", "").lstrip("/"))
            for relation in relations
            if relation.get("Type", "").endswith("/officeDocument")
        ]
        if found := [target for target in targets if target in archive.names]:
            return found[0]
    return "word/document.xml"


def _beside(main: str, name: str) -> str:
    return posixpath.join(posixpath.dirname(main), name)


def _child(element: ET.Element | None, name: str) -> ET.Element | None:
    return None if element is None else next((child for child in element if name_of(child) == name), None)


def _is_on(element: ET.Element | None) -> bool:
    return element is not None and value_of(element) not in {"0", "false", "off"}


def _is_placeholder(element: ET.Element) -> bool:
    """A form field without content: "Click here to enter text"."""
    return name_of(element) == "w:sdt" and _child(_child(element, "w:sdtPr"), "w:showingPlcHdr") is not None


def _shown(element: ET.Element) -> Iterable[ET.Element]:
    """The children of the element. Of content stored twice, for newer and older programs, only the first."""
    if name_of(element) == "mc:AlternateContent":
        return list(element)[:1]
    return (
        child for child in element if name_of(child) not in {"w:sdtPr", "w:rPr", "w:pPr", "w:instrText", "w:delText"}
    )


def _parts(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """The rows of a table or cells of a row, form controls and insertions around them included, inner tables not."""
    for child in element:
        if name_of(child) == name:
            yield child
        elif name_of(child) in _TRANSPARENT or name_of(child) == "w:sdt":
            yield from _parts(child, name)


def _outermost(element: ET.Element) -> Iterator[ET.Element]:
    for child in _shown(element):
        if name_of(child) == "w:txbxContent":
            yield child
        else:
            yield from _outermost(child)


def _text_of(element: ET.Element, name: str) -> str:
    if name == "w:t":
        return (element.text or "").replace("  ", SPACE * 2)
    if name == "w:br":
        return BREAK if value_of(element, "type") == "page" else "\n"
    if name == "w:sym":
        code = value_of(element, "char")
        shown = symbol(value_of(element, "font"), chr(int(code, 16) % 0x110000)) if _is_hexadecimal(code) else ""
        return "" if "\ue000" <= shown <= "\uf8ff" else shown
    if name == "w:rt":
        return f"({''.join(element.itertext())})"
    return _AS_TEXT.get(name, "")


def _is_hexadecimal(text: str) -> bool:
    return 0 < len(text) <= 6 and all(character in "0123456789abcdefABCDEF" for character in text)  # noqa: PLR2004 - U+10FFFF


def _run(text: str, aligned: str = "") -> str:
    properties = (
        f'<w:rPr><w:vertAlign w:val="{escape(aligned)}"/></w:rPr>' if aligned in {"superscript", "subscript"} else ""
    )
    lines = '</w:t><w:br/><w:t xml:space="preserve">'.join(escape(line) for line in text.split("\n"))
    return f"<w:r>{properties}{_OPEN}{lines}</w:t></w:r>" if properties else f"<w:r>{_OPEN}{lines}{_END_OF_PLAIN}"


def _list_level(properties: ET.Element | None) -> str:
    """The properties that make the paragraph an item of a list."""
    numbering = _child(properties, "w:numPr")
    if numbering is None or value_of(_child(numbering, "w:numId")) == "0":
        return ""
    level = value_of(_child(numbering, "w:ilvl"))
    level = level if level in set("012345678") else "0"
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'


def _deleted_mark(properties: ET.Element | None) -> str:
    """The mark of a deleted paragraph end: the paragraph continues in the next one."""
    return "<w:rPr><w:del/></w:rPr>" if _child(_child(properties, "w:rPr"), "w:del") is not None else ""
