"""Blanks that pdfium puts into words of a PDF page. Not thread-safe: for the subprocess only.

Some programs, browsers among them, draw a syllable of Hindi as several glyphs and write its text beside it. pdfium
takes the text, knows no width for it, and sees a gap where the further glyphs stand.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import pypdfium2  # type: ignore[import-untyped] # it carries no types

from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import address, bounds, text_objects

# Of the letters' size. Blanks between words are wider.
_NARROWEST = 0.2
# Glyphs of one syllable.
_MOST_GLYPHS = 16

Sides = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Objects:
    """The page's pieces of text in the order in which they are drawn: where each stands there, and its two sides."""

    places: dict[int, int]
    sides: Sequence[Sides | None]

    def end_between(self, one: int, other: int) -> float | None:
        """The right end of what is drawn from `one` to before `other`; None where a blank glyph stands there."""
        start = self.places.get(one, 0)
        sides = self.sides[start : min(self.places.get(other, 0), start + _MOST_GLYPHS)]
        return None if None in sides else max((side[1] for side in sides if side), default=None)


def false_blanks(page: pypdfium2.PdfPage, drawn: Sequence[Character]) -> frozenset[int]:
    """Their places in `drawn`."""
    triples = enumerate(zip(drawn, drawn[1:], drawn[2:], strict=False), start=1)
    found = {index: (one, other) for index, (one, blank, other) in triples if _is_doubtful(one, blank, other)}
    objects = _objects(page) if found else _Objects({}, ())
    return frozenset(index for index, (one, other) in found.items() if _go_on(objects, one, other))


def sides_of_letters(page: pypdfium2.PdfPage, drawn: Sequence[Character]) -> dict[int, Sides]:
    """Where the glyphs begin and end that show one letter and its signs, by the object that has their text."""
    places: dict[int, set[tuple[float, float]]] = defaultdict(set)
    for character in drawn:
        places[character.text_object].add((character.x, character.y))
    objects = _objects(page)
    starts = sorted(objects.places[piece] for piece in places if piece in objects.places)
    ends = dict(zip(starts, [*starts[1:], len(objects.sides)], strict=False))
    found: dict[int, Sides] = {}
    for piece, stands in places.items():
        start = objects.places.get(piece)
        if start is None or len(stands) > 1:
            continue
        # A blank glyph may follow, which belongs to no letter.
        pieces = takewhile(bool, objects.sides[start : min(ends[start], start + _MOST_GLYPHS)])
        if sides := list(filter(None, pieces)):
            found[piece] = (min(left for left, _ in sides), max(right for _, right in sides))
    return found


def _is_doubtful(one: Character, blank: Character, other: Character) -> bool:
    """Where pdfium knows a letter's width, its blank stands behind the letter and not where the letter begins."""
    is_made = blank.made and blank.text == " " and (blank.x, blank.y) == (one.x, one.y)
    return is_made and not one.made and not other.made and one.y == other.y


def _go_on(objects: _Objects, one: Character, other: Character) -> bool:
    end = objects.end_between(one.text_object, other.text_object)
    return end is not None and other.x - end < _NARROWEST * one.size


def _objects(page: pypdfium2.PdfPage) -> _Objects:
    places: dict[int, int] = {}
    sides: list[Sides | None] = []
    for page_object in text_objects(page):
        left, bottom, right, top = bounds(page_object)
        places[address(page_object)] = len(sides)
        sides.append((left, right) if right > left and top > bottom else None)
    return _Objects(places, sides)
