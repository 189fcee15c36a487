"""Wire models of the review desk: the choice of answers, the answers themselves, and the progress of the review."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.schemas.base import Mark, OpenWire, Request, SessionId, Text, Wire
from app.schemas.questions import QuestionId
from app.schemas.trust import Residual, ReviewedMark

_SESSION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_HOLDER = "d1b8fd40-7c2f-4a38-8a3b-6a0ad34fbb2e"

Name = Annotated[Text, Field(max_length=200)]
Which = Literal["queue", "doubtful", "sample", "all"]


class AnswerRef(Request):
    """One answer: a script and a question."""

    session_id: SessionId
    question_id: QuestionId


class Wish(Request):
    """Which answers, in which order. `queue`: the doubtful answers, then the random sample. `marker`: the answers that
    this marker left unmarked or marked further from the consensus than the tolerance. `again`: reviewed answers too.
    """

    which: Which = "queue"
    order: Literal["doubt", "question"] = "doubt"
    question_id: QuestionId | None = None
    reason: Annotated[Text, Field(max_length=100)] | None = None
    marker: Annotated[Text, Field(max_length=500)] | None = None
    session_id: SessionId | None = None
    again: Annotated[bool, Field(strict=True)] = False


class TakeAnswersReq(Request):
    """`holder`: an id that the client makes, one for each open desk. Answers that this holder took before become free
    unless `keep` names them.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"holder": _HOLDER, "reviewer": "A. Teacher", "n": 3, "wish": {"order": "question"}}]
        }
    )

    holder: Annotated[Text, Field(min_length=8, max_length=100)]
    reviewer: Name | None = None
    n: Annotated[int, Field(ge=0, le=200, strict=True)] = 3
    keep: Annotated[list[AnswerRef], Field(default_factory=list, max_length=200)]
    skip: Annotated[list[AnswerRef], Field(default_factory=list, max_length=5000)]
    wish: Annotated[Wish, Field(default_factory=Wish)]


class DeskImage(Wire):
    image_id: str
    role: Literal["student", "answer_key", "grading_rubric"]
    order_index: int
    url: str


class DeskMark(ReviewedMark):
    """`page`: the number of the student's scan, from 1, and `quote`: the words that earned the mark, where the prompt
    asks for them and the model gave them.
    """

    page: float | None
    quote: str | None


class DeskReview(Wire):
    """A final mark that somebody gave."""

    review_id: str
    mark: float
    reviewer: str | None
    note: str | None
    blind: bool
    reviewed_at: str


class DeskAnswer(Wire):
    """One answer with everything that a human needs to mark it. If `hidden` is true, the marks, the reviews of others,
    the reasons and the doubt are left out. A blind desk shows them after this person has given a mark.
    """

    session_id: str
    script: str | None
    question_id: str
    number: int
    text: str | None
    answer: str | None
    max_marks: float
    tolerance: float | None
    hidden: bool
    human_mark: float | None
    human_mark_2: float | None
    consensus: float | None
    doubt: float | None
    p_differs: float | None
    reasons: list[str]
    sampled: bool
    marks: list[DeskMark]
    reviews: list[DeskReview]
    images: list[DeskImage]


class DeskSettings(Wire):
    """`blind_marking`: the models' marks stay hidden until the human has given one. `double_marking`: two people mark
    each answer without seeing the other's mark.
    """

    blind_marking: bool
    double_marking: bool


class DeskSettingsReq(Request):
    """A field that the request leaves out keeps its value."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"blind_marking": True}]})

    blind_marking: Annotated[bool, Field(strict=True)] | None = None
    double_marking: Annotated[bool, Field(strict=True)] | None = None


class TakenAnswersRes(DeskSettings):
    """`n_wanted`: how many answers the wish covers, reviewed ones included."""

    n_wanted: int
    answers: list[DeskAnswer]


class DeskProgress(Wire):
    """How far the review is, and how many marks may be wrong among the answers outside the queue. `n_more`: about how
    many more answers of the random sample a human must look at until the share of wrong marks is at most `target`; null
    if more answers cannot show that.
    """

    n_answers: int
    n_doubtful: int
    n_doubtful_reviewed: int
    n_sample: int
    n_sample_reviewed: int
    n_reviewed: int
    markers: list[str]
    residual: Residual
    target: float
    n_more: int | None
    sentence: str


class DoubleMark(Wire):
    reviewer: str | None
    mark: Mark
    note: str | None
    blind: bool
    reviewed_at: str


class DoubleMarked(Wire):
    """An answer that two people marked: the last mark of each, first the one that was given first. `settled`: somebody
    gave a further mark after both.
    """

    session_id: str
    script: str | None
    question_id: str
    difference: float
    beyond_tolerance: bool
    settled: bool
    final_mark: float
    marks: list[DoubleMark]


class DoubleMarkingRes(Wire):
    """`answers`: the answers whose two marks differ, the largest difference first."""

    n_by_two: int
    n_different: int
    n_beyond_tolerance: int
    answers: list[DoubleMarked]


class CallError(OpenWire):
    """Why a call has no answer. docs/reasons.md lists the reasons."""

    reason: str
    message: str | None


class Call(OpenWire):
    """One call of the current run: what it cost, how it ended, and in `completions` all that it was answered."""

    model_name: str
    try_index: int
    stage: Literal["rubric", "assessment"]
    status: Literal["pending", "running", "waiting", "succeeded", "failed", "cancelled"]
    provider: str | None
    generation_id: str | None
    finish_reason: str | None
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cost_usd: float
    http_requests: int
    latency_ms: int | None
    parse_path: str | None
    error: CallError | None
    finished_at: str | None
    completions: list[Any]


class CallsRes(Wire):
    session_id: str
    calls: list[Call]
