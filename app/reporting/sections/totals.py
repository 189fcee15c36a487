"""Whole scripts: how far the totals are apart."""

import numpy as np

from app.agreement.figures import Evidence
from app.agreement.totals import totals_of
from app.reporting.links import behind, marker_behind
from app.reporting.markup import Html, join
from app.reporting.plots.bland_altman import bland_altman_plots
from app.reporting.tables import section as framed
from app.reporting.tables import several, table
from app.reporting.view import View
from app.reporting.words import figure_cell, named, number, paragraph

_NAMES = ("bias", "lower", "upper")


def section(view: View) -> Html:
    heading = ("totals", "How far apart are script totals?", "Bland–Altman")
    plots = bland_altman_plots(view)
    if not plots:
        return Html("")
    if view.evidence is Evidence.DOTS:
        return framed(*heading, _each(view))
    explained = paragraph(
        "Each dot is a script: above the middle line the marker gave more than the human. The band holds 19 of 20 "
        "scripts; a narrow band around the middle line is what one wants. Only completely marked scripts count.",
        class_="hint",
    )
    rows = [_row(view, place) for place in range(len(view.compared))]
    counts = ["Scripts", "Scripts left out", "Tries left out"]
    head = ["Marker", *counts, "Bias, marks", "Lower limit", "Upper limit", "Slope"]
    return framed(*heading, explained, several(plots), table(head, rows))


def _each(view: View) -> Html:
    """Of few scripts the totals themselves; a marker's is the mean of its complete tries."""
    human, marks = {}, {}
    for found in view.compared:
        totals = totals_of(view.table, view.marker_of[found.marker])
        for place, (h, m) in enumerate(zip(totals.human, totals.marker, strict=True)):
            kept = np.isfinite(m)
            if kept.any():
                human[place] = float(h)
                marks[place, found.marker] = float(m[kept].mean())
    rows = [
        [
            behind(view, named(view.script_name(view.table.scripts[place])), session_id=view.table.scripts[place]),
            number(human[place]),
            *(_total(marks.get((place, f.marker))) for f in view.compared),
        ]
        for place in sorted(human)
    ]
    said = paragraph(
        "With fewer than 10 scripts these are the totals themselves. – not marked completely.", class_="hint"
    )
    return join(
        said,
        table(
            ["Script", "Human", *(marker_behind(view, found.marker) for found in view.compared)], rows, class_="marks"
        ),
    )


def _total(marks: float | None) -> str:
    return "–" if marks is None else number(marks)


def _row(view: View, place: int) -> list[str]:
    found = view.compared[place]
    figures = found.bland_altman.figures
    few = found.overall.evidence is Evidence.DOTS
    cells = (
        ["–"] * 4
        if few
        else [*(figure_cell("total", figures[name]) for name in _NAMES), figure_cell("slope", figures["slope"])]
    )
    totals = found.bland_altman
    counts = (figures["bias"].n, totals.n_incomplete, totals.n_incomplete_tries)
    return [marker_behind(view, found.marker), *map(str, counts), *cells]
