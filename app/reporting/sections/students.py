"""What would change for students."""

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import INDICATIVE_FROM
from app.agreement.students import GIVEN
from app.reporting.markup import Html
from app.reporting.plots.distributions import distribution_plots
from app.reporting.tables import section as framed
from app.reporting.tables import several, table
from app.reporting.view import View
from app.reporting.words import data, named, number, out_of, paragraph


def section(view: View) -> Html:
    found = [f for f in view.compared if f.students.n >= INDICATIVE_FROM]
    if not found:
        return Html("")
    first = found[0].students
    where = " and ".join(number(cut) for cut in first.boundaries)
    if first.basis == GIVEN:
        told = f"Grade boundaries at {where} marks."
    else:
        told = f"No grade boundaries are given, so the human's totals are cut into thirds, at {where} marks."
    explained = paragraph(
        told, " If the marker's totals stood in place of the human's (the middle of its tries, of two tries the lower "
        "mark): how many students would change grade, and by how many marks totals would move.", class_="hint",
    )  # fmt: skip
    head = ["Marker", "Grade changes", "up", "down", "Marks moved on average", "at most"]
    rows = [_row(f) for f in found]
    return framed(
        "students", "What changes for students?", "", explained, table(head, rows), several(distribution_plots(view))
    )


def _row(found: MarkerAgreement) -> list[str]:
    s = found.students
    moves = [data(move, number(move)) for move in (s.mean_move, s.largest_move) if move is not None]
    changed = data(s.n_changed, out_of(s.n_changed, s.n, "student"))
    return [named(found.marker), changed, *(data(n, str(n)) for n in (s.n_up, s.n_down)), *moves]
