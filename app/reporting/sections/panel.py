"""One marker often, or several once; markers combined, and against each other."""

from collections.abc import Mapping

from app.agreement.answer import Between
from app.agreement.figures import Evidence, Figure, evidence
from app.agreement.panel import TRIES, Option
from app.reporting.links import behind, marker_behind
from app.reporting.markup import Html, join
from app.reporting.plots.panel_plot import panel_plot
from app.reporting.tables import beside, more, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import data, figure_cell, money, paragraph


def section(view: View) -> Html:
    advice = view.agreement.panel_advice
    said = paragraph(advice.sentence)
    body: list[Html] = [said]
    options = [option for option in advice.options if option.review.value is not None]
    if options and evidence(advice.n_scripts) is not Evidence.DOTS:
        explained = paragraph(
            "Calls that do not all give the same mark send the answer to a human. Higher catches more errors; further "
            "right is more work for the human. Squares: one marker asked again; circles: different markers.",
            class_="hint",
        )
        head = ["Calls", "Spent on", "Errors caught", "To review", "Wrong, unseen", "Cost a script, all calls"]
        body.append(beside(panel_plot(options), explained, table(head, [_row(view, option) for option in options])))
    if not options and not view.agreement.between_markers:
        return Html("")
    return framed("panel", "One marker often, or several once?", "panel advice", *body, _between(view))


def _row(view: View, option: Option) -> list[str]:
    kind = Html(f"one marker × {option.calls}" if option.kind == TRIES else f"{option.calls} markers × 1")
    shares = [figure_cell("share", figure) for figure in (option.caught, option.review, option.residual)]
    cost = option.cost_usd_per_script
    return [
        str(option.calls),
        behind(view, kind, reason="disagreement"),
        *shares,
        "–" if cost is None else data(cost, money(cost)),
    ]


def _between(view: View) -> Html:
    """Open where there is no human to compare with: then it is all that can be said."""
    pairs = view.agreement.between_markers
    if not pairs:
        return Html("")
    figures = _by_pair(pairs)
    head = ["Same mark as", *(str(view.number[f.marker]) for f in view.markers)]
    rows = [
        [_numbered(view, one.marker), *(_pair(figures.get((one.marker, other.marker))) for other in view.markers)]
        for one in view.markers
    ]
    return more("How often markers give each other's mark", table(head, rows), opened=not view.compared)


def _by_pair(pairs: tuple[Between, ...]) -> Mapping[tuple[str, str], Figure]:
    found = {(pair.first, pair.second): pair.agreement.figures["exact"] for pair in pairs}
    return found | {(second, first): figure for (first, second), figure in found.items()}


def _pair(figure: Figure | None) -> Html:
    return Html("") if figure is None else figure_cell("exact", figure, interval=False)


def _numbered(view: View, name: str) -> Html:
    return join(f"{view.number[name]} ", marker_behind(view, name))
