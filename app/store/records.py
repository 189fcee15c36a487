"""The rows that the database gives and others work with, field by field. Each SQL function names its fields as here."""

from typing import TypedDict


class TemplateRow(TypedDict):
    """A prompt template; see `prompt_templates.sql`."""

    name: str
    display_name: str
    system_template: str | None
    user_template: str | None
    schema_template: str | None


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
    seed: bool
    group: str | None
    run: int
    progress: float
    attempts: dict[str, int]
    cost_usd: float
    n_student_images: int
    n_human_marks: int


class ExamRow(TypedDict):
    """An exam with its sessions; see `exam_detail.sql`."""

    exam_id: str
    name: str
    created_at: str
    seed_limit: int | None
    questions: list[ExamQuestion]
    sessions: list[ExamSession]


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
    sessions: dict[str, int]
    scripts: list[ExamSession]


class AttemptRow(TypedDict):
    """An attempt of a session (`session_attempts.sql`), or the slot of a test."""

    model_name: str
    try_index: int
    status: str
    reason: str | None
    message: str | None
    finished_at: str | None
