"""Wire models of `/tests`: multiple-choice tests made from documents."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.errors import BadRequestError
from app.marks.languages import NAMES, known_language
from app.marks.letter_key import letter_key
from app.schemas.base import DocumentId, ExamId, Mark, NonEmptyText, Request, Text, Wire
from app.schemas.documents import LeftOut
from app.schemas.findings import Checks, Judgement, RawAnswer
from app.schemas.grade import ModelName

MOST_QUESTIONS = 20
_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SEEDS = 2**31

Difficulty = Literal["EASY", "MEDIUM", "HARD"]
Letter = Literal["A", "B", "C", "D"]
KindName = Literal["single", "several", "true_false", "assertion_reason", "matching"]
BloomName = Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
TestStatus = Literal["pending", "generating", "completed", "partial", "failed"]


def _count(value: int) -> int:
    if not 1 <= value <= MOST_QUESTIONS:
        # Not a validation error: existing clients look for 400 here.
        raise BadRequestError(f"num_questions must be from 1 to {MOST_QUESTIONS}.", code="NUM_QUESTIONS_OUT_OF_RANGE")
    return value


def _different(value: list[str]) -> list[str]:
    if len({" ".join(text.split()) for text in value}) != len(value):
        raise ValueError(f"must be {len(value)} different options")
    return value


def _key(value: str) -> str:
    if letter_key(value) is None:
        raise ValueError("must be a letter (B), several (A,C) or one for each prompt (1C,2A,3B)")
    return value


Name = Annotated[NonEmptyText, Field(max_length=500)]
Topic = Annotated[NonEmptyText, Field(max_length=200)]
Statement = Annotated[NonEmptyText, Field(max_length=10_000)]
OptionText = Annotated[NonEmptyText, Field(max_length=2_000)]
Options = Annotated[list[OptionText], Field(max_length=4), AfterValidator(_different)]
Prompts = Annotated[list[OptionText], Field(max_length=4), AfterValidator(_different)]
# One letter; several with commas where several options are right; one behind the number of each prompt of a matching.
Key = Annotated[str, Field(pattern=r"^([A-D]|[A-D](,[A-D])+|1[A-D](,[2-4][A-D])+)$"), AfterValidator(_key)]
Reasons = Annotated[dict[Letter, Annotated[Text, Field(max_length=10_000)]], Field(max_length=26)]
Explanation = Annotated[Text, Field(max_length=10_000)]
PositiveMark = Annotated[Mark, Field(gt=0)]


_SINGLE: tuple[KindName, ...] = ("single",)


class GenerateReq(Request):
    """Which test to make from which document. `model` and `solver_models` replace the server's own settings.

    The same `seed` puts the keys at the same letters. Without a seed the server chooses one. The questions take the
    `kinds` and the `blooms` in turn: ["single", "single", "matching"] makes every third question a matching question.
    Each of the `topics` gets an equal share of the questions, from the parts of the document that name it most. When
    the cost reaches `max_cost_usd`, the server makes no more calls.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"document_id": _ID, "num_questions": 10, "difficulty": "MEDIUM"}]}
    )

    document_id: DocumentId
    num_questions: Annotated[
        StrictInt, AfterValidator(_count), Field(json_schema_extra={"minimum": 1, "maximum": MOST_QUESTIONS})
    ]
    difficulty: Difficulty = "MEDIUM"
    model: ModelName | None = None
    solver_models: Annotated[list[ModelName], Field(min_length=1, max_length=5)] | None = None
    topics: Annotated[list[Topic], Field(max_length=20)] = Field(default_factory=list)
    kinds: Annotated[list[KindName], Field(min_length=1, max_length=20)] = Field(default_factory=lambda: list(_SINGLE))
    blooms: Annotated[list[BloomName], Field(max_length=6)] = Field(default_factory=list)
    max_cost_usd: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] | None = None
    name: Name | None = None
    language: Annotated[str, Field(max_length=50), AfterValidator(known_language)] | None = Field(
        None,
        description="ISO 639-1 code of the language to write in; without one, that of each part of the document.",
        json_schema_extra={"enum": list[JsonValue](sorted(NAMES))},
    )
    seed: Annotated[StrictInt, Field(ge=0, lt=SEEDS)] | None = None


class RenameTestReq(Request):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Cells, group B"}]})

    name: Name


class EditQuestionReq(Request):
    """Only the named fields change; in `why_wrong` only the named letters. A reason moves with the text of its option.
    The server removes texts that argue for another key or against a removed option, and names them in `checks`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_marks": 2}]})

    question: Statement | None = None
    prompts: Prompts | None = None
    options: Options | None = None
    correct_option: Key | None = None
    why_wrong: Reasons | None = None
    explanation: Explanation | None = None
    difficulty: Difficulty | None = None
    topic: Annotated[Text, Field(max_length=200)] | None = None
    max_marks: PositiveMark | None = None

    @model_validator(mode="after")
    def _something(self) -> "EditQuestionReq":
        if not self.model_dump(exclude_none=True):
            raise ValueError("name at least one field to change")
        return self


class AddQuestionReq(Request):
    """A question by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "question": "Which organelle makes most of a cell's ATP?",
                    "options": ["Nucleus", "Mitochondrion", "Ribosome", "Vacuole"],
                    "correct_option": "B",
                }
            ]
        }
    )

    kind: KindName = "single"
    question: Statement
    prompts: Prompts = Field(default_factory=list)
    options: Options
    correct_option: Key
    why_wrong: Reasons = Field(default_factory=dict)
    explanation: Explanation = ""
    difficulty: Difficulty | None = None
    topic: Annotated[Text, Field(max_length=200)] = ""
    max_marks: PositiveMark = 1

    @field_validator("why_wrong")
    @classmethod
    def _of_wrong_options(cls, value: Reasons, info: ValidationInfo) -> Reasons:
        right = info.data.get("correct_option", "").split(",")
        if any(why for letter, why in value.items() if letter in right):
            raise ValueError(f"{', '.join(right)} is the right option")
        return {letter: why for letter, why in value.items() if why}


class TestSessionReq(Request):
    """One student's answer sheet of the test."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "candidate 17"}]})

    name: Annotated[Text, Field(max_length=500)] | None = None
    exam_id: ExamId | None = None
    human_marks_by_qid: dict[str, Mark] = Field(default_factory=dict)


class TestSessionRes(Wire):
    session_id: str


class TestSummary(Wire):
    """A test without its questions. `elapsed_time` in seconds."""

    id: str
    document_id: str | None
    name: str
    status: TestStatus
    difficulty: Difficulty
    target_questions: int
    questions_generated: int
    model: str
    solver_models: list[str]
    topics: list[str]
    language: str | None
    unused_pages: list[int]
    notes: list[str]
    left_out: list[LeftOut]
    kinds: list[KindName]
    blooms: list[BloomName]
    max_cost_usd: float | None
    prompt_version: str
    cost_usd: float
    failure_reason: str | None
    created_at: str
    finished_at: str | None
    elapsed_time: float


class TestsPage(Wire):
    items: list[TestSummary]
    total: int


class TestProgress(Wire):
    """The polled object. `progress`, 0 to 1, is the share of the wanted questions that are accepted."""

    id: str
    status: TestStatus
    progress: float
    message: str
    unused_pages: list[int]
    notes: list[str]
    questions_generated: int
    target_questions: int
    elapsed_time: float
    failure_reason: str | None
    cost_usd: float
    created_at: str
    finished_at: str | None


class ItemStatistics(Wire):
    """How students answered a question, over all sessions of the test. `facility` is the mean share of the marks.
    `point_biserial` correlates a right answer with the rest of the script. Both are null without enough answers.
    """

    n: int
    n_blank: int
    facility: float | None
    point_biserial: float | None
    choices: dict[Letter, int]
    unused_distractors: list[Letter]


class TestQuestion(Wire):
    """`options` stand in printed order, A to D. The question is printed and marked under its `number`. `slot` is the
    place for which it was written.
    """

    id: str
    slot: int
    number: int
    question: str
    kind: KindName
    prompts: list[str]
    options: list[str]
    correct_option: str
    why_wrong: dict[str, str]
    explanation: str
    difficulty: Difficulty
    topic: str
    bloom: str | None
    page: int | None
    quote: str
    max_marks: float
    checks: Checks
    state: Literal["draft", "accepted", "edited"]
    created_at: str
    updated_at: str


class MeasuredDifficulty(Wire):
    """How many solvers found the key without the quote. A question with a `share` of two thirds or more is EASY, of one
    third or less HARD.
    """

    right: int
    solvers: int
    share: float
    level: Difficulty


class MeasuredQuestion(TestQuestion):
    """`measured_difficulty` is null where no solver tried the question as it is worded now."""

    statistics: ItemStatistics | None
    measured_difficulty: MeasuredDifficulty | None


class Taxonomy(Wire):
    """How many questions there are of each kind, Bloom level, topic, page of the document, and measured difficulty."""

    kinds: dict[str, int]
    blooms: dict[str, int]
    topics: dict[str, int]
    pages: dict[str, int]
    measured_difficulty: dict[str, int]


class TestDetail(TestSummary):
    questions: list[MeasuredQuestion]
    taxonomy: Taxonomy


class TestAttempt(Wire):
    """One answer of a model with its outcome. `raw.content` is the model's own text."""

    slot: int
    round: int
    role: Literal["writer", "solver"]
    model: str
    with_quote: bool
    raw: RawAnswer
    verdict: Judgement
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    created_at: str


class TestAttempts(Wire):
    """`slot` is null in a list over all slots."""

    slot: int | None
    attempts: list[TestAttempt]
