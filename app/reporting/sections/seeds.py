"""Seeds apart from the other scripts: scripts whose human marks are agreed."""

import numpy as np

from app.agreement.consensus import over_tries
from app.agreement.table import EPSILON, Marker
from app.agreement.totals import totals_of
from app.marks.seeds import seed_limit, total_tolerance
from app.reporting.markup import Html, tag
from app.reporting.tables import section as framed
from app.reporting.tables import table
from app.reporting.view import View
from app.reporting.words import count, fixed, named, paragraph


def section(view: View) -> Html:
    """Nothing where the exam has no seeds."""
    if not view.input.marks.seeds:
        return Html("")
    rows = [_row(view, view.marker_of[found.marker]) for found in view.markers]
    told = paragraph(
        "Scripts whose human marks are agreed. A marker is outside where its total, the middle of its tries on each "
        f"question, differs from the human's by more than {fixed(_tolerance(view), 1)} marks. A run stops a marker "
        f"that is outside on more than {count(_limit(view), 'seed')}.",
        class_="hint",
    )
    head = ["Marker", "Seeds marked completely", "Outside the tolerance", "", "Mean difference of totals, marks"]
    return framed("seeds", "How did the markers do on the seeds?", "seeds", told, table(head, rows))


def _row(view: View, marker: Marker) -> list[str]:
    totals = totals_of(view.table, over_tries(marker))
    seeds = np.array([script in view.input.marks.seeds for script in view.table.scripts], bool)
    d = (totals.marker[:, 0] - totals.human)[seeds]
    d = d[np.isfinite(d)]
    outside = int((np.abs(d) > _tolerance(view) + EPSILON).sum())
    mean = fixed(float(d.mean()), 2, signed=True) if len(d) else "–"
    told = f"{outside} of {len(d)}" if len(d) else "–"
    return [named(marker.name), str(len(d)), told, _verdict(outside, _limit(view)) if len(d) else "", mean]


def _verdict(outside: int, limit: int) -> Html:
    stopped = outside > limit
    words = f"✗ too many: {limit} are allowed" if stopped else f"✓ {limit} are allowed"
    return tag("span", words, class_="verdict-fail" if stopped else "verdict-pass")


def _limit(view: View) -> int:
    """The exam's own, else what the number of seeds with a human mark allows, as in a run."""
    if view.input.seed_limit is not None:
        return view.input.seed_limit
    marked = np.unique(view.table.script[np.isfinite(view.table.human.marks[:, 0])])
    return seed_limit(sum(view.table.scripts[script] in view.input.marks.seeds for script in marked.tolist()))


def _tolerance(view: View) -> float:
    return total_tolerance([{"max_marks": q.max_marks, "tolerance": q.tolerance} for q in view.table.questions])
