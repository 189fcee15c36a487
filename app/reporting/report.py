"""The report of an exam or a session: one HTML file that needs nothing else."""

from urllib.parse import urlsplit

from app.reporting.page import page
from app.reporting.sections import (
    agreement,
    bands,
    confusion,
    cost,
    definitions,
    leaderboard,
    missing,
    panel,
    questions,
    review,
    totals,
    tries,
    verdicts,
)
from app.reporting.view import ReportInput, View

__all__ = ["ReportInput", "render_report"]

SECTIONS = (
    verdicts,
    agreement,
    questions,
    review,
    totals,
    cost,
    tries,
    confusion,
    bands,
    missing,
    leaderboard,
    panel,
    definitions,
)


def render_report(report: ReportInput) -> str:
    """The page. Raises ValueError for a `json_url` that is neither a path nor http(s)."""
    if urlsplit(report.json_url).scheme not in {"", "http", "https"}:
        raise ValueError("json_url is a path or http(s)")
    view = View(report)
    return page(view, [part.section(view) for part in SECTIONS])
