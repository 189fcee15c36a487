"""Wire models of `/sessions`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.marks.model import SessionStatus
from app.schemas.base import TEMPLATE_NAME_FORM, ExamId, NonEmptyText, Request, Text, Wire
from app.schemas.findings import ReusableModel, StoredPair

_SESSION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

Name = Annotated[Text, Field(max_length=500)]
Group = Annotated[NonEmptyText, Field(max_length=200, description="of the student, for fairness by group")]
TemplateName = Annotated[Text, *TEMPLATE_NAME_FORM]


class CreateSessionReq(Request):
    """One script: a student's pages, graded under one plan."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Biology 2026, candidate 17"}]})

    name: Name | None = None
    selected_rubric_template: TemplateName = "default"
    selected_assessment_template: TemplateName = "default"
    exam_id: ExamId | None = None
    group: Group | None = None


class CreateSessionRes(Wire):
    session_id: str
    status: SessionStatus


class RenameSessionReq(Request):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Biology 2026, candidate 18"}]})

    name: Annotated[NonEmptyText, Field(max_length=500)]


class RenameSessionRes(Wire):
    message: str
    updated_fields: list[str]


class RereadChange(Wire):
    """One question of one attempt whose mark or reason changed. `reason` says why it has no mark now."""

    model: str
    try_index: int
    question_id: str
    before: float | None
    after: float | None
    reason: str | None


class RereadRes(Wire):
    """`answers`: how many stored answers were read again. `unread`: how many finished calls hold no answer to today's
    questions. `rubrics` names the models whose rubric call failed and whose criteria can be read now. To use these
    criteria, start the session again.
    """

    session_id: str
    answers: int
    unread: int
    rubrics: list[str]
    changes: list[RereadChange]


class SessionRow(Wire):
    """A line of the list of sessions. Fields of the plan are null until a plan is stored."""

    id: str
    status: SessionStatus
    created_at: str
    name: str | None
    selected_models: list[str] | None
    default_tries: int | None
    model_pairs: list[StoredPair] | None
    rubric_models: list[str] | None
    assessment_models: list[str] | None
    selected_rubric_template: str
    selected_assessment_template: str
    exam_id: str | None


class AttemptCounts(Wire):
    total: int
    pending: int
    running: int
    waiting: int
    succeeded: int
    failed: int
    cancelled: int


class TokenCounts(Wire):
    input: int
    output: int
    reasoning: int
    cached: int


class ModelCounts(Wire):
    total: int
    succeeded: int
    failed: int


class SessionProgress(Wire):
    """The polled object. `progress` is finished attempts / total, 0 to 1, and never falls within a run."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": _SESSION_ID,
                    "name": "Biology 2026, candidate 17",
                    "status": "grading",
                    "progress": 0.5556,
                    "attempts": {
                        "total": 9,
                        "pending": 1,
                        "running": 3,
                        "waiting": 0,
                        "succeeded": 4,
                        "failed": 1,
                        "cancelled": 0,
                    },
                    "cost_usd": 0.0421,
                    "tokens": {"input": 21780, "output": 2310, "reasoning": 0, "cached": 10240},
                    "n_unmarked": 1,
                    "failure_reason": None,
                    "stop_reason": None,
                    "started_at": "2026-11-21T21:42:03.120459+00:00",
                    "finished_at": None,
                    "estimated_seconds_left": 12,
                    "models": {"openai/gpt-5-mini": {"total": 9, "succeeded": 4, "failed": 1}},
                    "notes": [],
                }
            ]
        }
    )

    session_id: str
    name: str | None
    status: SessionStatus
    progress: float
    attempts: AttemptCounts
    cost_usd: float
    tokens: TokenCounts
    n_unmarked: int
    failure_reason: str | None
    stop_reason: Annotated[
        str | None, Field(description="Why the run is ending: no further call is made, calls under way are stored.")
    ]
    started_at: str | None
    finished_at: str | None
    notes: list[str] = Field(default_factory=list)
    estimated_seconds_left: float | None
    models: dict[str, ModelCounts]


class TemplateQuestion(Wire):
    question_id: str
    max_mark: float


class TemplateImages(Wire):
    student_images: list[str]
    answer_key_images: list[str]
    rubric_images: list[str]


class TemplateNames(Wire):
    rubric: str
    assessment: str


class SessionTemplate(Wire):
    """Everything from which a client can set up another session."""

    name: str | None
    model_pairs: list[StoredPair] | None
    models: list[ReusableModel]
    default_tries: int
    questions: list[TemplateQuestion]
    human_grades: dict[str, float]
    images: TemplateImages
    templates: TemplateNames
