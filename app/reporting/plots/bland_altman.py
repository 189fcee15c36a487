"""Differences of script totals against their mean, with bias and limits of agreement."""

from dataclasses import dataclass

import numpy as np

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence
from app.agreement.totals import totals_of
from app.reporting.markup import Html, join, tag
from app.reporting.svg import Scale, dots, label, line, svg, x_axis, y_axis
from app.reporting.view import View
from app.reporting.words import count, fixed, number, shortened

# Three of them stand side by side on a wide screen.
_WIDTH = 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, _WIDTH - 12, 30, 190


@dataclass(frozen=True)
class _Panel:
    found: MarkerAgreement
    means: list[float]
    differences: list[float]


def bland_altman_plots(view: View) -> list[Html]:
    """One per marker with a completely marked script, all on the same axes so that they can be compared."""
    panels = [panel for found in view.compared if (panel := _panel(view, found)).means]
    if not panels:
        return []
    ends = [end for panel in panels for end in _limits(panel) + panel.differences]
    reach = max(map(abs, ends), default=0.0) * 1.06 or 1.0
    low, high = min(min(p.means) for p in panels), max(max(p.means) for p in panels)
    margin = (high - low) * 0.04 or 1.0
    x, y = Scale(low - margin, high + margin, _LEFT, _RIGHT), Scale(-reach, reach, _BOTTOM, _TOP)
    return [_plot(panel, x, y, f"totals-{view.number[panel.found.marker]}") for panel in panels]


def _panel(view: View, found: MarkerAgreement) -> _Panel:
    means, differences = totals_of(view.table, view.marker_of[found.marker]).points()
    kept = np.isfinite(means) & np.isfinite(differences)
    return _Panel(found, means[kept].tolist(), differences[kept].tolist())


def _limits(panel: _Panel) -> list[float]:
    if panel.found.overall.evidence is Evidence.DOTS:
        return []
    figures = panel.found.bland_altman.figures
    return [value for name in ("lower", "bias", "upper") if (value := figures[name].value) is not None]


def _plot(panel: _Panel, x: Scale, y: Scale, key: str) -> Html:
    points = dots([(x(mean), y(d)) for mean, d in zip(panel.means, panel.differences, strict=True)], "dots small")
    axes = [x_axis(x, _BOTTOM, _TOP, number), y_axis(y, _LEFT, _RIGHT, _signed)]
    name = label(_LEFT - 34, 16, shortened(panel.found.marker, 40), "name")
    under = label(_RIGHT, _BOTTOM + 29, "mean of the two totals, marks", "tick", "end")
    level = line(_LEFT, y(0), _RIGHT, y(0), "axis")
    title = f"Script totals: {panel.found.marker} less the human"
    return svg(
        key, _BOTTOM + 36, title, _description(panel), *axes, level, _lines(panel, y), points, name, under, width=_WIDTH
    )


def _lines(panel: _Panel, y: Scale) -> Html:
    limits = _limits(panel)
    if not limits:
        return Html("")
    kinds = ("limit", "bias", "limit") if len(limits) > 1 else ("bias",)
    parts = [line(_LEFT, y(value), _RIGHT, y(value), kind) for value, kind in zip(limits, kinds, strict=True)]
    if len(limits) > 1:
        height = y(limits[0]) - y(limits[-1])
        parts.insert(0, tag("rect", x=_LEFT, y=y(limits[-1]), width=_RIGHT - _LEFT, height=height, class_="within"))
        outer = [label(_RIGHT - 4, y(limits[-1]) - 4, _signed(limits[-1]), "tick halo", "end")]
        outer.append(label(_RIGHT - 4, y(limits[0]) + 12, _signed(limits[0]), "tick halo", "end"))
        parts += outer
    return join(*parts)


def _signed(value: float) -> str:
    return fixed(value, 1, signed=True).replace(".0", "")


def _description(panel: _Panel) -> str:
    scripts = count(len(panel.means), "script")
    limits = _limits(panel)
    if len(limits) < 3:  # noqa: PLR2004 - lower, bias, upper
        return f"{scripts}; too few for limits of agreement."
    return (
        f"{scripts}; bias {_signed(limits[1])} marks, limits of agreement {_signed(limits[0])} to {_signed(limits[2])}."
    )
