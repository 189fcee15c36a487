"""Lines of Arabic and Hebrew in the order in which people read them, by where their letters stand. Pure.

Some programs, browsers among them, write such a line from left to right and mark each letter with its own text. pdfium
then turns only some of its words round: the letters of others, and Latin words and brackets, come in the wrong order.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise

from app.documents.pdf_glyph import Character
from app.documents.pdf_places import is_drawn, line_end, parted, spaced

_OPENS, _CLOSES = "([{", ")]}"
# Of the letters' size: how far the place of a blank is off at most.
_BLANK = 0.2
_LAM = "\u0644"
_ALEFS = frozenset("\u0622\u0623\u0625\u0627\u0671")
# What stands between two digits of one number, or between the letters of one Latin word.
_INNER = frozenset(".,:/'’-@_%")


def in_reading_order(glyphs: Iterable[Sequence[Character]]) -> Iterator[Character]:
    """`glyphs` are groups of characters that one glyph shows, in the order of pdfium."""
    line: list[Sequence[Character]] = []
    for glyph in glyphs:
        if glyph[0].made and glyph[0].text in "\r\n":
            yield from _ordered(line)
            line = []
            yield from glyph
        else:
            line.append(glyph)
    yield from _ordered(line)


def lam_first(glyph: Sequence[Character]) -> Sequence[Character]:
    """The letters of one glyph, which pdfium has turned round with the line. Lam stands before alef in any case."""
    is_lam_alef = len(glyph) == 2 and glyph[0].text == _LAM and glyph[1].text in _ALEFS  # noqa: PLR2004 - the two letters
    return glyph if is_lam_alef else glyph[::-1]


def _ordered(line: Sequence[Sequence[Character]]) -> Iterator[Character]:
    sides = [_side(glyph) for glyph in line]
    if "R" not in sides or sides.count("L") > sides.count("R") or not _is_turned(line, sides):
        return chain.from_iterable(line)
    rows = parted([glyph[0] for glyph in line])
    if len(rows) > 1:
        return _each(line, rows)
    if any(_has_sign(glyph[0]) for glyph in line):
        line = _spaced_anew(line)
        sides = [_side(glyph) for glyph in line]
    from_right = [line[index] for index in sorted(range(len(line)), key=lambda index: _from_right(line, sides, index))]
    return _paired(list(chain.from_iterable(_left_to_right_parts(from_right))))


def _has_sign(character: Character) -> bool:
    return any(map(unicodedata.combining, character.text[1:]))


def _spaced_anew(line: Sequence[Sequence[Character]]) -> Sequence[Sequence[Character]]:
    """Where pdfium knows no width of a letter with signs, it makes blanks beside it where no gap is."""
    drawn = {id(glyph[0]): glyph for glyph in line if is_drawn(glyph[0])}
    in_places = spaced(sorted((glyph[0] for glyph in drawn.values()), key=lambda c: c.x))
    return [drawn.get(id(character), (character,)) for character in in_places]


def _each(line: Sequence[Sequence[Character]], rows: Sequence[Sequence[Character]]) -> Iterator[Character]:
    """Rows of wide blanks, as justified text has them, come from pdfium as one line."""
    glyphs = {id(glyph[0]): glyph for glyph in line}
    for at, row in enumerate(rows):
        if at:
            yield from line_end(row[0])
        yield from _ordered([glyphs[id(character)] for character in row])


def _from_right(line: Sequence[Sequence[Character]], sides: Sequence[str], index: int) -> tuple[float, bool]:
    """Where a glyph stands in its line. A blank in its neighbour's place stays behind a letter and before a sign."""
    character, before = line[index][0], line[index - 1][0]
    if not character.text.isspace():
        return -character.x, not sides[index]
    is_beside = index > 0 and sides[index - 1] == "R" and 0 <= character.x - before.x < _BLANK * before.size
    return -(before.x if is_beside else character.x), False


def _side(glyph: Sequence[Character]) -> str:
    """R or L for a letter, D for a digit, an empty text for what takes the direction of its neighbours."""
    kind = unicodedata.bidirectional(glyph[0].text[:1] or " ")
    return {"R": "R", "AL": "R", "L": "L", "EN": "D", "AN": "D"}.get(kind, "")


def _is_turned(line: Sequence[Sequence[Character]], sides: Sequence[str]) -> bool:
    """Whether neighbours of one word stand the wrong way round. Signs above letters stand where they like."""
    if any(unicodedata.combining(c.text[:1] or " ") for glyph in line for c in glyph):
        return False
    for (one, side), (other, next_side) in pairwise(zip(line, sides, strict=True)):
        step = other[0].x - one[0].x
        if (side == next_side == "R" and step > 0) or (side in "LD" and next_side in "LD" and side and step < 0):
            return True
    return False


def _left_to_right_parts(line: Sequence[Sequence[Character]]) -> Iterator[Sequence[Character]]:
    """A line from its right end, with Latin words and numbers turned to run from left to right."""
    at = 0
    while at < len(line):
        end = max(at + 1, _part_end(line, at))
        yield from line[at:end][::-1]
        at = end


def _part_end(line: Sequence[Sequence[Character]], start: int) -> int:
    """Behind the last letter or digit of the Latin words, or of the number, that begin here; `start` if none does."""
    end, has_letters = start, False
    for index in range(start, len(line)):
        side, text = _side(line[index]), line[index][0].text
        if side == "R" or (not side and index == start):
            break
        if side:
            if not (index == end or has_letters or side == "L" or _is_joined(line[end:index])):
                break
            end, has_letters = index + 1, has_letters or side == "L"
        elif not (has_letters or text in _INNER):
            break
    return end


def _is_joined(between: Sequence[Sequence[Character]]) -> bool:
    return all(glyph[0].text in _INNER for glyph in between)


def _paired(line: Sequence[Character]) -> Iterator[Character]:
    """Brackets are drawn mirrored: in pairs, the first opens and the second closes."""
    for opens, closes in zip(_OPENS, _CLOSES, strict=True):
        places = [index for index, character in enumerate(line) if character.text in (opens, closes)]
        if len(places) % 2 == 0:
            line = list(line)
            for nth, index in enumerate(places):
                line[index] = replace(line[index], text=closes if nth % 2 else opens)
    return iter(line)
