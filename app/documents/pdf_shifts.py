"""Raised and lowered characters of a PDF page that are as large as their neighbours: cm² with a large 2. Pure.

What a page sets above or below its line is a power, an index or the mark of a note, whatever its size. Such characters
are given a smaller size here, and are then treated like all other raised and lowered ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box

# Of the letters' size: how far a base line is off at least and at most, and what counts as the same base line.
_LEAST, _MOST, _SAME = 0.13, 0.75, 0.08
# Nearer to its base than a blank; and what follows is on the line again at once, or behind a blank.
_BESIDE, _NEAR = 0.25, 1.2
_LONGEST = 12
# Behind it the line ends; longer ones may be a line of their own.
_LONGEST_LAST = 4
_SMALL = 0.7


def has_shifts(runs: Sequence[Box]) -> bool:
    """Whether a run stands beside another one and above or below its line: a power or an index."""
    return any(_is_shift(one, other) for one, other in pairwise(runs))


def shrunk(drawn: Sequence[Character]) -> list[Character]:
    """`drawn` with a smaller size for each short run that is raised or lowered and follows its base without a gap."""
    pieces = list(_pieces([at for at, c in enumerate(drawn) if not c.made], drawn))
    smaller: set[int] = set()
    for number, (base, piece) in enumerate(pairwise(pieces), start=1):
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        if base[-1] not in smaller and _is_off(drawn, base, piece, following):
            smaller.update(piece)
    return (
        [replace(c, size=_SMALL * c.size) if at in smaller else c for at, c in enumerate(drawn)]
        if smaller
        else [*drawn]
    )


def _pieces(places: Sequence[int], drawn: Sequence[Character]) -> Iterator[list[int]]:
    """Neighbours on one base line."""
    piece: list[int] = []
    for at in places:
        if piece and abs(drawn[piece[-1]].y - drawn[at].y) > 0.01:  # noqa: PLR2004 - rounding
            yield piece
            piece = []
        piece.append(at)
    if piece:
        yield piece


def _is_off(
    drawn: Sequence[Character], base: Sequence[int], piece: Sequence[int], following: Sequence[int] | None
) -> bool:
    before, first, last = drawn[base[-1]], drawn[piece[0]], drawn[piece[-1]]
    size = before.size
    # The letters of a line that runs upwards stand above one another.
    is_beside = first.x > before.x + _LEAST * size and abs(first.x - before.right) < _BESIDE * size
    is_short = len(piece) <= _LONGEST and any(drawn[at].text.isalnum() for at in piece)
    if not is_beside or not is_short or before.text.isspace() or first.size > size:
        return False
    after = drawn[following[0]] if following else None
    is_back = after is not None and abs(after.y - before.y) < _SAME * size
    is_near = is_back and after is not None and -_BESIDE * size < after.x - last.right < _NEAR * size
    # A line that rises or falls as a whole has one letter on each base line.
    is_last = len(piece) <= _LONGEST_LAST and len(base) > 1 and (after is None or is_back or after.y < before.y)
    return _LEAST * size < abs(first.y - before.y) < _MOST * size and (is_near or is_last)


def _is_shift(one: Box, other: Box) -> bool:
    base, small = (one, other) if one[3] - one[1] >= other[3] - other[1] else (other, one)
    height = base[3] - base[1]
    if not -0.2 * height < other[0] - one[2] < height or small[2] - small[0] >= 6 * height:
        return False
    is_small = 0.25 * height < small[3] - small[1] < 0.85 * height
    is_off = small[1] > base[1] + 0.25 * height or small[1] < base[1] - 0.02 * height
    # Of two alike one stands higher with both its edges.
    both = min(abs(one[1] - other[1]), abs(one[3] - other[3]))
    is_alike = both > 0.15 * height and (one[1] - other[1]) * (one[3] - other[3]) > 0
    return (is_small and is_off) or is_alike
