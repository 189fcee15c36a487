"""Characters of a PDF page put in lines by where they stand, where pdfium's order tells lines wrongly. Pure.

pdfium guesses from how much of a page's width and height is covered whether its lines run across or down. Text that
goes to the edges of the page deceives it: each letter becomes a line, and the lines are read across one another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from app.documents.pdf_glyph import Character

_LEAST_ENDS = 8
# Of the letters' size: characters whose base lines are closer stand on one line, raised or not.
_ONE_LINE = 0.6
# Of the letters' size: a wider gap parts two words. Digits, 1 above all, stand wider apart within a number.
_GAP, _GAP_OF_DIGITS = 0.15, 0.3


def is_torn(drawn: Sequence[Character]) -> bool:
    """Whether lines end between letters that stand side by side."""
    ends = [at for at, c in enumerate(drawn) if c.made and c.text == "\n" and 1 < at < len(drawn) - 1]
    return sum(_are_beside(drawn[at - 2], drawn[at + 1]) for at in ends) >= _LEAST_ENDS


def in_lines(drawn: Sequence[Character]) -> list[Character]:
    """The page's lines from above, each from left to right, with blanks where gaps are."""
    found: list[Character] = []
    for line in parted([c for c in drawn if not c.made and c.text not in "\r\n" and is_drawn(c)]):
        found += spaced(sorted(line, key=lambda c: c.x))
        found += line_end(found[-1])
    return found


def parted(drawn: Sequence[Character]) -> list[list[Character]]:
    """Characters of each line, the highest line first; within a line they keep their order."""
    places: list[tuple[float, float]] = []
    for character in sorted(drawn, key=lambda c: -c.y):
        if not character.text.isspace() and (not places or not _is_on(places[-1], character)):
            places.append((character.y, character.size))
    lines: list[list[Character]] = [[] for _ in places]
    for character in drawn:
        nearest = min(range(len(places)), key=lambda at: abs(places[at][0] - character.y), default=None)
        if nearest is not None:
            lines[nearest].append(character)
    return [line for line in lines if line]


def line_end(after: Character) -> list[Character]:
    return [replace(after, text=sign, made=True) for sign in "\r\n"]


def blank(after: Character) -> Character:
    return replace(after, text=" ", made=True)


def is_gap(right: float, following: Character, *, of_digits: bool = False) -> bool:
    return following.x - right > (_GAP_OF_DIGITS if of_digits else _GAP) * following.size


def is_drawn(character: Character) -> bool:
    """False for a blank that pdfium made out of a gap: beside letters of no known width it stands in a wrong place."""
    return character.text_object != 0 or not character.text.isspace()


def _are_beside(one: Character, other: Character) -> bool:
    return one.y == other.y and abs(other.x - one.x) < max(one.size, other.size) and not one.made and not other.made


def _is_on(place: tuple[float, float], character: Character) -> bool:
    return abs(place[0] - character.y) < _ONE_LINE * max(place[1], character.size)


def spaced(line: Sequence[Character]) -> Iterator[Character]:
    yield from line[:1]
    for before, character in pairwise(line):
        of_digits = before.text.isdigit() and character.text.isdigit()
        has_blank = before.text.isspace() or character.text.isspace()
        if not has_blank and is_gap(before.right, character, of_digits=of_digits):
            # Nearer to the right neighbour: there a line from right to left has it behind a word.
            yield replace(blank(before), x=character.x - 0.01)
        yield character


def lines_of(drawn: Sequence[Character]) -> Iterator[list[Character]]:
    line: list[Character] = []
    for character in drawn:
        line.append(character)
        if character.text == "\n":
            yield line
            line = []
    if line:
        yield line
