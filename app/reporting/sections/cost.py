"""What accuracy costs."""

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import Evidence
from app.reporting.links import marker_behind
from app.reporting.markup import Html, join, tag
from app.reporting.plots.cost_accuracy import cost_accuracy_plot, pareto, priced
from app.reporting.tables import beside, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import data, duration, figure_cell, money, paragraph


def section(view: View) -> Html:
    heading = ("cost", "What does accuracy cost?", "cost–accuracy")
    found = priced(view)
    rows = [_row(view, f) for f in view.markers if f.cost_usd_per_script is not None]
    if not rows:
        return Html("")
    cost = "Simulated cost a script and try" if view.input.marks.simulated else "Cost a script and try"
    figures = table(["No.", "Marker", cost, "Same mark", "Time a script and try"], rows, class_="ranks")
    if not found:
        return framed(
            *heading,
            paragraph("Costs are known; accuracy is not: no answer was marked by both a human and a marker."),
            figures,
        )
    if view.evidence is Evidence.DOTS:
        return framed(*heading, paragraph("Too few scripts to set accuracy against cost."), figures)
    explained = paragraph(
        "Up is better, left is cheaper. The line joins the markers that none beats at their cost (●): any other costs "
        "more for no more. Where bars overlap the order is not sure.",
        class_="hint",
    )
    return framed(*heading, beside(cost_accuracy_plot(view), explained, figures))


def _row(view: View, found: MarkerAgreement) -> list[str]:
    cost, seconds = found.cost_usd_per_script or 0.0, found.seconds_per_script
    best = found in pareto(priced(view))
    return [
        str(view.number[found.marker]),
        join(
            marker_behind(view, found.marker),
            tag("span", " ●", title="best for its cost") if best and view.evidence is not Evidence.DOTS else Html(""),
        ),
        data(cost, money(cost)),
        figure_cell("exact", found.overall.figures["exact"], interval=found.overall.evidence is not Evidence.DOTS),
        "–" if seconds is None else data(seconds, duration(seconds)),
    ]
