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


class NotReady(TypedDict):
    """A session that was not started, with the reason."""

    session_id: str
    name: str | None
    code: str
    message: str


class HeldScript(TypedDict):
    """A script of an exam. `seed`: its human marks are agreed."""

    session_id: str
    name: str | None
    seed: bool


class HeldExam(TypedDict):
    """An exam that the server holds."""

    exam_id: str
    sessions: list[HeldScript]


class CostRange(TypedDict):
    """US dollars."""

    low: float
    likely: float
    high: float


class TestEstimate(TypedDict):
    """What a test would cost, as `POST /tests/estimate` says it; `cost_usd` is None if a price is not known."""

    calls: int
    cost_usd: CostRange | None
    seconds: float
    unpriced: list[str]


class TestStatus(TypedDict):
    """How far a test is, as `GET /tests/{id}/status` says it."""

    id: str
    status: str
    message: str
    questions_generated: int
    target_questions: int
    failure_reason: str | None
    cost_usd: float
