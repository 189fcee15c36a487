"""What was not marked, or refused: it is in no figure, and never a zero."""

from app.reporting.links import marker_behind
from app.reporting.markup import Html
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import paragraph


def section(view: View) -> Html:
    explained = paragraph(
        "Missing: the call failed, its answer could not be read, left the question out or declined it, or the question "
        "was changed since. Refused: out of range, no number, or two for one question. Neither is in any figure or "
        "taken for 0. Single marks, over all tries.",
        class_="hint",
    )
    head = [
        "Marker",
        "Asked for",
        "Given",
        "Missing",
        "Refused",
        "Answers compared",
        "Left out: no mark on one side",
        "Left out: refused",
    ]
    rows = [_row(view, place) for place in range(len(view.markers))]
    body = [explained, table(head, rows)] if rows else [paragraph("No marker has been asked yet.")]
    return framed("missing", "What was not marked?", "missing and refused marks", *body)


def _row(view: View, place: int) -> list[str]:
    found = view.markers[place]
    marks, exact = found.marks, found.overall.figures["exact"]
    counts = (
        *(marks[name] for name in ("asked", "given", "missing", "invalid")),
        *(exact.n, exact.n_missing, exact.n_invalid),
    )
    return [marker_behind(view, found.marker), *(f"{n:,}" for n in counts)]
