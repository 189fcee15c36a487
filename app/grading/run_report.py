"""The log's line about a run that has ended: what a person asks first, and the same as figures. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.marks.rows import MarkRow, SessionResults
from app.monitoring.metrics import MARKED
from app.store.runs import ResultRow

# With more markers the line would be longer than a screen; the report has them all.
MOST_MARKERS = 5


def run_figures(progress: Mapping[str, Any], stored: SessionResults) -> dict[str, Any]:
    """Attempts, marks, marks that are missing with their reasons, cost and time of a run. `progress` is the polled
    object; `stored` holds the results of the same run.
    """
    outcomes = marks_by_outcome(stored["results"])
    marked, unmarked = outcomes.pop(MARKED, 0), outcomes
    return {
        "status": progress["status"],
        "attempts": progress["attempts"]["total"],
        "succeeded": progress["attempts"]["succeeded"],
        "marked": marked,
        "unmarked": unmarked.total(),
        "unmarked_reasons": dict(unmarked.most_common()),
        "cost_usd": float(progress["cost_usd"]),
        "seconds": _seconds(progress),
        "markers": {marker: [n["succeeded"], n["total"]] for marker, n in progress["models"].items()},
    }


def run_line(figures: Mapping[str, Any]) -> str:
    """The figures in one sentence."""
    took = "" if figures["seconds"] is None else f" in {figures['seconds']:.1f} s"
    reasons = ", ".join(f"{reason} {n}" for reason, n in figures["unmarked_reasons"].items())
    return (
        f"{figures['status']}{took}: {figures['succeeded']} of {figures['attempts']} attempts succeeded, "
        f"{figures['marked']} marked, {figures['unmarked']} unmarked{f' ({reasons})' if reasons else ''}, "
        f"{figures['cost_usd']:.4f} USD; {_markers(figures['markers'])}"
    )


def _markers(markers: Mapping[str, Sequence[int]]) -> str:
    if len(markers) > MOST_MARKERS:
        return f"{len(markers)} markers"
    return ", ".join(f"{marker} {succeeded}/{total}" for marker, (succeeded, total) in markers.items())


def marks_by_outcome(rows: Sequence[MarkRow] | Sequence[ResultRow]) -> Counter[str]:
    """How many rows have a mark ("marked"), and how many have none for which reason."""
    return Counter(MARKED if row["marks_awarded"] is not None else _reason(row) for row in rows)


def _reason(row: MarkRow | ResultRow) -> str:
    return next((error["reason"] for error in row["validation_errors"]), "missing")


def _seconds(progress: Mapping[str, Any]) -> float | None:
    if progress["started_at"] is None or progress["finished_at"] is None:
        return None
    began, ended = (datetime.fromisoformat(progress[name]) for name in ("started_at", "finished_at"))
    return round((ended - began).total_seconds(), 1)
