"""Groups of students: whether a marker treats one otherwise than the human does."""

from app.agreement.fairness import SMD_LIMIT, GroupFairness
from app.reporting.markup import Html
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import figure_cell, named, paragraph

_HEAD = [
    "Marker",
    "Group",
    "Scripts",
    "Difference, SD of the human's totals",
    "Against all scripts, marks",
    "Judgement",
]


def section(view: View) -> Html:
    """Nothing where no script names the group of its student."""
    rows = [_row(found.marker, one) for found in view.markers for one in view.fairness[found.marker]]
    if not rows:
        return Html("")
    intro = paragraph(
        "The mean of (marker − human) of script totals by group. A group is flagged where the whole interval lies "
        f"beyond ±{SMD_LIMIT:.2f} standard deviations, and cleared where it lies within. The human's own "
        "differences between groups are no part of it.",
        class_="hint",
    )
    return framed("groups", "Is each marker fair to groups of students?", "fairness", intro, table(_HEAD, rows))


def _row(marker: str, found: GroupFairness) -> list[str]:
    judged = {True: "marked otherwise than by the human", False: "no difference that matters"}
    said = f"not decided: {found.reason}" if found.flag is None else judged[found.flag]
    smd, residual = figure_cell("smd", found.figures["smd"]), figure_cell("bias", found.figures["residual"])
    return [named(marker), named(found.group), str(found.n), smd, residual, said]
