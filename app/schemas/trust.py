"""Wire models of review and import."""

from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import ConfigDict, Field

from app.schemas.agreement import Figure
from app.schemas.base import Mark, OpenWire, Request, ReviewId, SessionId, Text, Wire
from app.schemas.findings import Finding
from app.schemas.questions import QuestionId

_SESSION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


class ReviewedMark(OpenWire):
    """The mark that one try of one marker gave an answer in the queue."""

    model_name: str
    try_index: int
    marks_awarded: float | None
    rubric_notes: str | None
    validation_errors: list[Finding]


class AnswerReview(OpenWire):
    """A final mark that a human gave this answer."""

    mark: float
    reviewer: str | None
    note: str | None
    reviewed_at: str


class QueueItem(OpenWire):
    """An answer that a human should look at. `doubt` is 0 to 1; `sampled` answers are drawn at random.

    `expected_distance`: the marks' mean distance from the consensus, in marks. `p_differs`: the probability that the
    consensus differs from the human by more than the tolerance; null with too few human marks, or without a consensus.
    `hidden`: blind marking hides all marks, reviews and reasons of this answer.
    """

    session_id: str
    script: str
    question_id: str
    doubt: float
    expected_distance: float
    p_differs: float | None
    reasons: list[str]
    sampled: bool
    hidden: bool
    human_mark: float | None
    consensus: float | None
    final_mark: float | None
    marks: list[ReviewedMark]
    reviews: list[AnswerReview]


class Residual(OpenWire):
    """How many marks may be wrong among the answers outside the queue. `basis`: on which answers this was measured."""

    n_unflagged: int
    basis: str
    sentence: str
    error: Figure


class TradeOff(OpenWire):
    """At this threshold a human looks at `n_review` answers. `residual` estimates wrong marks among the others."""

    threshold: float
    n_review: int
    residual: Residual


class CurvePoint(OpenWire):
    """`n` answers with similar probabilities of differing from the human: `predicted` is their mean probability,
    `observed` the share that did differ.
    """

    predicted: float
    observed: float
    n: int


class ReviewQueueRes(OpenWire):
    """Answers that a human should look at, most doubtful first, then a random sample of the others.

    `markers_left_out`: markers that failed, with the questions on which their marks do not count. `two_humans_differ`:
    the share of answers on which two humans differ by more than the tolerance. `reliability_curve` compares `p_differs`
    with the truth; each probability was computed from other scripts.
    """

    n_answers: int
    markers_left_out: dict[str, list[str]]
    two_humans_differ: float | None
    reliability_curve: list[CurvePoint]
    threshold: float
    advised_threshold: float | None
    advice: str
    n_items: int
    n_flagged: int
    n_sampled: int
    items: list[QueueItem]
    residual: Residual
    trade_off: list[TradeOff]


class ComputingRes(Wire):
    """The analysis of a large exam goes on: ask again, or with `?wait=true`. `progress`, 0 to 1, is an estimate."""

    status: Literal["computing"]
    seconds: float
    progress: float


class SessionReviewReq(Request):
    """The final mark of one answer, after a human looked at it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question_id": "2", "mark": 2.5, "reviewer": "A. Teacher", "note": "see key"}]}
    )

    question_id: QuestionId
    mark: Mark
    reviewer: Annotated[Text, Field(max_length=200)] | None = None
    note: Annotated[Text, Field(max_length=5000)] | None = None
    review_id: (
        Annotated[ReviewId, Field(description="made by the client: the same id again is the same review")] | None
    ) = None
    blind: Annotated[bool, Field(strict=True, description="given before the models' marks were seen")] = False

    def signed(self, user: str | None) -> dict[str, Any]:
        """The review with its reviewer: the user of the token. Only without one the name in the body counts."""
        given = {"reviewer": user or self.reviewer, "user_id": user, "review_id": self.review_id or str(uuid4())}
        return self.model_dump() | given


class ExamReviewReq(SessionReviewReq):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"session_id": _SESSION_ID, "question_id": "2", "mark": 2.5, "reviewer": "A. Teacher"}]
        }
    )

    session_id: SessionId


class ReviewRes(Wire):
    """`review_id` names the review for a withdrawal."""

    ok: bool = True
    review_id: str
    reviewed_at: str


class WithdrawnRes(Wire):
    """`final_mark`: the mark of the review before, which counts now; null without such a review."""

    ok: bool = True
    review_id: str
    final_mark: float | None


class ReviewChange(Wire):
    """A review as somebody gave it. If somebody withdrew it, also who and when. `user_id`: the user of the token,
    whatever name was typed as `reviewer`. `blind`: the reviewer had not seen the models' marks. `hidden`: blind or
    double marking keeps the mark and the note from this reader; they are null.
    """

    review_id: str
    session_id: str
    script: str | None
    question_id: str
    mark: float | None
    reviewer: str | None
    user_id: str | None
    note: str | None
    blind: bool
    reviewed_at: str
    withdrawn_at: str | None
    withdrawn_by: str | None
    hidden: bool


class ReviewHistoryRes(Wire):
    """Every review that was ever given, the latest first."""

    changes: list[ReviewChange]


class ReviewRow(Wire):
    """`hidden`: the exam has blind or double marking, and somebody who is to mark the answer has not, so that its marks
    and the note are null.
    """

    session_id: str
    script: str | None
    question_id: str
    mark: float | None
    reviewer: str | None
    note: str | None
    reviewed_at: str
    hidden: bool
    human_mark: float | None
    consensus: float | None


class ReviewsRes(Wire):
    """Every reviewed answer, with its latest final mark, the human's mark and the models' consensus. A hidden mark does
    not count as changed.
    """

    n_reviewed: int
    n_changed_human: int
    n_changed_consensus: int
    reviews: list[ReviewRow]


class ImportRes(Wire):
    """`rows` counts the rows of the file, `invalid` its refused marks, `missing` its empty ones. `invalid_lines` lists
    the first 50 lines with a refused mark. `notes` name in sentences what the server corrected or ignored.
    """

    rows: int
    invalid: int
    missing: int
    invalid_lines: list[int]
    scripts: int
    questions: int
    models: int
    notes: list[str] = Field(default_factory=list)
