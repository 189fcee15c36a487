"""Weak, middling and strong answers."""

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence
from app.agreement.pairs import MARKS
from app.reporting.links import marker_behind
from app.reporting.markup import Html
from app.reporting.plots.intervals import Line, Threshold, interval_plot
from app.reporting.tables import beside, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import band, figure_cell, paragraph, shown

_NAMES = ("exact", "mae", "bias")
_HEADS = ("Same mark", "Mean distance", "Bias")


def section(view: View) -> Html:
    heading = ("bands", "Are weak and strong answers marked alike?", "mark bands")
    if not view.compared:
        return Html("")
    unit = view.compared[0].overall.unit
    explained = paragraph(
        f"Bias {'in marks' if unit == MARKS else 'in % of the maximum'}, by what the human gave. Right of the line the "
        "marker is more generous than the human. One that lifts weak answers and presses strong ones "
        "pulls marks to the middle.",
        class_="hint",
    )
    rows = [
        _row(view, found, name)
        for found in view.compared
        for name in found.per_band
        if found.per_band[name].figures["exact"].n
    ]
    figures = table(["Marker", "Human's mark", "n", *_HEADS], rows)
    plot = bands_plot(view)
    if not plot:
        return framed(*heading, paragraph("Too few scripts in each band to compare them."), figures)
    return framed(*heading, beside(plot, explained, figures))


def _row(view: View, found: MarkerAgreement, name: str) -> list[str]:
    part = found.per_band[name]
    few = part.evidence is Evidence.DOTS
    cells = [figure_cell(figure, part.figures[figure], part.unit, interval=not few) for figure in _NAMES]
    return [marker_behind(view, found.marker), band(name), str(part.figures["exact"].n), *cells]


def bands_plot(view: View) -> Html:
    """Nothing where every band has too few scripts."""
    if all(part.evidence is Evidence.DOTS for found in view.compared for part in found.per_band.values()):
        return Html("")
    unit = view.compared[0].overall.unit
    lines = [
        Line(band(name), part.figures["bias"], part.evidence, found.marker if place == 0 else None)
        for found in view.compared
        for place, (name, part) in enumerate(found.per_band.items())
    ]
    ends = [end for line in lines if line.evidence is not Evidence.DOTS for end in line.figure.interval or ()]
    reach = max(map(abs, ends), default=0.0) * 1.05 or 1.0
    title = "Bias by band of the human's mark"
    return interval_plot(
        "bands-plot",
        title,
        lines,
        low=-reach,
        high=reach,
        said=lambda value: shown("bias", value, unit),
        thresholds=[Threshold(0.0, "as the human")],
        inline=True,
    )
