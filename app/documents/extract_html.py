"""The text of an HTML page, by the standard library's parser: paragraphs, lists and tables, no scripts or styles."""

import re
from html.parser import HTMLParser

from app.documents.extraction import clean

# Of a head, whose tags may both be left out, only these have text.
_SKIPPED = frozenset({"script", "style", "template", "noscript", "svg", "title"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"}
    | {"fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"}
    | {"main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
_SAME_PARAGRAPH = frozenset({"li", "tr", "dt", "dd"})


def read_html(text: str) -> str:
    parser = _Reader()
    parser.feed(text)
    parser.close()
    return parser.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._skipping: str | None = None
        # Of those that are skipped, an svg or a template may hold more of its kind.
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if self._skipping is None and tag in _SKIPPED:
            self._skipping = tag
        self._depth += tag == self._skipping
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == self._skipping
        if not self._depth:
            self._skipping = None
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._skipping is None:
            # Line breaks in the source are spaces on the page.
            self._pieces.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if self._skipping is not None:
            return
        if tag == "br" or tag in _SAME_PARAGRAPH:
            self._pieces.append("\n")
        elif tag in _CELLS:
            self._pieces.append("\t")
        elif tag in _BLOCKS:
            self._pieces.append("\n\n")

    def text(self) -> str:
        text = re.sub(r"[ \t]*\t[ \t]*", "\t", clean("".join(self._pieces)))
        lines = (re.sub(r"\t", " | ", re.sub(r" +", " ", line).strip()) for line in text.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
