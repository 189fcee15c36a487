"""Words of a PDF whose letters are set apart, as in headings: pdfium takes each letter for a word. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from app.documents.pdf_glyph import Character
from app.documents.pdf_places import blank, lines_of

_APART = re.compile(r"(?<!\S)(?:[^\W\d_]\s+){4,}[^\W\d_](?!\S)")
# Of the letters' size: cells of a table stand farther apart.
_WIDEST = 1.2
# A gap between words is wider than the gaps between letters by so much.
_WIDER = 1.6
# Rows of letters below one another are a grid, such as a word search.
_MOST_ROWS = 2


def may_have_spaced_words(plain: str) -> bool:
    return any(map(_is_spaced_word, _APART.findall(plain)))


def _is_spaced_word(found: str) -> bool:
    """False for the letters of the alphabet in their order, such as those of answers."""
    steps = [ord(other) - ord(one) for one, other in pairwise(found.split())]
    return 2 * steps.count(1) < len(steps)


def closed_up(drawn: Sequence[Character]) -> list[Character]:
    """`drawn` without the blanks between the letters of one word."""
    found: list[Character] = []
    for is_apart, lines in groupby(lines_of(drawn), key=_is_apart):
        block = list(lines)
        keeps = not is_apart or len(block) > _MOST_ROWS
        found += [c for line in block for c in (line if keeps else _closed_up(line))]
    return found


def _is_apart(line: Sequence[Character]) -> bool:
    text = "".join(c.text for c in line).strip()
    letters = [c for c in line if not c.text.isspace()]
    if _APART.fullmatch(text) is None or not _is_spaced_word(text):
        return False
    return 0 < median(_gaps(letters)) < _WIDEST * letters[0].size


def _gaps(letters: Sequence[Character]) -> list[float]:
    return [other.x - one.right for one, other in pairwise(letters)]


def _closed_up(line: Sequence[Character]) -> Iterator[Character]:
    letters = [c for c in line if not c.text.isspace()]
    usual = median(_gaps(letters))
    yield letters[0]
    for one, other in pairwise(letters):
        if other.x - one.right > _WIDER * usual:
            yield blank(one)
        yield other
    yield from (c for c in line if c.text in "\r\n")
