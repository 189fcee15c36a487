"""What would change for students."""

from app.agreement.answer import MarkerAgreement
from app.agreement.figures import INDICATIVE_FROM
from app.agreement.students import GIVEN
from app.reporting.links import marker_behind
from app.reporting.markup import Html
from app.reporting.plots.distributions import distribution_plots
from app.reporting.tables import section as framed
from app.reporting.tables import several, table
from app.reporting.view import View
from app.reporting.words import data, number, out_of, paragraph


def section(view: View) -> Html:
    found = [f for f in view.compared if f.students.n >= INDICATIVE_FROM]
    if not found:
        return Html("")
    first = found[0].students
    where = " and ".join(number(cut) for cut in first.boundaries)
    if first.basis == GIVEN:
        intro = f"Grade boundaries at {where} marks."
    else:
        intro = (
            f"No grade boundaries are given, so the human's totals are cut into thirds, at {where} marks: three grades."
        )
    explained = paragraph(
        intro, " The table shows what would happen if a marker's total stood in place of the human's: how many "
        "students would change grade, to a higher one (up) or a lower one (down), and by how many marks totals would "
        "move.",
        _of_tries(view), class_="hint",
    )  # fmt: skip
    head = ["Marker", "Grade changes", "up", "down", "Marks moved on average", "at most"]
    rows = [_row(view, f) for f in found]
    return framed(
        "students", "What changes for students?", "", explained, table(head, rows), several(distribution_plots(view))
    )


def _of_tries(view: View) -> str:
    """Why a total's mean move is not the bias that the verdict names."""
    if max((len(marker.tries) for marker in view.table.markers), default=0) < 2:  # noqa: PLR2004 - one try is its middle
        return ""
    return (
        " A student gets one mark for an answer: the middle one of the tries, of two tries the lower. The verdicts "
        "above average over all tries, so their figures can differ a little from these."
    )


def _row(view: View, found: MarkerAgreement) -> list[str]:
    s = found.students
    moves = [data(move, number(move)) for move in (s.mean_move, s.largest_move) if move is not None]
    changed = data(s.n_changed, out_of(s.n_changed, s.n, "student"))
    return [marker_behind(view, found.marker), changed, *(data(n, str(n)) for n in (s.n_up, s.n_down)), *moves]
