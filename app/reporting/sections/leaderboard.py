"""Which marker leads, and which markers cannot be told apart from it."""

from app.agreement.figures import INDICATIVE_FROM, Evidence
from app.agreement.ranking import Standing
from app.reporting.grades import shared_rank
from app.reporting.links import marker_behind
from app.reporting.markup import Html, join, tag
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
            _unranked(view),
        )
    standings = [s for s in view.agreement.leaderboard if s.rank is not None]
    if view.evidence is Evidence.DOTS:
        return framed(*heading, paragraph(_few(view)), _unranked(view))
    rows = [_row(view, s) for s in view.agreement.leaderboard]
    head = ["Rank", "Marker", "Same mark", "QWK", "Behind the leader", "p, adjusted"]
    intro = paragraph(_ties(standings), _tests(standings), class_="hint")
    return framed(*heading, intro, beside(leader_plot(view), table(head, rows, class_="ranks")))


def leader_plot(view: View) -> Html:
    evidences = {found.marker: found.overall.evidence for found in view.markers}
    lines = [
        Line(f"{s.rank}  {s.marker}", s.exact, evidences[s.marker])
        for s in view.agreement.leaderboard
        if s.rank is not None
    ]
    return interval_plot(
        "leaders", "Share of answers with exactly the human's mark, best first", lines, low=0.0, high=1.0, said=percent
    )


def _ties(standings: list[Standing]) -> str:
    method = "By the share of answers on which the middle of a marker's tries is exactly the human's mark."
    if len(standings) == 1:
        return f"{method} There is only one."
    return f"{method} {shared_rank(standings) or 'The leader is ahead of every other by more than chance.'}"


def _tests(standings: list[Standing]) -> str:
    found = sorted({s.comparison.test for s in standings if s.comparison and s.comparison.test})
    return f" p: {' or '.join(found)}, adjusted for the number of markers (Holm)." if found else ""


def _few(view: View) -> str:
    if len(view.compared) == 1:
        return "There is only one to rank, and too few scripts to say more of it."
    return f"Fewer than {INDICATIVE_FROM} scripts are too few to rank anyone."


def _unranked(view: View) -> Html:
    """Who has no rank, and why."""
    without = [s for s in view.agreement.leaderboard if s.rank is None]
    return join(*(paragraph(named(s.marker), f" has no rank: {s.reason}.") for s in without))


def _row(view: View, standing: Standing) -> list[str]:
    against = standing.comparison
    place = "–" if standing.rank is None else data(standing.rank, str(standing.rank))
    cells = [
        marker_behind(view, standing.marker),
        figure_cell("exact", standing.exact),
        figure_cell("qwk", standing.qwk),
    ]
    if standing.rank is None:
        return [place, *cells, tag("small", standing.reason or ""), "–"]
    if against is None:
        return [place, *cells, "leader", "–"]
    p = (
        "fewer than 10 shared scripts"
        if against.p_adjusted is None
        else data(against.p_adjusted, _p(against.p_adjusted))
    )
    behind = figure_cell("behind", against.difference)
    return [place, *cells, behind, p]


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - three decimals
