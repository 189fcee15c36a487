"""Does a marker repeat itself: the spread over tries."""

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import INDICATIVE_FROM, Evidence, evidence
from app.agreement.pairs import MARKS
from app.agreement.reliability import SelfConsistency
from app.reporting.links import marker_behind
from app.reporting.markup import Html, tag
from app.reporting.plots.intervals import Line, interval_plot
from app.reporting.tables import beside, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import DASH, figure_cell, paragraph, percent

_NAMES = ("unanimous", "modal_share", "alpha", "sd", "range", "icc_single", "icc_average", "icc_totals_single")
_HEADS = ("All tries alike", "Most frequent", "alpha", "SD", "Range", "ICC(A,1)", "ICC(A,k)", "ICC of totals")
# Of few scripts these could be almost anything, as kappa.
_COEFFICIENTS = {"alpha", "icc_single", "icc_average", "icc_totals_single"}
# Of them beside the plot.
_FIRST = 3


def section(view: View) -> Html:
    heading = ("tries", "Does a marker repeat itself?", "spread over tries")
    found = _repeated(view)
    if not found:
        return Html("")
    unit = "marks" if found[0].self_consistency.unit == MARKS else "% of the maximum"
    explained = paragraph(
        "The share of answers to which all tries of a marker gave one mark. A marker that contradicts itself cannot be "
        f"right each time; one that repeats itself may still be wrong. SD and range in {unit}.",
        class_="hint",
    )
    short = [_row(view, f, slice(0, _FIRST)) for f in found]
    rest = [_row(view, f, slice(_FIRST, None)) for f in found]
    tables = [table(["Marker", *_HEADS[:_FIRST]], short), table(["Marker", *_HEADS[_FIRST:]], rest)]
    return framed(*heading, beside(tries_plot(view), explained, tables[0]), tables[1])


def tries_plot(view: View) -> Html:
    """Nothing where no marker has two tries."""
    lines = [
        Line(f.marker, f.self_consistency.figures["unanimous"], evidence(f.self_consistency.n_scripts))
        for f in _repeated(view)
    ]
    if not lines:
        return Html("")
    return interval_plot(
        "tries-plot", "Answers whose tries all gave the same mark", lines, low=0.0, high=1.0, said=percent
    )


def _repeated(view: View) -> list[MarkerAgreement]:
    return [f for f in view.markers if f.self_consistency.figures["unanimous"].value is not None]


def _row(view: View, found: MarkerAgreement, chosen: slice) -> list[str]:
    return [marker_behind(view, found.marker), *(_cell(found.self_consistency, name) for name in _NAMES[chosen])]


def _cell(itself: SelfConsistency, name: str) -> Html:
    if name in _COEFFICIENTS and evidence(itself.n_scripts) is Evidence.DOTS:
        return tag("span", DASH, class_="none", title=f"shown from {INDICATIVE_FROM} scripts")
    return figure_cell(name, itself.figures[name], itself.unit)
