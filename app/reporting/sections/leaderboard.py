"""Who leads, and who cannot be told apart from the leader."""

from app.marks.figures import Evidence
from app.marks.ranking import Standing
from app.reporting.markup import Html, tag
from app.reporting.plots.intervals import Line, interval_plot
from app.reporting.tables import beside, table
from app.reporting.tables import section as framed
from app.reporting.view import View
from app.reporting.words import data, figure_cell, named, paragraph, percent


def section(view: View) -> Html:
    heading = ("leaderboard", "Which marker is best?", "leaderboard")
    if not view.compared:
        return framed(
            *heading,
            paragraph("Markers are ranked by their agreement with the human, and there is nothing to compare with."),
        )
    standings = [s for s in view.agreement.leaderboard if s.exact.n]
    evidences = {found.marker: found.overall.evidence for found in view.markers}
    if view.evidence is Evidence.DOTS:
        return framed(*heading, paragraph("Too few scripts to rank anyone: all share one place."))
    lines = [Line(f"{s.rank}  {s.marker}", s.exact, evidences[s.marker]) for s in standings]
    plot = interval_plot(
        "leaders", "Share of the human's very mark, best first", lines, low=0.0, high=1.0, said=percent
    )
    rows = [_row(s) for s in standings]
    head = ["Rank", "Marker", "Same mark", "QWK", "Behind the leader", "p, adjusted", "Test"]
    return framed(*heading, paragraph(_ties(standings), class_="hint"), beside(plot, table(head, rows, class_="ranks")))


def _ties(standings: list[Standing]) -> str:
    tied = sum(s.tie_band == 1 for s in standings)
    method = "By the share of the human's very mark, the middle of each marker's tries."
    if len(standings) == 1:
        return f"{method} There is only one."
    if tied == len(standings):
        return f"{method} No marker can be told apart from the leader: all share rank 1."
    if tied > 1:
        return f"{method} The first {tied} share rank 1: the differences between them and the leader may be chance."
    return f"{method} The leader is ahead of every other by more than chance."


def _row(standing: Standing) -> list[str]:
    against = standing.comparison
    cells = [named(standing.marker), figure_cell("exact", standing.exact), figure_cell("qwk", standing.qwk)]
    if against is None:
        return [str(standing.rank), *cells, "leader", "–", "–"]
    p = "not tested" if against.p_adjusted is None else data(against.p_adjusted, _p(against.p_adjusted))
    behind = figure_cell("behind", against.difference)
    return [str(standing.rank), *cells, behind, p, tag("small", against.test or "fewer than 10 shared scripts")]


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - three decimals
