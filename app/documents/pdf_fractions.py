"""Fractions on a PDF page: what stands over and under a bar, as one text in its line. Not thread-safe: it asks pdfium.

A page draws a fraction as two small lines and a bar; read in the order of drawing it is two lines amid a sentence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import pypdfium2  # type: ignore[import-untyped] # it carries no types

from app.documents.notation import fraction
from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box, paths
from app.documents.pdf_places import blank, is_gap

# In points.
_THICKEST, _SHORTEST, _LONGEST = 2.5, 2.0, 200.0
# Of the letters' size, from the bar to the base line: of what stands over it, and of what stands under it.
_OVER, _OVER_RAISED, _UNDER = (-0.05, 0.75), 1.1, (-1.35, -0.45)
# How far both may reach beyond the bar, and what share of the bar the wider one covers at least.
_BEYOND, _COVERED = 0.3, 0.4
# What stands nearer on the same base line is the rest of a line whose words are underlined.
_APART = 0.35
# Base lines nearer than this make one line.
_ONE_ROW = 0.5
_NEXT = 5


def has_fractions(page: pypdfium2.PdfPage, runs: Sequence[Box]) -> bool:
    """Whether of two short runs one stands under the middle of the other, with a bar between them."""
    pairs = [
        (run, other)
        for at, run in enumerate(runs)
        for other in islice(runs, at + 1, at + _NEXT)
        if _are_stacked(run, other)
    ]
    return bool(pairs) and any(_is_between(bar, *pair) for bar in set(paths(page, _is_bar)) for pair in pairs)


def with_fractions(
    page: pypdfium2.PdfPage, drawn: Sequence[Character], text_of: Callable[[Sequence[Character]], str]
) -> list[Character]:
    """`drawn` with one character in place of each fraction, whose text is as 1/2 or (-b)/(2a)."""
    kept = list(drawn)
    for bar in sorted(set(paths(page, _is_bar)), key=lambda bar: bar[2] - bar[0]):
        if (found := _fraction(kept, bar)) is not None:
            kept = _placed(kept, found, text_of)
    return kept


@dataclass(frozen=True, slots=True)
class _Fraction:
    """Places in the page's characters, and the bar between them."""

    over: frozenset[int]
    under: frozenset[int]
    bar: Box


def _fraction(drawn: Sequence[Character], bar: Box) -> _Fraction | None:
    left, _, right, _ = bar
    height = (bar[1] + bar[3]) / 2
    near = [
        at
        for at, c in enumerate(drawn)
        if not c.made and not c.text.isspace()
        if left - _BEYOND * c.size <= c.x and c.right <= right + _BEYOND * c.size
        if abs(c.y - height) < 2 * c.size
    ]
    over = [at for at in near if _is_in(_OVER, drawn[at], height)]
    under = _nearest_row(drawn, [at for at in near if _is_in(_UNDER, drawn[at], height)])
    if not over or not under or not _is_fraction(drawn, bar, over, under):
        return None
    top = max(drawn[at].size for at in over)
    powers = [at for at in near if at not in over and 0 < drawn[at].y - height < _OVER_RAISED * top]
    return _Fraction(frozenset(over + powers), frozenset(under), bar)


def _nearest_row(drawn: Sequence[Character], places: Sequence[int]) -> list[int]:
    """Those of `places` on the highest line, with its powers and indices: under it the text goes on."""
    top = max((drawn[at] for at in places), key=lambda c: c.y, default=None)
    return [] if top is None else [at for at in places if top.y - drawn[at].y < _ONE_ROW * top.size]


def _is_in(span: tuple[float, float], character: Character, height: float) -> bool:
    return span[0] * character.size <= character.y - height <= span[1] * character.size


def _is_fraction(drawn: Sequence[Character], bar: Box, over: Sequence[int], under: Sequence[int]) -> bool:
    """Both stand by themselves on their lines, and one of them is as wide as the bar, or nearly."""
    widths = [max(drawn[at].right for at in part) - min(drawn[at].x for at in part) for part in (over, under)]
    is_covered = max(widths) >= _COVERED * (bar[2] - bar[0])
    return is_covered and not any(_goes_on(drawn, part) for part in (over, under))


def _goes_on(drawn: Sequence[Character], part: Sequence[int]) -> bool:
    y, size = drawn[part[0]].y, drawn[part[0]].size
    left, right = min(drawn[at].x for at in part), max(drawn[at].right for at in part)
    own = set(part)
    return any(
        at not in own
        and not c.made
        and not c.text.isspace()
        and abs(c.y - y) < 0.1 * size
        and (-_APART * size < c.x - right < _APART * size or -_APART * size < left - c.right < _APART * size)
        for at, c in enumerate(drawn)
    )


def _placed(
    drawn: Sequence[Character], found: _Fraction, text_of: Callable[[Sequence[Character]], str]
) -> list[Character]:
    """`drawn` with the fraction where its first character was, on the line that it interrupts."""
    own = found.over | found.under
    start, end = min(own), max(own)
    before = next((c for c in reversed(drawn[:start]) if not c.made), None)
    after = next((c for c in drawn[end + 1 :] if not c.made), None)
    before = before if before is not None and _is_level(found, drawn, before) and before.x < found.bar[0] else None
    after = after if after is not None and _is_level(found, drawn, after) and after.x > found.bar[0] else None
    place = before or after or drawn[start]
    one = replace(place, text=_text(drawn, found, text_of), x=found.bar[0], right=found.bar[2], made=False)
    # What lies amid the fraction without belonging to it comes behind it.
    amid = [c for at, c in enumerate(drawn[start:end], start=start) if at not in own]
    amid = amid if any(not c.made for c in amid) else []
    head = _without_end(drawn[:start]) if before else list(drawn[:start])
    tail = _without_end(drawn[end + 1 :][::-1])[::-1] if after else list(drawn[end + 1 :])
    gap_before = [blank(one)] if before and _needs_blank(head[-1], one) else []
    gap_after = [blank(one)] if after and _needs_blank(one, tail[0]) else []
    return [*head, *gap_before, one, *amid, *gap_after, *tail]


def _without_end(line: Sequence[Character]) -> list[Character]:
    """`line` without the ends of lines that pdfium put behind it."""
    kept = list(line)
    while kept and kept[-1].made and kept[-1].text in "\r\n":
        kept.pop()
    return kept


def _needs_blank(one: Character, other: Character) -> bool:
    """Where a gap is. Letters and digits without one are kept apart by the fraction's edges."""
    if one.text.isspace() or other.text.isspace():
        return False
    return is_gap(one.right, other)


def _is_level(found: _Fraction, drawn: Sequence[Character], character: Character) -> bool:
    upper, lower = (max(drawn[at].y for at in part) for part in (found.over, found.under))
    return lower <= character.y <= upper


def _text(drawn: Sequence[Character], found: _Fraction, text_of: Callable[[Sequence[Character]], str]) -> str:
    over, under = (text_of([drawn[at] for at in sorted(part)]).strip() for part in (found.over, found.under))
    return fraction(over, under)


def _is_bar(box: Box) -> bool:
    left, bottom, right, top = box
    return 0 <= top - bottom <= _THICKEST and _SHORTEST < right - left < _LONGEST and right - left > 2 * (top - bottom)


def _are_stacked(one: Box, other: Box) -> bool:
    height = max(one[3] - one[1], other[3] - other[1], 1.0)
    is_centred = abs((one[0] + one[2]) - (other[0] + other[2])) < height
    return is_centred and max(one[2] - one[0], other[2] - other[0]) < 20 * height and 0 < one[3] - other[3] < 3 * height


def _is_between(bar: Box, one: Box, other: Box) -> bool:
    height = max(one[3] - one[1], other[3] - other[1], 1.0)
    left, right = min(one[0], other[0]), max(one[2], other[2])
    is_as_wide = abs(bar[0] - left) < height and abs(bar[2] - right) < height
    return is_as_wide and other[3] - 0.3 * height < (bar[1] + bar[3]) / 2 < one[1] + 0.3 * height
