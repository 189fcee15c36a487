"""Single marks: how far each lies from the human's, stacked where several are alike."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from app.agreement.table import Marker
from app.reporting.markup import Html, join
from app.reporting.svg import WIDTH, Scale, dots, label, line, svg, x_axis
from app.reporting.view import View
from app.reporting.words import number, shortened

_HEIGHT, _STACK, _GAP, _WIDEST = 84, 8, 6.4, 70


def strips(view: View) -> Html:
    """One strip per marker; every try of every answer is a dot."""
    found = {f.marker: _differences(view, view.marker_of[f.marker]) for f in view.compared}
    widest = max((abs(d) for counts in found.values() for d in counts), default=0) or 1.0
    scale = Scale(-widest, widest, 16, WIDTH - 16)
    room = _room(found, scale)
    parts, y = [], 0.0
    for name, counts in found.items():
        parts.append(_strip(name, counts, scale, y, room))
        y += _HEIGHT
    axis = x_axis(scale, y + 2, 4, _signed)
    words = [label(16, y + 30, "marks below the human", "tick"), label(WIDTH - 16, y + 30, "above", "tick", "end")]
    title = "Difference of each single mark from the human's"
    middle = line(scale(0), 4, scale(0), y + 2, "threshold")
    return svg("strips", y + 36, title, _description(found), axis, middle, *parts, *words)


def _differences(view: View, marker: Marker) -> Counter[float]:
    d = marker.marks - view.table.human.marks[:, :1]
    return Counter(np.round(d[np.isfinite(d)], 6).tolist())


def _room(found: Mapping[str, Mapping[float, int]], scale: Scale) -> float:
    """How wide a heap may be: four fifths of the way to the next difference, or equal marks would look different."""
    places = sorted({scale(d) for counts in found.values() for d in counts})
    return min([_WIDEST, *(0.8 * (b - a) for a, b in pairwise(places))])


def _strip(name: str, counts: Mapping[float, int], scale: Scale, y: float, room: float) -> Html:
    points = [point for d, times in counts.items() for point in _heap(scale(d), y + _HEIGHT - 10, times, room)]
    return join(label(10, y + 14, shortened(name, 44), "name halo"), dots(points, "dots"))


def _heap(x: float, y: float, times: int, room: float) -> list[tuple[float, float]]:
    """Stacked to eight high, then side by side, closer where there is little room."""
    columns = -(-times // _STACK)
    gap = min(_GAP, room / columns)
    return [(x + (i // _STACK - (columns - 1) / 2) * gap, y - i % _STACK * _GAP) for i in range(times)]


def _description(found: Mapping[str, Mapping[float, int]]) -> str:
    def one(counts: Mapping[float, int]) -> str:
        return ", ".join(f"{times} at {_signed(d)}" for d, times in sorted(counts.items()))

    return "; ".join(f"{name}: {one(counts)}" for name, counts in found.items())


def _signed(d: float) -> str:
    return f"+{number(d)}" if d > 0 else number(d)
