"""The leader beside each other marker: paired differences, and the questions on which they differ."""

from app.agreement.compare import Difference, MarkerComparison, compare
from app.agreement.figures import INDICATIVE_FROM
from app.reporting.markup import Html, join
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import DASH, coefficient, data, named, paragraph, percent

# Each takes a pass over all answers; who wants another pair asks for it.
MOST = 5
_SHOWN = {"exact": percent, "within_tolerance": percent, "qwk": coefficient}


def section(view: View) -> Html:
    """Nothing where fewer than two markers can be compared."""
    ranked = [s.marker for s in view.agreement.leaderboard if s.rank is not None]
    if len(ranked) <= 1:
        return Html("")
    leader, others = view.marker_of[ranked[0]], [view.marker_of[name] for name in ranked[1 : MOST + 1]]
    found = [compare(view.table, leader, other) for other in others]
    head = ["Against", "Scripts", "Same mark", "Within tolerance", "QWK", "Better on"]
    intro = paragraph(
        named(leader.name),
        " less the other marker, on the answers that the human and both marked, averaged over tries. ",
        "95 % interval in brackets. Questions are named where the difference of the share of the same mark is more ",
        "than chance after adjustment for their number (Holm).",
        class_="hint",
    )
    rows = [_row(one) for one in found]
    left = len(ranked) - 1 - len(others)
    rest = [paragraph(f"{left} more markers: GET /exams/…/compare gives any pair.")] if left else []
    return framed("compare", "How far is the leader ahead?", "paired", intro, table(head, rows), *rest)


def _row(found: MarkerComparison) -> list[str]:
    overall = found.overall
    cells = [_cell(name, overall.figures[name]) for name in _SHOWN]
    return [named(found.b), str(overall.n_scripts), *cells, _questions(found)]


def _cell(name: str, found: Difference) -> str:
    value, interval, said = found.difference.value, found.difference.interval, _SHOWN[name]
    if value is None:
        return DASH
    shown = data(value, said(value, signed=True))
    if interval is None:
        return shown
    return join(shown, f" [{said(interval[0], signed=True)} to {said(interval[1], signed=True)}]")


def _questions(found: MarkerComparison) -> str:
    if found.overall.n_scripts < INDICATIVE_FROM:
        return "too few scripts"
    better = {side: [q for q, c in found.per_question.items() if c.figures["exact"].better == side] for side in "ab"}
    said = [f"{name}: {', '.join(better[side])}" for side, name in (("a", found.a), ("b", found.b)) if better[side]]
    return "; ".join(said) or "no question"
