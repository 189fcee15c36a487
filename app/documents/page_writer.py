"""Puts a page's text together: white space as a browser shows it, paragraphs, lines, cells, code as it is written."""

import re

_SPACES = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")


class PageWriter:
    """Call `flow` for running text and `as_written` for code; the widest requested break stands between two texts."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        # What stands between the last piece and the next one: "", " ", a cell's bar, one newline or two.
        self._gap = ""
        self._row_has_cell = False
        self.has_code = False
        # The number of a list's item, which goes before the item's first words, and the indentation of a first line.
        self._label = ""
        self._indent = ""

    def flow(self, text: str) -> None:
        """Text whose line breaks and runs of spaces are single spaces on the page."""
        words = _SPACES.sub(" ", text)
        if words == " ":
            self._widen(" ")
        elif words:
            if words.startswith(" "):
                self._widen(" ")
            self.add(words.strip(" "))
            if words.endswith(" "):
                self._widen(" ")

    def as_written(self, text: str) -> None:
        """Text whose white space stays, also where it stands between the coloured words of a program."""
        if not self._pieces or "\n" in self._gap or self._gap == " | ":
            text = self._indent + text.lstrip("\n")
            if not text.strip():
                self._indent = text[text.rfind("\n") + 1 :]
                return
        self.has_code |= "\n" in text
        self.add(text)

    def add(self, text: str) -> None:
        if not text:
            return
        if self._pieces:
            self._pieces.append(self._gap)
        self._pieces.append(f"{self._label} {text}" if self._label else text)
        self._gap = self._label = self._indent = ""
        self._row_has_cell = True

    def label(self, text: str) -> None:
        """Set `text` before what comes next, behind a label that has had no words yet; an empty one takes it back."""
        self._label = f"{self._label} {text}".strip() if text else ""

    def line(self) -> None:
        """A line break that the author set; two of them make an empty line."""
        self._gap = "\n\n" if "\n" in self._gap else "\n"

    def line_start(self) -> None:
        self._widen("\n")
        self._row_has_cell = False

    def paragraph(self) -> None:
        self._widen("\n\n")

    def cell(self) -> None:
        if self._row_has_cell:
            self._gap = " | "
        self._row_has_cell = True

    def inline(self) -> str:
        """Everything on one line, for a part of a formula."""
        return _SPACES.sub(" ", "".join(self._pieces))

    def text(self) -> str:
        lines = (line.rstrip() for line in "".join(self._pieces).split("\n"))
        return _BLANK_LINES.sub("\n\n", "\n".join(lines))

    def _widen(self, gap: str) -> None:
        self._indent = ""
        if _WIDTH[gap] > _WIDTH[self._gap]:
            self._gap = gap


_WIDTH = {"": 0, " ": 1, " | ": 2, "\n": 3, "\n\n": 4}
