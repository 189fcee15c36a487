"""The numbers behind each plot, as the rows of a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from app.agreement.figures import Evidence, Figure
from app.agreement.totals import totals_of
from app.reporting.plots.cost_accuracy import priced
from app.reporting.view import View

Rows = Iterator[tuple[Any, ...]]
_BOUNDS = ("low", "high", "n")


def _bounds(figure: Figure) -> tuple[Any, ...]:
    low, high = figure.shown or (None, None)
    return low, high, figure.n


def students(view: View) -> Rows:
    yield "marker", "script", "human_total", "marker_total"
    for found in view.compared:
        totals = totals_of(view.table, view.voices[found.marker])
        for place in np.flatnonzero(np.isfinite(totals.human) & np.isfinite(totals.marker[:, 0])).tolist():
            yield found.marker, _script(view, place), float(totals.human[place]), float(totals.marker[place, 0])


def totals(view: View) -> Rows:
    yield "marker", "script", "mean_of_totals", "marker_less_human"
    for found in view.compared:
        of = totals_of(view.table, view.marker_of[found.marker])
        places = np.flatnonzero(np.isfinite(of.marker).any(axis=1)).tolist()
        for place, mean, difference in zip(places, *(part.tolist() for part in of.points()), strict=True):
            yield found.marker, _script(view, place), mean, difference


def questions(view: View) -> Rows:
    yield "question_id", "max_marks", "marker", "same_mark", *_BOUNDS
    for question in view.table.questions:
        for found in view.compared:
            exact = found.per_question[question.question_id].figures["exact"]
            yield question.question_id, question.max_marks, found.marker, exact.value, *_bounds(exact)


def card(view: View) -> Rows:
    """Of few scripts the single marks, as the plot shows them."""
    if view.evidence is Evidence.DOTS:
        yield from _marks(view)
        return
    yield "marker", "qwk", *_BOUNDS
    if view.agreement.human_baseline is not None:
        human = view.agreement.human_baseline.overall.figures["qwk"]
        yield "second human", human.value, *_bounds(human)
    for found in view.compared:
        qwk = found.overall.figures["qwk"]
        yield found.marker, qwk.value, *_bounds(qwk)


def _marks(view: View) -> Rows:
    yield "marker", "script", "question_id", "try_index", "marker_less_human"
    table = view.table
    for found in view.compared:
        marker = view.marker_of[found.marker]
        apart = marker.marks - table.human.marks[:, :1]
        for line, column in np.argwhere(np.isfinite(apart)).tolist():
            question = table.questions[table.question[line]].question_id
            script = _script(view, table.script[line])
            yield found.marker, script, question, marker.tries[column], float(apart[line, column])


def leaderboard(view: View) -> Rows:
    yield "rank", "marker", "same_mark", *_BOUNDS
    for found in view.agreement.leaderboard:
        if found.rank is not None:
            yield found.rank, found.marker, found.exact.value, *_bounds(found.exact)


def tries(view: View) -> Rows:
    yield "marker", "all_tries_alike", *_BOUNDS
    for found in view.markers:
        alike = found.self_consistency.figures["unanimous"]
        if alike.value is not None:
            yield found.marker, alike.value, *_bounds(alike)


def bands(view: View) -> Rows:
    yield "marker", "band", "bias", *_BOUNDS
    for found in view.compared:
        for name, part in found.per_band.items():
            yield found.marker, name, part.figures["bias"].value, *_bounds(part.figures["bias"])


def cost(view: View) -> Rows:
    yield "marker", "cost_usd_per_script", "same_mark", *_BOUNDS
    for found in priced(view):
        exact = found.overall.figures["exact"]
        yield found.marker, found.cost_usd_per_script, exact.value, *_bounds(exact)


def confusion(view: View) -> Rows:
    yield "marker", "human_gave", "marker_gave", "answers"
    for found in view.compared:
        matrix = view.confusions[found.marker]
        for human, row in zip(matrix.categories, matrix.counts, strict=True):
            for gave, times in zip(matrix.categories, row, strict=True):
                yield found.marker, human, gave, times


def panel(view: View) -> Rows:
    yield "spent_on", "calls", "errors_caught", "to_review", "wrong_unseen", "cost_usd_per_script"
    for option in view.agreement.panel_advice.options:
        shares = (figure.value for figure in (option.caught, option.review, option.residual))
        yield option.kind, option.calls, *shares, option.cost_usd_per_script


def review(view: View) -> Rows:
    yield "threshold", "answers_to_look_at", "differing_among_the_rest", *_BOUNDS
    for step in view.input.queue.trade_off:
        yield step.threshold, step.n_review, step.residual.error.value, *_bounds(step.residual.error)


def _script(view: View, place: int) -> str:
    return view.script_name(view.table.scripts[place])
