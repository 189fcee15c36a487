"""What commands read of the server's answers, field by field."""

from typing import TypedDict


class State(TypedDict):
    """A session's progress, as `GET /sessions/{id}` tells it."""

    session_id: str
    name: str | None
    status: str
    failure_reason: str | None
    attempts: dict[str, int]
    cost_usd: float
    tokens: dict[str, int]
    models: dict[str, dict[str, int]]


class Problem(TypedDict):
    """Why a mark is missing."""

    code: str
    message: str


Problems = dict[str, dict[str, list[Problem]]]
"""By marker and try."""


class ExamLine(TypedDict):
    """An exam in the list of exams."""

    exam_id: str
    name: str
