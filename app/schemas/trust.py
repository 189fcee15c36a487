"""Wire models of agreement, review and import. The agreement answer itself is described by its own `definitions`."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.schemas.base import Mark, Request, SessionId, Text, Wire
from app.schemas.questions import QuestionId

_SESSION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


class AgreementRes(Wire):
    """How far each marker can be trusted. Each figure is `{value, interval, n, n_missing, n_invalid, reason}`."""

    model_config = ConfigDict(extra="allow")

    n_scripts: int
    n_questions: int
    human_baseline: dict[str, Any] | None
    markers: list[dict[str, Any]]
    consensus: list[dict[str, Any]]
    between_markers: list[dict[str, Any]]
    leaderboard: list[dict[str, Any]]
    panel_advice: dict[str, Any]
    confusion: dict[str, Any]
    definitions: dict[str, str]


class ReviewQueueRes(Wire):
    """Answers a human should look at, most doubtful first, then a random sample of the others."""

    model_config = ConfigDict(extra="allow")

    threshold: float
    advised_threshold: float | None
    advice: str
    n_items: int
    n_flagged: int
    n_sampled: int
    items: list[dict[str, Any]]
    residual: dict[str, Any]
    trade_off: list[dict[str, Any]]


class SessionReviewReq(Request):
    """The final mark of one answer, after a human looked at it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question_id": "2", "mark": 2.5, "reviewer": "A. Teacher", "note": "see key"}]}
    )

    question_id: QuestionId
    mark: Mark
    reviewer: Annotated[Text, Field(max_length=200)] | None = None
    note: Annotated[Text, Field(max_length=5000)] | None = None

    def signed(self, user: str | None) -> dict[str, Any]:
        """The review with who made it: the name that was given, or else the user whose token came with it."""
        return self.model_dump() | {"reviewer": self.reviewer or user}


class ExamReviewReq(SessionReviewReq):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"session_id": _SESSION_ID, "question_id": "2", "mark": 2.5, "reviewer": "A. Teacher"}]
        }
    )

    session_id: SessionId


class ReviewRes(Wire):
    ok: bool = True
    reviewed_at: str


class ReviewRow(Wire):
    session_id: str
    script: str | None
    question_id: str
    mark: float
    reviewer: str | None
    note: str | None
    reviewed_at: str
    human_mark: float | None
    consensus: float | None


class ReviewsRes(Wire):
    """What review changed: the latest mark of each reviewed answer beside the human's and the models' consensus."""

    n_reviewed: int
    n_changed_human: int
    n_changed_consensus: int
    reviews: list[ReviewRow]


class ImportRes(Wire):
    """`rows` are the file's; `invalid` and `missing` count its marks that are none, `invalid_lines` says where (50).
    `notes` say in sentences what was forgiven or left aside.
    """

    rows: int
    invalid: int
    missing: int
    invalid_lines: list[int]
    scripts: int
    questions: int
    models: int
    notes: list[str] = Field(default_factory=list)
