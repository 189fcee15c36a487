"""The rows that the database gives and others work with, field by field. Each SQL function names its fields as here."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from app.marks.rows import QuestionRow


class TemplateRow(TypedDict):
    """A prompt template; see `prompt_templates.sql`. `version`: of a built-in prompt alone."""

    name: str
    display_name: str
    system_template: str | None
    user_template: str | None
    schema_template: str | None
    version: NotRequired[int]


class ExamQuestion(TypedDict):
    """A question that all sessions of an exam share."""

    question_id: str
    number: int
    max_marks: float
    tolerance: float | None
    text: str | None
    answer: str | None


class ExamSession(TypedDict):
    """One script of an exam; see `exam_detail.sql`. `progress` is the share of attempts that ended."""

    session_id: str
    name: str | None
    status: str
    failure_reason: str | None
    stop_reason: str | None
    seed: bool
    group: str | None
    run: int
    progress: float
    attempts: dict[str, int]
    cost_usd: float
    simulated: bool
    n_student_images: int
    n_human_marks: int


class FailureReason(TypedDict):
    """A reason of failed attempts, as a sentence, and how many failed for it."""

    message: str
    n: int


class MarkerProgress(TypedDict):
    """How far a marker is over all scripts of an exam; see `exam_markers.sql`."""

    model_name: str
    total: int
    finished: int
    failed: int
    running: int
    reasons: list[FailureReason]


class ExamRow(TypedDict):
    """An exam with its sessions; see `exam_detail.sql`."""

    exam_id: str
    name: str
    created_at: str
    seed_limit: int | None
    questions: list[ExamQuestion]
    sessions: list[ExamSession]
    markers: list[MarkerProgress]


class AttemptCounts(TypedDict):
    """How many attempts stand in each status."""

    total: int
    pending: int
    running: int
    waiting: int
    succeeded: int
    failed: int
    cancelled: int


class Progress(TypedDict):
    """What those see who wait: of a session (`session_progress.sql`), or of a test, which has more fields."""

    status: str
    started_at: str | None
    attempts: AttemptCounts
    estimated_seconds_left: float | None


class ExamAttempts(TypedDict):
    total: int
    finished: int
    failed: int


class ExamProgress(TypedDict):
    """Where an exam and each of its scripts are. `started_at` is None: an exam has no start of its own."""

    exam_id: str
    name: str
    status: str
    started_at: str | None
    progress: float
    attempts: ExamAttempts
    cost_usd: float
    simulated: bool
    sessions: dict[str, int]
    scripts: list[ExamSession]
    markers: list[MarkerProgress]


class AttemptRow(TypedDict):
    """An attempt of a session (`session_attempts.sql`), or the slot of a test."""

    model_name: str
    try_index: int
    status: str
    reason: str | None
    message: str | None
    finished_at: str | None


class TestQuestionRow(TypedDict):
    """A question of a test; see `test_question_json.sql`. `number` leaves no gap; `slot` may."""

    id: str
    slot: int
    number: int
    question: str
    options: Sequence[str]
    correct_option: str
    why_wrong: Mapping[str, str]
    explanation: str
    difficulty: str
    topic: str
    bloom: str | None
    page: int | None
    quote: str
    max_marks: float
    checks: Mapping[str, Any]
    state: str
    kind: str
    prompts: Sequence[str]
    created_at: str
    updated_at: str


class LeftOut(TypedDict):
    """A part of a document that no question is written from, with the sentence that says why."""

    message: str


class TestSummaryRow(TypedDict):
    """A test without its questions; see `test_json.sql`. `elapsed_time` is in seconds."""

    id: str
    document_id: str | None
    name: str
    status: str
    difficulty: str
    target_questions: int
    questions_generated: int
    model: str
    solver_models: Sequence[str]
    topics: Sequence[str]
    language: str | None
    unused_pages: Sequence[int]
    notes: Sequence[str]
    left_out: Sequence[LeftOut]
    kinds: Sequence[str]
    blooms: Sequence[str]
    max_cost_usd: float | None
    prompt_version: str
    cost_usd: float
    failure_reason: str | None
    created_at: str
    finished_at: str | None
    elapsed_time: float


class TestRow(TestSummaryRow):
    """A test with its questions, by number; see `test_detail.sql`."""

    questions: Sequence[TestQuestionRow]


class BoxRow(TypedDict):
    """One box of an answer sheet, with the letters that the models read in it; see `test_responses.sql`."""

    script: str
    question_id: str
    key: str
    max_marks: float
    read: Sequence[str | None]
    is_current: bool


class SlotRow(TypedDict):
    """A slot of a test; see `test_slots.sql`. `round` counts how often its question was written."""

    slot: int
    accepted_at: str | None
    given_up: bool
    message: str | None
    tried: bool
    round: int
    changed_at: str | None


class TestTokens(TypedDict):
    input: int
    output: int


class TestSlots(TypedDict):
    """A test with its slots, by number; see `test_slots.sql`."""

    test: TestSummaryRow
    tokens: TestTokens
    slots: Sequence[SlotRow]


class AttemptKey(TypedDict):
    """Which answer of a test's models it is. `with_quote` is True for writers."""

    slot: int
    round: int
    role: str
    model: str
    with_quote: bool


class Verdict(TypedDict):
    """What became of one answer: `outcome` is one word; `final` says that its slot needs no further answer."""

    outcome: str
    final: NotRequired[bool]
    message: NotRequired[str]
    answer: NotRequired[str | None]
    findings: NotRequired[Sequence[Mapping[str, Any]]]


class StoredReplies(TypedDict):
    """A call's text and its requests, with what they cost."""

    raw: Mapping[str, Any]
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


class TestAttemptRow(AttemptKey, StoredReplies):
    """An answer with its verdict, as it is stored; see `record_test_attempt.sql`."""

    verdict: Verdict


class TestAttemptRows(TypedDict):
    """The attempts at one slot, or at all (`slot` is None); see `test_attempts.sql`."""

    slot: int | None
    attempts: Sequence[TestAttemptRow]


class NewQuestion(TypedDict):
    """A question that a slot hands in, with the checks that it passed; see `accept_question.sql`."""

    question: str
    kind: str
    prompts: Sequence[str]
    options: Sequence[str]
    correct_option: str
    why_wrong: Mapping[str, str]
    explanation: str
    topic: str
    bloom: str | None
    page: int | None
    quote: str
    checks: Mapping[str, Any]


class ExampleCandidate(TypedDict):
    """A script that can be a worked example; see `example_candidates.sql`. `human` maps question ids to marks."""

    session_id: str
    seed: bool
    human: Mapping[str, float]


class ExampleCandidates(TypedDict):
    """The candidates of an exam, and the session ids that each marker sees now; see `example_candidates.sql`."""

    exam_id: str | None
    scripts: Sequence[ExampleCandidate]
    chosen: Mapping[str, Sequence[str]]


class ExampleScript(TypedDict):
    """A script with the parts that a marker sees of a worked example; see `example_scripts.sql`."""

    session_id: str
    questions: Sequence[QuestionRow]
    images: Sequence[Mapping[str, Any]]
    human: Mapping[str, float]


class _GivenReview(TypedDict):
    review_id: str
    session_id: str
    script: str | None
    question_id: str
    reviewer: str | None
    user_id: str | None
    note: str | None
    blind: bool
    reviewed_at: str
    withdrawn_at: str | None
    withdrawn_by: str | None


class ReviewRow(_GivenReview):
    """A review as somebody gave it; see `review_history.sql`. `withdrawn_at` is None unless somebody withdrew it."""

    mark: float


class SeenReviewRow(_GivenReview):
    """A review as a person may see it. A hidden one has neither mark nor note."""

    mark: float | None
    hidden: bool
