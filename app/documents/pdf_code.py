"""Programs on a PDF page: lines in letters of one width keep their indentation. pdfium drops it. Pure but for fonts."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.pdf_glyph import Character
from app.documents.pdf_places import lines_of

# One letter in so many is looked at, to learn whether the page has such a font at all.
_SAMPLE = 16
_FIXED_PITCH = 1
_FIXED = re.compile(rb"mono|courier|consol|menlo|typewriter|code|terminal|cmtt|lmtt|inconsolata", re.IGNORECASE)
# A line of a program, by how it begins or ends, in Python and in languages with braces.
_PROGRAM = re.compile(
    r"\s*(?:(?:def|class|for|if|elif|while|with|try|except|switch|case|struct|public|private|void|function)\b.*[:{]"
    r"|else\b\s*[:{]|(?:return|import|break|continue|pass|yield|raise)\b[^.]*|from \S+ import .*|#include.*"
    r"|[\w.]+(?:\[.*\])?\s*[-+*/|&]?=\s*\S[^.?!]*|[\w.]+\(.*\)|.*[{;]|[})\]];?.*)\s*"
)
_LEAST_LINES = 3
# What a line of a program in a proportional font is indented by for each step; of the size, what is a step at least.
_STEP, _LEAST_STEP = "    ", 0.4
# Nothing on a page is indented by more.
_MOST_COLUMNS = 200


def has_code(text_page: pypdfium2.PdfTextPage) -> bool:
    """Whether some of the page's letters have one width."""
    return any(is_fixed(text_page, index) for index in range(0, text_page.count_chars(), _SAMPLE))


def is_fixed(text_page: pypdfium2.PdfTextPage, index: int) -> bool:
    """Whether the character's font gives all letters one width, by its flag or its name."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), flags)
    return bool(flags.value & _FIXED_PITCH) or _FIXED.search(name.value) is not None


def indented(drawn: Sequence[Character]) -> Iterator[Character]:
    """`drawn` with the blanks that stand before and within lines of code."""
    for is_code, lines in groupby(lines_of(drawn), key=_is_code):
        block = list(lines)
        yield from _aligned(block) if is_code else (c for line in block for c in line)


def may_have_program(plain: str) -> bool:
    """Whether some lines below one another look like a program, whatever their font."""
    return any(
        is_program and sum(1 for _ in lines) >= _LEAST_LINES
        for is_program, lines in groupby(plain.splitlines(), key=_looks_like_program)
    )


def stepped(drawn: Sequence[Character]) -> Iterator[Character]:
    """`drawn` with the indentation of programs whose letters differ in width: by steps, for columns cannot be told."""
    for is_program, lines in groupby(lines_of(drawn), key=lambda line: _looks_like_program(_text(line))):
        block = list(lines)
        is_open = is_program and len(block) >= _LEAST_LINES and not any(c.is_fixed for line in block for c in line)
        yield from _in_steps(block) if is_open else (c for line in block for c in line)


def _looks_like_program(line: str) -> bool:
    return _PROGRAM.fullmatch(line) is not None


def _text(line: Sequence[Character]) -> str:
    return "".join(c.text for c in line).strip()


def _in_steps(block: Sequence[Sequence[Character]]) -> Iterator[Character]:
    firsts = [next(c for c in line if not c.text.isspace()) for line in block]
    left = min(c.x for c in firsts)
    step = min((c.x - left for c in firsts if c.x - left > _LEAST_STEP * c.size), default=None)
    for line, first in zip(block, firsts, strict=True):
        n_steps = 0 if step is None else round((first.x - left) / step)
        yield replace(first, text=_STEP * n_steps + first.text)
        yield from line[line.index(first) + 1 :]


def _is_code(line: Sequence[Character]) -> bool:
    shown = [c for c in line if not c.made and not c.text.isspace()]
    return bool(shown) and all(c.is_fixed and c.y == shown[0].y for c in shown)


def _aligned(block: Sequence[Sequence[Character]]) -> Iterator[Character]:
    """Each line's characters at their columns, counted from the block's left edge."""
    shown = [[c for c in line if not c.made and not c.text.isspace()] for line in block]
    width = _width(shown)
    left = min(c.x for line in shown for c in line)
    for line, letters in zip(block, shown, strict=True):
        if width is None or [c.x for c in letters] != sorted(c.x for c in letters):
            yield from line
            continue
        column = 0
        for letter in letters:
            n_blanks = min(round((letter.x - left) / width) - column, _MOST_COLUMNS)
            yield replace(letter, text=" " * max(0, n_blanks) + letter.text)
            column += max(0, n_blanks) + 1
        yield from (c for c in line if c.made and c.text in "\r\n")


def _width(lines: Sequence[Sequence[Character]]) -> float | None:
    """One letter's, as the usual step from a letter to the next."""
    steps = [other.x - one.x for line in lines for one, other in pairwise(line) if other.x > one.x]
    return median(steps) if steps else None
