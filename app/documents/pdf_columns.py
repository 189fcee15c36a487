"""Two columns that a PDF draws row by row: found by the gap between them, and read one after the other."""

import ctypes
from collections.abc import Sequence
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.pdf_ink import Box

_LEAST_ROWS = 3
# In points: wider than a space, narrower than what parts two pages.
_LEAST_GAP = 10.0
# Rows of prose have some words on either side; cells of a table have one or two.
_WORDS_A_SIDE = 2.6


def rectangles(text_page: pypdfium2.PdfTextPage) -> list[Box]:
    """Where the page's runs of text lie, in the order of its text: left, bottom, right, top."""
    sides = [ctypes.c_double() for _ in range(4)]
    found = []
    for index in range(raw.FPDFText_CountRects(text_page, 0, -1)):
        raw.FPDFText_GetRect(text_page, index, *sides)
        left, top, right, bottom = (side.value for side in sides)
        found.append((left, bottom, right, top))
    return found


def by_columns(text_page: pypdfium2.PdfTextPage, runs: Sequence[Box]) -> str | None:
    """The text of a page with such columns; None for every other page."""
    rows = [(one, other) for one, other in pairwise(runs) if _is_row(one, other)]
    bands = _bands(rows)
    if not bands:
        return None
    texts: list[str] = []
    top = max(run[3] for run in runs) + 1
    left, right = min(run[0] for run in runs) - 1, max(run[2] for run in runs) + 1
    for band in bands:
        upper, lower = max(max(a[3], b[3]) for a, b in band), min(min(a[1], b[1]) for a, b in band)
        middle = (max(a[2] for a, _ in band) + min(b[0] for _, b in band)) / 2
        sides = [
            text_page.get_text_bounded(left, lower - 1, middle, upper + 1),
            text_page.get_text_bounded(middle, lower - 1, right, upper + 1),
        ]
        if not all(_is_prose(side, len(band)) for side in sides):
            return None
        texts += [text_page.get_text_bounded(left, upper + 1, right, top), *sides]
        top = lower - 1
    texts.append(text_page.get_text_bounded(left, min(run[1] for run in runs) - 1, right, top))
    return "\n".join(text.strip() for text in texts if text.strip())


def _is_row(one: Box, other: Box) -> bool:
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    return other[0] - one[2] >= _LEAST_GAP and overlap > 0.5 * min(one[3] - one[1], other[3] - other[1])


def _bands(rows: Sequence[tuple[Box, Box]]) -> list[list[tuple[Box, Box]]]:
    """Rows below one another that have one gap in common, at least three of them."""
    bands: list[list[tuple[Box, Box]]] = []
    for row in rows:
        if bands and _continues(bands[-1], row):
            bands[-1].append(row)
        else:
            bands.append([row])
    return [band for band in bands if len(band) >= _LEAST_ROWS]


def _continues(band: Sequence[tuple[Box, Box]], row: tuple[Box, Box]) -> bool:
    last = band[-1]
    height = last[0][3] - last[0][1]
    is_next = 0 < last[0][1] - row[0][1] < 4 * max(height, 1)
    gap = min(b[0] for _, b in [*band, row]) - max(a[2] for a, _ in [*band, row])
    return is_next and gap >= _LEAST_GAP and abs(row[1][0] - last[1][0]) < 2 * max(height, 1)


def _is_prose(side: str, n_rows: int) -> bool:
    """Lines that go on: the later ones begin in lower case, or there are many words on each."""
    lines = [line.strip() for line in side.splitlines() if line.strip()]
    going_on = sum(line[:1].islower() for line in lines[1:])
    return len(side.split()) >= _WORDS_A_SIDE * n_rows and 3 * going_on >= len(lines) - 1
