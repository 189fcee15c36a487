"""The records of a run: its inputs, its calls, its lease, its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from app.marks.model import CallStatus, Image, Json, Question, Stage
from app.store.base import Row


@dataclass(frozen=True, slots=True)
class CallKey:
    """Which call within a run: its marker, its try (from 1) and its stage."""

    model_name: str
    try_index: int
    stage: Stage

    def as_json(self) -> list[str | int]:
        return [self.model_name, self.try_index, self.stage.value]


@dataclass(frozen=True, slots=True)
class GradingInputs:
    """What a start is planned on.

    `templates` holds the selected templates by kind: none where the built-in default applies, None where one is gone.
    """

    plan: Row | None
    default_tries: int
    inputs_version: int
    questions: tuple[Question, ...]
    images: tuple[Image, ...]
    templates: Row
    marked_by: str = "model"
    # Of the session's exam, {session_ids, limit}: what each marker has to mark before this script.
    seeds: Row | None = None


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call as the start stores it. `input_hash` covers all that its answer depends on."""

    key: CallKey
    request: Row


class ResultRow(TypedDict, total=False):
    """The mark of one question, or why there is none, as `record_calls` takes it."""

    question_id: str
    marks_awarded: float | None
    rubric_notes: str | None
    raw_output: Json
    validation_errors: list[dict[str, Json]]


class Outcome(TypedDict, total=False):
    """What became of a call, as `record_calls` takes it. Cost is in US dollars, latency in milliseconds; `completions`
    holds the replies, one entry for each HTTP request.

    Status `waiting` stores a first answer that is asked for once more, or what a `slice` of the attempt answered;
    `pending` stores only what the call had cost until it was interrupted.
    """

    model_name: str
    try_index: int
    stage: str
    input_hash: str
    status: str
    completions: list[dict[str, Json]]
    notes: list[str]
    criteria: str | None
    error: dict[str, str] | None
    finish_reason: str | None
    native_finish_reason: str | None
    provider: str | None
    generation_id: str | None
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    cost_usd: float
    http_requests: int
    latency_ms: int
    parse_path: str
    passed_over: list[dict[str, Json]]
    first_answer: str
    slice: str
    slice_answer: dict[str, Json]
    validation_errors: list[dict[str, Json]]
    results: list[ResultRow]
    # Only for an answer that was read again: the fields that were stored before.
    before: dict[str, Json]


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call of a claimed run.

    `criteria` is what a finished rubric call read; `first_answer` an incomplete answer, to be asked for once more.
    `slices` are the stored answers of an attempt that asks in several requests, by the name of the slice.
    """

    key: CallKey
    status: CallStatus
    input_hash: str
    criteria: str | None
    first_answer: str | None
    slices: Mapping[str, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A session that this process works on, with its unfinished calls and its rubric calls."""

    session_id: str
    run: int
    plan: Row
    stop_reason: str | None
    questions: tuple[Question, ...]
    images: tuple[Image, ...]
    calls: tuple[StoredCall, ...]
    marked_by: str = "model"
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """`held` is False if another process holds the session, or it is deleted or no longer in grading."""

    held: bool
    stop_reason: str | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Attempts of the current plan, counted; `marked` gave at least one mark; `first_failure` is the oldest message."""

    attempts: int
    succeeded: int
    unfinished: int
    marked: int
    first_failure: str | None
