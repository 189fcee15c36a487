"""The rows that these computations read, field by field: what the database gives of a session, and of seeds."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict


class Maximum(TypedDict):
    """What a question is worth, and how far a mark may be from another one to count as equal."""

    max_marks: float
    tolerance: float | None


class QuestionRow(Maximum):
    """A question of a session; see `questions_of.sql`."""

    question_id: str
    number: int
    text: str | None
    answer: str | None


class ErrorRow(TypedDict):
    """Why a mark or a call is missing: the word of `Reason`, and its sentence. `found` is what the model wrote."""

    reason: str
    message: str
    question_id: NotRequired[str]
    found: NotRequired[str | None]


class CallRow(TypedDict):
    """A call of the current plan, without its completion; see `session_results.sql`."""

    model_name: str
    try_index: int
    stage: str
    status: str
    error: ErrorRow | None
    criteria: str | None
    finish_reason: str | None
    native_finish_reason: str | None
    provider: str | None
    parse_path: str | None
    passed_over: Sequence[Any] | None
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    cost_usd: float
    http_requests: int
    latency_ms: int | None
    validation_errors: Sequence[ErrorRow]
    model: str | None


class MarkRow(TypedDict):
    """One mark, or None with the reason in `validation_errors`; see `session_results.sql`."""

    question_id: str
    model_name: str
    try_index: int
    marks_awarded: float | None
    rubric_notes: str | None
    validation_errors: Sequence[ErrorRow]


class SessionResults(TypedDict):
    """Everything that marks are reported from; see `session_results.sql`."""

    status: str
    run: int
    questions: Sequence[QuestionRow]
    human_marks_by_qid: Mapping[str, float]
    calls: Sequence[CallRow]
    results: Sequence[MarkRow]


class ImageRow(TypedDict):
    role: str
    url: str


class SessionTemplate(TypedDict):
    """What another session can be set up from; see `session_template.sql`. `plan` is None before the first start."""

    name: str | None
    exam_id: str | None
    plan: Mapping[str, Any] | None
    default_tries: int | None
    questions: Sequence[QuestionRow]
    human_marks_by_qid: Mapping[str, float]
    images: Sequence[ImageRow]
    templates: Mapping[str, str | None]


class SeedAttempt(TypedDict):
    """One try of a marker on a seed, with its marks by question; see `seed_runs.sql`."""

    run: int
    model_name: str
    try_index: int
    status: str
    provider: str | None
    model: str | None
    finished_at: str | None
    reply: Any
    marks: Mapping[str, float]


class SeedRow(TypedDict):
    """A seed with its human's marks and all its attempts; see `seed_runs.sql`."""

    session_id: str
    name: str | None
    status: str
    run: int
    questions: Sequence[QuestionRow]
    human: Mapping[str, float]
    attempts: Sequence[SeedAttempt]
