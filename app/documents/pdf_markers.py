"""Markers of lists that a PDF draws behind their items: put before them again, by where they stand. Pure.

Programs that make pages of HTML draw a marker outside of its item when the item, or the whole page, is drawn.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box
from app.documents.pdf_places import blank, lines_of

_MARKER = re.compile(
    r"[(\[]?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)\]]{1,2}|[•◦▪▫‣⁃●○■□–-]|[\u0660-\u0669\u0966-\u096f]{1,3}[.)]"
)
# Of the letters' size: base lines of one line, and the widest gap between a marker and its item.
_ONE_LINE, _WIDEST_GAP = 0.2, 3.0
_LONGEST = 8


def may_have_late_markers(runs: Sequence[Box]) -> bool:
    """Whether a narrow run stands left of an earlier one, on its line."""
    late = [at for at, (one, other) in enumerate(pairwise([(0.0, 0.0, 0.0, 0.0), *runs])) if _may_be_late(one, other)]
    return any(_stands_before(runs[at], run) for at in late[:200] for run in runs[:at])


def markers_first(drawn: Sequence[Character]) -> list[Character]:
    """`drawn` with each marker that came later before its item, and a blank between."""
    lines = [list(line) for line in lines_of(drawn)]
    taken: set[int] = set()
    for at, line in enumerate(lines):
        if _is_marker(line) and (item := _item(line, lines[:at])) is not None:
            item[:0] = [*(c for c in line if not c.made and not c.text.isspace()), blank(line[0])]
            taken.add(at)
    return [c for at, line in enumerate(lines) if at not in taken for c in line] if taken else [*drawn]


def _is_marker(line: Iterable[Character]) -> bool:
    text = "".join(c.text for c in line if not c.made).strip()
    return len(text) <= _LONGEST and _MARKER.fullmatch(text) is not None


def _item(marker: Sequence[Character], lines: Sequence[list[Character]]) -> list[Character] | None:
    """The line before which the marker stands."""
    shown = [c for c in marker if not c.made and not c.text.isspace()]
    for line in lines:
        first = next((c for c in line if not c.made and not c.text.isspace()), None)
        if first is not None and _stands_level(shown[-1], first):
            return line
    return None


def _stands_level(marker: Character, first: Character) -> bool:
    is_level = abs(first.y - marker.y) < _ONE_LINE * max(first.size, marker.size)
    return is_level and 0 < first.x - marker.right < _WIDEST_GAP * first.size


def _may_be_late(before: Box, run: Box) -> bool:
    height = max(run[3] - run[1], before[3] - before[1], 1.0)
    return run[2] - run[0] < 3 * height and run[0] < before[0]


def _stands_before(run: Box, other: Box) -> bool:
    height = max(other[3] - other[1], 1.0)
    is_level = other[1] - 0.3 * height < (run[1] + run[3]) / 2 < other[3] + 0.3 * height
    return is_level and 0 < other[0] - run[2] < _WIDEST_GAP * height
