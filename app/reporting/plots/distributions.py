"""How script totals are distributed: the human's above the line, the marker's below it."""

import numpy as np

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import INDICATIVE_FROM
from app.agreement.totals import totals_of
from app.reporting.markup import Html, tag
from app.reporting.svg import Scale, label, line, svg, x_axis
from app.reporting.view import View
from app.reporting.words import count, number, shortened

_WIDTH, _LEFT, _RIGHT, _TOP, _MIDDLE, _BOTTOM = 340, 12, 328, 40, 100, 160
_BARS = 16


def distribution_plots(view: View) -> list[Html]:
    """One per marker with enough totals, all on the same axes."""
    return [plot for found in view.compared if found.students.n >= INDICATIVE_FROM and (plot := _plot(view, found))]


def _plot(view: View, found: MarkerAgreement) -> Html:
    totals = totals_of(view.table, view.voices[found.marker])
    both = np.isfinite(totals.human) & np.isfinite(totals.marker[:, 0])
    human, marker = totals.human[both], totals.marker[both, 0]
    edges = np.linspace(0, totals.maximum or 1, _BARS + 1)
    counts = [np.histogram(part, edges)[0] for part in (human, marker)]
    most = max(int(part.max()) for part in counts) or 1
    x = Scale(0, totals.maximum or 1, _LEFT, _RIGHT)
    bars = [
        tag("rect", x=x(float(edges[i])) + 0.5, y=y, width=(_RIGHT - _LEFT) / _BARS - 1, height=height, class_=kind)
        for part, kind, up in ((counts[0], "bar-human", True), (counts[1], "bar-marker", False))
        for i, n in enumerate(part.tolist())
        if n
        for height in [n / most * (_MIDDLE - _TOP - 2)]
        for y in [_MIDDLE - height if up else _MIDDLE]
    ]
    cuts = [line(x(cut), _TOP, x(cut), _BOTTOM, "threshold") for cut in found.students.boundaries]
    words = [
        label(_LEFT, 16, shortened(found.marker, 40), "name"),
        label(_LEFT, _TOP - 8, "human above, marker below", "tick"),
    ]
    means = [number(float(part.mean()), 1) for part in (human, marker)]
    about = f"{count(len(human), 'script')}; human mean {means[0]}, marker mean {means[1]}."
    key = f"distribution-{view.number[found.marker]}"
    title = f"Script totals of the human and of {found.marker}"
    axis = x_axis(x, _BOTTOM + 4, _TOP, number)
    return svg(
        key,
        _BOTTOM + 26,
        title,
        about,
        axis,
        *bars,
        *cuts,
        line(_LEFT, _MIDDLE, _RIGHT, _MIDDLE, "axis"),
        *words,
        width=_WIDTH,
    )
