"""The domain: questions, marks, and the reasons why there is none. All frozen, all plain."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.marks.reasons import Reason

# JSON as it comes from outside: what a model wrote, what a client sent.
Json = Any


class Role(StrEnum):
    """The content of an image."""

    STUDENT = "student"
    ANSWER_KEY = "answer_key"
    GRADING_RUBRIC = "grading_rubric"


class Stage(StrEnum):
    """A call's part in an attempt: read the criteria off the rubric, or mark the script."""

    RUBRIC = "rubric"
    ASSESSMENT = "assessment"


class Split(StrEnum):
    """How many requests an attempt makes: one for all questions, one for each question, one for each page."""

    NONE = "none"
    QUESTION = "question"
    PAGE = "page"


class SessionStatus(StrEnum):
    """Exactly these four: existing clients show anything else as a spinner for ever."""

    CREATED = "created"
    GRADING = "grading"
    GRADED = "graded"
    FAILED = "failed"


class CallStatus(StrEnum):
    """Where a call is. `waiting` is a call that has been tried and waits for its next request."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a session. `question_id` is the client's, verbatim; `max_marks` in marks, two decimals."""

    question_id: str
    number: int
    max_marks: float
    tolerance: float | None = None
    text: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """One registered scan. `storage_path` is set when the file is in our own storage."""

    role: Role
    url: str
    order_index: int
    storage_path: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of an answer, in words that a teacher understands. `found` is the faulty text, shortened."""

    reason: Reason
    message: str
    question_id: str | None = None
    found: str | None = None

    def as_json(self) -> dict[str, Json]:
        pairs = {"question_id": self.question_id, "found": self.found}
        return {"reason": self.reason.value, "message": self.message} | {
            k: v for k, v in pairs.items() if v is not None
        }


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """The result of one answer for one question: a mark in [0, maximum], or None and a finding that says why.

    `withheld` is the mark that the answer gives and that only a total over all its questions contradicts.
    """

    question_id: str
    marks_awarded: float | None
    rubric_notes: str | None = None
    raw: Json = None
    findings: tuple[Finding, ...] = ()
    withheld: float | None = None

    @property
    def abstained(self) -> bool:
        return any(finding.reason is Reason.ABSTAINED for finding in self.findings)

    @property
    def is_settled(self) -> bool:
        """No other answer could give a mark: the model declined, or there is no key to mark by."""
        return self.abstained or any(finding.reason is Reason.NO_KEY for finding in self.findings)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A piece of an answer from which no mark was taken: why, as a sentence, and the beginning of its text."""

    why: str
    piece: str

    def as_json(self) -> dict[str, Json]:
        return {"why": self.why, "piece": self.piece}


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """A model's answer read against the configured questions.

    `marks` holds one entry per configured question, in their order. `findings` holds what belongs to no configured
    question (unknown ids). `parse_path` names how the JSON was found; `parse_error` is set when nothing was readable.
    `passed_over` lists the pieces that could have held marks and were not read, in their order.
    """

    marks: tuple[QuestionMark, ...]
    parse_path: str
    parse_error: str | None = None
    findings: tuple[Finding, ...] = field(default=())
    passed_over: tuple[PassedOver, ...] = field(default=())

    @property
    def marked(self) -> int:
        return sum(mark.marks_awarded is not None for mark in self.marks)

    @property
    def to_ask_again(self) -> tuple[str, ...]:
        """Ids of the questions without a mark that another answer may mark."""
        return tuple(m.question_id for m in self.marks if m.marks_awarded is None and not m.is_settled)


@dataclass(frozen=True, slots=True)
class Usage:
    """What OpenRouter reported for one HTTP request: tokens as counts, cost in US dollars, 0 where it says nothing."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    cache_write_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.cached_tokens + other.cached_tokens,
            self.cost_usd + other.cost_usd,
            self.cache_write_tokens + other.cache_write_tokens,
        )
