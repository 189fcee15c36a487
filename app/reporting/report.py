"""The report of an exam or a session: one HTML file that needs nothing else."""

from urllib.parse import urlsplit

from app.reporting.page import page
from app.reporting.sections import (
    agreement,
    bands,
    bill,
    compare,
    confusion,
    corrections,
    cost,
    definitions,
    examples,
    generalizability,
    groups,
    leaderboard,
    missing,
    panel,
    questions,
    review,
    seeds,
    students,
    totals,
    tries,
    verdicts,
)
from app.reporting.view import ReportInput, View

__all__ = ["ReportInput", "render_report"]

# What a head of department reads; the rest is folded, for those who want the figures.
FIRST = (verdicts, students, questions, review)
FIGURES = (
    agreement,
    totals,
    cost,
    bill,
    tries,
    confusion,
    bands,
    missing,
    leaderboard,
    compare,
    corrections,
    examples,
    seeds,
    groups,
    generalizability,
    panel,
    definitions,
)


def render_report(report: ReportInput) -> str:
    """The page. Raises ValueError for a `json_url` that is neither a path nor http(s)."""
    if urlsplit(report.json_url).scheme not in {"", "http", "https"}:
        raise ValueError("json_url is a path or http(s)")
    view = View(report)
    first, figures = ([found for part in parts if (found := part.section(view))] for parts in (FIRST, FIGURES))
    return page(view, first, figures)
