"""Heads and feet that a PDF draws before or behind all else on the page: back to the edge where they stand. Pure.

Programs that make pages of something longer, browsers among them, draw a page's head and foot together. In the order of
drawing a foot is then the second line, or a head the last but one, where nobody takes them for a head or a foot.
"""

from collections.abc import Callable, Sequence
from itertools import chain, takewhile

from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box
from app.documents.pdf_places import line_end

# As many lines at each edge are looked at, a head and what stands under it.
_EDGE_ROWS = 2
# Fewer rows are no page with a body between its edges.
_LEAST_ROWS = 2 * _EDGE_ROWS + 1

# In points. Heads and feet stand in the margin; a fraction of the first line does not stand apart from it.
_LEAST_GAP = 5.0

# Between the heads and the body, and between the body and the feet.
Borders = tuple[float, float]


def borders(runs: Sequence[Box]) -> Borders | None:
    """Where the page must be cut so that its parts come in the right order; None where they do already."""
    rows = _rows(runs)
    if len(rows) < _LEAST_ROWS:
        return None
    at_top = set(chain.from_iterable(rows[:_EDGE_ROWS]))
    at_foot = set(chain.from_iterable(rows[-_EDGE_ROWS:]))
    first = takewhile(lambda at: at in at_top | at_foot, range(len(runs)))
    last = takewhile(lambda at: at in at_top | at_foot, reversed(range(len(runs))))
    feet, heads = at_foot & set(first), at_top & set(last)
    if not feet and not heads:
        return None
    body = [runs[at] for at in range(len(runs)) if at not in feet | heads]
    upper = _middle([runs[at][1] for at in heads], [run[3] for run in body])
    lower = _middle([run[1] for run in body], [runs[at][3] for at in feet])
    return None if upper is None or lower is None else (upper, lower)


def in_bands(read: Callable[[float, float], str], cut: Borders, bottom: float, top: float) -> list[str]:
    """The texts of heads, body and feet; `read` gives the text between a lower and an upper height."""
    return [read(cut[0], top), read(max(cut[1], bottom), min(cut[0], top)), read(bottom, cut[1])]


def edges_in_place(drawn: Sequence[Character], cut: Borders) -> list[Character]:
    parts = (
        [c for c in drawn if c.y >= cut[0]],
        [c for c in drawn if cut[1] <= c.y < cut[0]],
        [c for c in drawn if c.y < cut[1]],
    )
    return [c for part in parts if part for c in (*part, *line_end(part[-1]))]


def _rows(runs: Sequence[Box]) -> list[list[int]]:
    """Places in `runs` of those that stand on one line, the highest line first."""
    rows: list[list[int]] = []
    for at in sorted(range(len(runs)), key=lambda at: -(runs[at][1] + runs[at][3])):
        if rows and (runs[at][1] + runs[at][3]) / 2 > runs[rows[-1][0]][1]:
            rows[-1].append(at)
        else:
            rows.append([at])
    return rows


def _middle(above: Sequence[float], below: Sequence[float]) -> float | None:
    """Halfway between the lower ends of what is above and the upper ends of what is below; None where they are near."""
    if not above or not below:
        return float("-inf") if not below else float("inf")
    return (min(above) + max(below)) / 2 if min(above) - max(below) > _LEAST_GAP else None
