"""Wire models of `/exams`."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from app.errors import UnprocessableError
from app.marks.model import SessionStatus
from app.schemas.base import NonEmptyText, Request, SessionId, Wire
from app.schemas.questions import QuestionConfig, QuestionRow, QuestionSet


class CreateExamReq(QuestionSet):
    """A new exam. Without questions here, the exam takes the questions of its first session."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Science 2026", "questions": [{"question_id": "1a", "max_marks": 1}]},
                {"name": "Science 2026"},
            ]
        }
    )

    name: Annotated[NonEmptyText, Field(max_length=500)]
    questions: Annotated[list[QuestionConfig], Field(default_factory=list, max_length=1000)]

    @model_validator(mode="after")
    def _renames_nothing(self) -> Self:
        for index, question in enumerate(self.questions):
            if question.renamed_from is not None:
                message = "A new exam has no question to rename: leave the field out."
                raise UnprocessableError.field(f"questions.{index}.renamed_from", message)
        return self


class SeedsReq(Request):
    """All seeds of the exam. `limit`: the number of seeds on which a marker may be outside the tolerance."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"session_ids": ["6f9619ff-8b86-4d01-b42d-00cf4fc964ff"], "limit": 1}]}
    )

    session_ids: Annotated[list[SessionId], Field(max_length=10_000)]
    limit: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None


class SeedsRes(Wire):
    """`limit` is the requested one. Without a request it is the bound that a good marker exceeds with a chance below 5
    %.
    """

    exam_id: str
    n_seeds: int
    limit: int


class EditExamReq(QuestionSet):
    """A field that the request leaves out keeps its value. `questions` is the whole list. A question that is new or
    asked differently has no marks until it is graded again. A question that the list leaves out is deleted. All others
    keep their marks.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Science 2026"}, {"questions": [{"question_id": "1a", "max_marks": 2}]}]
        }
    )

    name: Annotated[NonEmptyText, Field(max_length=500)] | None = None
    questions: Annotated[list[QuestionConfig], Field(default_factory=list, max_length=1000)]


class CreateExamRes(Wire):
    exam_id: str


class SessionCounts(Wire):
    total: int
    created: int
    grading: int
    graded: int
    failed: int


class ExamRow(Wire):
    """A line of the list of exams."""

    exam_id: str
    name: str
    created_at: str
    n_questions: int
    sessions: SessionCounts


class AttemptSummary(Wire):
    total: int
    finished: int
    failed: int


class ExamSession(Wire):
    """One script of an exam. `progress` is finished attempts / total, 0 to 1."""

    session_id: str
    name: str | None
    status: SessionStatus
    failure_reason: str | None
    stop_reason: Annotated[
        str | None, Field(description="Why the run is ending: no further call is made, calls under way are stored.")
    ]
    seed: bool
    group: str | None
    run: int
    progress: float
    attempts: AttemptSummary
    cost_usd: float
    simulated: Annotated[bool, Field(description="The simulator made up all marks, and nothing was paid.")]
    n_student_images: int
    n_human_marks: int


class FailureReason(Wire):
    message: str
    n: int


class MarkerProgress(Wire):
    """How far a marker is over all scripts of the exam, in attempts, and why some of its attempts failed."""

    model_name: str
    total: int
    finished: int
    failed: int
    running: int
    reasons: list[FailureReason]


class Exam(Wire):
    exam_id: str
    name: str
    created_at: str
    seed_limit: int | None
    questions: list[QuestionRow]
    sessions: list[ExamSession]
    markers: list[MarkerProgress]


class HumanMarksRes(Wire):
    """`notes` say in sentences what the server corrected or ignored."""

    scripts: int
    marks: int
    notes: list[str]


class NotReady(Wire):
    """A session that did not start, with the reason."""

    session_id: str
    name: str | None
    code: str
    message: str


class GradeExamRes(Wire):
    ok: bool = True
    exam_id: str
    started: list[str]
    not_ready: list[NotReady]
