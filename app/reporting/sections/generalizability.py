"""Where the variance of the marks comes from, and how many markers or tries would make totals reliable."""

from app.agreement.gstudy import MARKER, MOST, WANTED, GStudy, g_study
from app.reporting.markup import Html
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import coefficient, count, number, paragraph, percent


def section(view: View) -> Html:
    """Nothing where too few scripts hold marks of the same markers."""
    if not view.table.markers:
        return Html("")
    found = g_study(view.table)
    if found.g is None or found.phi is None:
        return Html("")
    whole = sum(found.components.variance.values())
    rows = [
        [name, number(value, 3), percent(value / whole) if whole else "–"]
        for name, value in found.components.variance.items()
    ]
    intro = paragraph(_now(found, found.g, found.phi), " ", _needed(found), _negative(found), class_="hint")
    head = ["Source", "Variance, marks²", "Share"]
    return framed("generalizability", "How many markers and tries are enough?", "G-study", intro, table(head, rows))


def _now(found: GStudy, g: float, phi: float) -> str:
    levels, tries = found.components.levels, count(found.components.tries, "try")
    markers = count(levels.get(MARKER, 1), "marker")
    return (
        f"With {markers} × {tries}, script totals have a generalizability coefficient of {coefficient(g)} "
        f"({coefficient(phi)} where the marks themselves count and not only their order), from "
        f"{count(levels['script'], 'script')}{_lost(found)}. No human mark is in it: "
        "it says how steadily the marks repeat, not whether they are right."
    )


def _lost(found: GStudy) -> str:
    return f" with {count(found.n_lost, 'lost mark')}" if found.n_lost else ""


def _negative(found: GStudy) -> str:
    names = found.components.negative
    return f" Estimated below 0 and set to 0: {', '.join(names)}." if names else ""


def _not_even(found: GStudy, wanted: str) -> str:
    """Only what was repeated says what more of it would bring."""
    several = found.components.levels.get(MARKER, 1) > 1
    repeated = [*(["markers"] if several else []), *(["tries"] if found.components.tries > 1 else [])]
    return f"Not even {f' or {MOST} '.join([f'{MOST} {repeated[0]}', *repeated[1:]])} would reach {wanted}."


def _needed(found: GStudy) -> str:
    wanted = coefficient(WANTED)
    ways = [
        *([count(found.markers_needed, "marker")] if found.markers_needed is not None else []),
        *([f"{count(found.tries_needed, 'try')} of each marker"] if found.tries_needed is not None else []),
    ]
    if not ways:
        return _not_even(found, wanted)
    return f"{' or '.join(ways)} would reach {wanted}."
