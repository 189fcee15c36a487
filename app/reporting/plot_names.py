"""Which plots of the report are given out as files. Without numpy, for the routes."""

from typing import Literal

# Each has the name of its section.
PlotName = Literal[
    "students", "questions", "review", "card", "totals", "cost", "tries", "confusion", "bands", "leaderboard", "panel"
]
PlotFormat = Literal["svg", "png", "csv"]
MEDIA_TYPES: dict[PlotFormat, str] = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
