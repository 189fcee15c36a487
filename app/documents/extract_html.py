"""The text of an HTML page as a reader of the page sees it: nothing hidden, no menus, no scripts; code keeps its lines.

The parser is lexbor's, which builds the tree that browsers build, also from pages that close nothing. Its time grows
with the square of depth and of the attributes of one tag, so that both are bounded before it begins.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.documents.extraction import ExtractionError, Refusal, clean
from app.documents.html_lists import LISTS, ListNumbers, form_of
from app.documents.html_styles import Styles
from app.documents.left_out import Left, LeftOut
from app.documents.notation import fraction, grouped, lowered, raised, root, settled
from app.documents.page_writer import PageWriter

_PARAGRAPHS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "details", "dialog", "div", "dl"}
    | {"fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup"}
    | {
        "hr",
        "legend",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "ul",
        "menu",
        "listing",
        "xmp",
        "plaintext",
    }
)
_LINES = frozenset({"li", "tr", "dt", "dd"})
_CELLS = frozenset({"td", "th"})
_AS_WRITTEN = frozenset({"pre", "listing", "xmp", "plaintext"})
# Never on the page, and no loss.
_UNSEEN = frozenset(
    {"head", "script", "style", "template", "noscript", "title", "colgroup", "rp", "annotation", "annotation-xml"}
)
_LOST = {
    **dict.fromkeys(("nav", "select", "button", "textarea", "input", "datalist", "search"), Left.CONTROLS),
    **dict.fromkeys(("img", "picture", "svg", "canvas", "map"), Left.PICTURES),
    **dict.fromkeys(("iframe", "object", "embed", "audio", "video", "applet", "frameset"), Left.EMBEDDED),
    **dict.fromkeys(("del", "s", "strike"), Left.DELETED),
}
_KEEPS_LINES = frozenset({"pre", "pre-wrap", "break-spaces"})
_SIZE_ZERO = re.compile(r"0*\.?0*(?:px|pt|em|rem|%|ex|mm|cm)?")
_NO_CONTENT = frozenset({"navigation", "search", "banner", "menu", "menubar", "toolbar", "dialog", "alertdialog"})
# A form that asks for a password or a search is a control as a whole; others may wrap the whole page.
_ASKING = frozenset({"password", "search", "email"})
_FORM_WORDS = 40
_LONGEST_CELL = 400
_DEEPEST = 10_000
_MOST_ATTRIBUTES = 1_000
_LONG_TAG = re.compile(r"<[a-zA-Z][^<]{8000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,40})[^<>]*?(/?)>")
# They close one another or have no content: many of them in a row are no depth.
_FLAT = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p"}
    | {"li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup", "rp", "rt", "colgroup"}
)


def read_html(text: str, left_out: LeftOut | None = None) -> str:
    """The page's text. Raises ExtractionError for one whose tags nest too deeply or have too many attributes."""
    _check_depth(text)
    _check_attributes(text)
    page = LexborHTMLParser(text)
    reader = _Reader(left_out if left_out is not None else LeftOut(), Styles.of(page))
    return clean(settled(reader.read(page.root))).strip()


def _check_depth(text: str) -> None:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _FLAT and not tag[3]:
            depth = max(0, depth + (-1 if tag[1] else 1))
            if depth > _DEEPEST:
                raise ExtractionError(Refusal.CORRUPT, "The page is damaged: its tags are nested too deeply.")


def _check_attributes(text: str) -> None:
    for tag in _LONG_TAG.finditer(text):
        if len(_QUOTED.sub("", tag[0]).partition(">")[0].split()) > _MOST_ATTRIBUTES:
            raise ExtractionError(Refusal.CORRUPT, "The page is damaged: one of its tags has too many attributes.")


_Finish = Callable[[list[str], PageWriter], str]


@dataclass(slots=True)
class _Frame:
    """An element whose text is collected by itself and rewritten when it is complete."""

    node_id: int
    writer: PageWriter
    finish: _Finish
    # Whether each child counts by itself (the parts of a fraction), and their texts.
    collects: bool
    parts: list[str] = field(default_factory=list)


def _only_text(rewrite: Callable[[str], str]) -> _Finish:
    return lambda _parts, writer: rewrite(writer.inline())


def _of_parts(rewrite: Callable[..., str], n: int) -> _Finish:
    return lambda parts, writer: rewrite(*parts[:n]) if len(parts) >= n else " ".join(parts) or writer.inline()


def _cell(_parts: list[str], writer: PageWriter) -> str:
    """The cell's text on one line, unless the cell is a column of the page's layout or holds code."""
    text = writer.text().strip()
    is_layout = len(text) > _LONGEST_CELL or writer.has_code
    return text if is_layout else " ".join(text.split())


_REWRITTEN: Mapping[str, tuple[_Finish, bool]] = {
    "td": (_cell, False),
    "th": (_cell, False),
    "q": (_only_text("“{}”".format), False),
    # What tells how a Chinese or Japanese word is read.
    "rt": (_only_text("({})".format), False),
    "sup": (_only_text(raised), False),
    "sub": (_only_text(lowered), False),
    "msqrt": (_only_text(root), False),
    "mfrac": (_of_parts(fraction, 2), True),
    "msup": (_of_parts(lambda base, upper: grouped(base) + raised(upper), 2), True),
    "mover": (_of_parts(lambda base, upper: base + raised(upper), 2), True),
    "msub": (_of_parts(lambda base, lower: base + lowered(lower), 2), True),
    "munder": (_of_parts(lambda base, lower: base + lowered(lower), 2), True),
    "msubsup": (_of_parts(lambda base, lower, upper: base + lowered(lower) + raised(upper), 3), True),
    "munderover": (_of_parts(lambda base, lower, upper: base + lowered(lower) + raised(upper), 3), True),
    "mroot": (_of_parts(root, 2), True),
    "mtr": (lambda parts, _writer: ", ".join(parts), True),
    "mtable": (lambda parts, _writer: f"[{'; '.join(parts)}]", True),
}


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What an element hands down to those inside it, until they say otherwise."""

    node_id: int = 0
    is_visible: bool = True
    has_size: bool = True
    keeps_lines: bool = False
    list_form: str = "disc"


class _Reader:
    """Walks the tree without recursion: pages nest as deep as they like."""

    def __init__(self, left_out: LeftOut, styles: Styles) -> None:
        self._left_out = left_out
        self._styles = styles
        self._writer = PageWriter()
        self._frames: list[_Frame] = []
        self._inherited = [_Inherited()]
        self._lists = ListNumbers(lambda item: not self._is_out_of_page(item, item.attributes))

    def read(self, top: LexborNode | None) -> str:
        node = top
        while node is not None:
            is_seen = self._enter(node)
            child = node.first_child if is_seen else None
            if child is not None:
                node = child
                continue
            if is_seen:
                self._leave(node)
            node = self._following(node, top)
        return self._writer.text()

    def _following(self, node: LexborNode, top: LexborNode | None) -> LexborNode | None:
        """The next node in the order of the page; elements that end before it are left."""
        above: LexborNode | None = node
        while above is not None and top is not None and above.mem_id != top.mem_id:
            if above.next is not None:
                return above.next
            above = above.parent
            if above is not None:
                self._leave(above)
        return None

    def _enter(self, node: LexborNode) -> bool:
        """Enter the element. True if the page shows it."""
        if node.is_text_node:
            self._write(node.text_content or "")
            return False
        if not node.is_element_node or self._is_out(node):
            return False
        self._open(node)
        return True

    def _is_out(self, node: LexborNode) -> bool:
        tag, attributes = node.tag or "", node.attributes
        if tag in _UNSEEN:
            return True
        names = attributes.get("class") or ""
        if tag == "img" and "math" in names:
            # Beside a formula in MathML stands its picture, whose description would be a second copy.
            self._write("" if "fallback" in names else attributes.get("alt") or "")
            return True
        if tag in _LOST:
            if not (tag == "input" and attributes.get("type") == "hidden"):
                self._left_out.add(_LOST[tag])
            return True
        if self._is_out_of_page(node, attributes):
            self._left_out.add(Left.HIDDEN)
            return True
        if attributes.get("role") in _NO_CONTENT or (tag == "form" and _asks(node)):
            self._left_out.add(Left.CONTROLS)
            return True
        # The same formula is there for the screen and, as MathML, for those who cannot see it.
        return "katex-html" in names

    def _is_out_of_page(self, node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
        """Whether neither the element nor what it holds takes part in the page."""
        styles = self._styles.declared(node, attributes)
        is_closed = node.tag == "dialog" and "open" not in attributes
        is_hidden = ("hidden" in attributes and "display" not in styles) or styles.get("display") == "none"
        # A formula in MathML that is hidden is the one to read: its picture is shown in its place.
        is_formula = "mathml" in (attributes.get("class") or "")
        return is_closed or ((is_hidden or styles.get("mso-hide") == "all") and not is_formula)

    def _open(self, node: LexborNode) -> None:
        tag, attributes = node.tag or "", node.attributes
        self._break(tag)
        self._inherit(node, tag, attributes)
        if tag in LISTS:
            self._lists.enter(node, attributes)
        elif tag == "li":
            self._writer.label(self._lists.label(attributes, self._inherited[-1].list_form))
        if self._is_part(node):
            self._begin(node, _only_text(str.strip))
        if tag in _REWRITTEN:
            self._begin(node, *_REWRITTEN[tag])

    def _inherit(self, node: LexborNode, tag: str, attributes: Mapping[str, str | None]) -> None:
        styles = self._styles.declared(node, attributes)
        if not styles and tag not in _AS_WRITTEN and tag not in LISTS and tag != "li":
            return
        now = self._inherited[-1]
        keeps_lines = tag in _AS_WRITTEN or now.keeps_lines
        styled = styles.get("white-space", "inherit")
        after = _Inherited(
            node.mem_id,
            _visible(styles.get("visibility"), now.is_visible, is_formula="mathml" in (attributes.get("class") or "")),
            _has_size(styles.get("font-size"), now.has_size),
            keeps_lines if styled == "inherit" else styled in _KEEPS_LINES,
            form_of(tag, attributes, styles.get("list-style-type"), now.list_form),
        )
        if (now.is_visible and not after.is_visible) or (now.has_size and not after.has_size):
            self._left_out.add(Left.HIDDEN)
        self._inherited.append(after)

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "li":
            self._writer.label("")
        elif tag in LISTS:
            self._lists.leave()
        if self._inherited[-1].node_id == node.mem_id:
            self._inherited.pop()
        while self._frames and self._frames[-1].node_id == node.mem_id:
            self._end()
        self._break(tag, closing=True)

    def _begin(self, node: LexborNode, finish: _Finish, collects: bool = False) -> None:  # noqa: FBT001, FBT002 - a row of the table
        self._frames.append(_Frame(node.mem_id, self._writer, finish, collects))
        self._writer = PageWriter()

    def _end(self) -> None:
        frame = self._frames.pop()
        text = frame.finish(frame.parts, self._writer)
        has_code = self._writer.has_code
        self._writer = frame.writer
        if self._frames and self._frames[-1].collects:
            self._frames[-1].parts.append(text)
        else:
            self._writer.add(text)
            self._writer.has_code |= has_code

    def _is_part(self, node: LexborNode) -> bool:
        """Whether it is a part of a fraction or the like."""
        parent = node.parent
        frame = self._frames[-1] if self._frames else None
        return frame is not None and frame.collects and parent is not None and parent.mem_id == frame.node_id

    def _write(self, text: str) -> None:
        now = self._inherited[-1]
        if not (now.is_visible and now.has_size):
            return
        if now.keeps_lines:
            self._writer.as_written(text)
        else:
            # A soft hyphen is seen only where a line ends.
            self._writer.flow(text.replace("\xad", ""))

    def _break(self, tag: str, *, closing: bool = False) -> None:
        if tag == "br":
            if not closing:
                self._writer.line()
        elif tag in _LINES:
            self._writer.line_start()
        elif tag in _CELLS:
            if not closing:
                self._writer.cell()
        elif tag in _PARAGRAPHS:
            self._writer.paragraph()


def _visible(styled: str | None, inherited: bool, *, is_formula: bool) -> bool:  # noqa: FBT001 - what holds around it
    if styled in {"hidden", "collapse"}:
        return is_formula
    return True if styled in {"visible", "initial"} else inherited


def _has_size(styled: str | None, inherited: bool) -> bool:  # noqa: FBT001 - what holds around it
    """Letters of size 0 are unseen; a share of 0 stays 0."""
    if styled is None or styled in {"inherit", "unset", "larger", "smaller"} or (not inherited and styled[-1:] in "m%"):
        return inherited
    return _SIZE_ZERO.fullmatch(styled) is None


def _asks(form: LexborNode) -> bool:
    kinds = {field.attributes.get("type") for field in form.css("input")}
    return bool(kinds & _ASKING) and len(form.text().split()) < _FORM_WORDS
