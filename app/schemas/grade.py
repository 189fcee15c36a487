"""Wire models of `/grade`."""

import inspect
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema, model_validator

from app.schemas.base import TEMPLATE_NAME_FORM, JsonObject, NonEmptyText, Request, SessionId, Wire, form
from app.setting_types import MODEL_NAME

MOST_TRIES = 20
Tries = Annotated[int, Field(ge=1, le=MOST_TRIES, strict=True)]
ModelName = Annotated[NonEmptyText, *form(MODEL_NAME, "must be provider/model, as OpenRouter spells it", longest=200)]
TemplateName = Annotated[str, *TEMPLATE_NAME_FORM]
MaxCost = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]
InstanceId = Annotated[NonEmptyText, Field(max_length=200)]
MOST_EXAMPLES = 20
# What is read of a plan at all; MAX_PLAN_MODELS decides which plans may start.
MOST_MARKERS = 10_000
SplitName = Literal["none", "question", "page"]


def _examples(value: object) -> int | list[str]:
    if isinstance(value, list):
        if not 1 <= len(value) <= MOST_EXAMPLES or not all(isinstance(one, str) for one in value):
            raise ValueError(f"must name 1 to {MOST_EXAMPLES} sessions by their ids")
        if len(set(value)) < len(value):
            raise ValueError("must name each session once")
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_EXAMPLES:
        raise ValueError(f"must be a number from 1 to {MOST_EXAMPLES}, or a list of session ids")
    return value


Examples = Annotated[
    int | list[str],
    PlainValidator(_examples),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_EXAMPLES},
                {
                    "type": "array",
                    "items": {"type": "string", "format": "uuid"},
                    "minItems": 1,
                    "maxItems": MOST_EXAMPLES,
                    "uniqueItems": True,
                },
            ]
        }
    ),
]


class Spec(Request):
    """A part of a plan. The server refuses unknown fields: to ignore one could change marks or costs unnoticed."""

    model_config = ConfigDict(extra="forbid")


class TriesUntil(Spec):
    """`min` tries of every script. Then further ones, `max` at most, as long as an answer is in doubt: the tries of all
    markers so far disagree, so that further ones might change the mark.
    """

    min: Tries = 1
    max: Tries
    until: Literal["settled"]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min must not be above max")
        return self


def _tries(value: object) -> int | TriesUntil:
    if isinstance(value, TriesUntil):
        return value
    if isinstance(value, dict):
        try:
            return TriesUntil.model_validate(value)
        except ValidationError as error:
            [*_, slip] = error.errors()
            place = ".".join(map(str, slip["loc"]))
            raise ValueError(f"{place}: {slip['msg']}" if place else slip["msg"]) from None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_TRIES:
        raise ValueError(f'must be a whole number from 1 to {MOST_TRIES}, or {{"min", "max", "until": "settled"}}')
    return value


_NUMBER_OF_TRIES = {"type": "integer", "minimum": 1, "maximum": MOST_TRIES}
TriesOrRule = Annotated[
    int | TriesUntil,
    PlainValidator(_tries),
    WithJsonSchema(
        {
            "anyOf": [
                _NUMBER_OF_TRIES,
                {
                    "type": "object",
                    "description": inspect.cleandoc(TriesUntil.__doc__ or ""),
                    "properties": {
                        "min": _NUMBER_OF_TRIES | {"default": 1},
                        "max": _NUMBER_OF_TRIES,
                        "until": {"type": "string", "const": "settled"},
                    },
                    "required": ["max", "until"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class ModelSpec(Spec):
    """A model with its settings. OpenRouter gets `reasoning` and `provider` unchanged.

    `template` and `rubric_template` name stored prompts for this marker alone; without them the session's are used.
    With a `seed`, the first try sends it and each further try the next number. `max_tokens` limits each call's output.
    `examples`: the marker sees these scripts with the human's marks before the student's. A list names sessions. With a
    number, the server chooses that many scripts of the exam. No figure of the marker counts these scripts.
    `split`: one request for the whole script (`none`), or one for each question or page; the whole costs more then.
    """

    name: ModelName
    tries: TriesOrRule | None = None
    reasoning: JsonObject | None = None
    provider: JsonObject | None = None
    temperature: Annotated[float, Field(ge=0, le=2, strict=True)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000, strict=True)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1 - MOST_TRIES, strict=True)] | None = None
    template: TemplateName | None = None
    rubric_template: TemplateName | None = None
    examples: Examples | None = None
    split: SplitName | None = None


class GradeModelSpec(ModelSpec):
    """One marker. The same model twice, such as with two prompts, needs distinct `instance_id`s."""

    instance_id: InstanceId | None = None


class GradePairSpec(Spec):
    """One marker of two models: one reads the criteria off the rubric images, the other marks by them.

    The assessment model's `template` and the rubric model's `rubric_template` name the prompts of the pair.
    """

    rubric_model: ModelSpec
    assessment_model: ModelSpec
    instance_id: InstanceId | None = None

    @model_validator(mode="after")
    def _prompts_of_their_stage(self) -> Self:
        if self.rubric_model.template is not None:
            raise ValueError("rubric_model does not mark: name its prompt as rubric_template")
        if self.rubric_model.examples is not None:
            raise ValueError("rubric_model does not mark: give examples to assessment_model")
        if self.rubric_model.split is not None:
            raise ValueError("rubric_model does not mark: give split to assessment_model")
        if self.assessment_model.rubric_template is not None:
            raise ValueError("assessment_model reads no rubric: give rubric_template to rubric_model")
        return self


class GradePlanReq(Spec):
    """The models that mark, and how often. `models: []` without pairs repeats the calls of the stored plan that are not
    complete.

    `max_cost_usd` limits the cost of the run in US dollars, earlier starts of the same run included. For an exam it
    limits the cost of all its sessions together. A repeat that leaves it out keeps the stored limit; null lifts it.
    `split` holds for every model without an own one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"models": [{"name": "openai/gpt-5-mini", "tries": 3}]}]})

    models: Annotated[list[GradeModelSpec], Field(max_length=MOST_MARKERS)] | None = None
    model_pairs: Annotated[list[GradePairSpec], Field(max_length=MOST_MARKERS)] | None = None
    default_tries: Tries | None = None
    reasoning: JsonObject | None = None
    provider: JsonObject | None = None
    split: SplitName | None = None
    force: bool = False
    max_cost_usd: MaxCost | None = None


class ExamPlanReq(GradePlanReq):
    """A plan for an exam. `session_ids` chooses some of its sessions; without it all of them start."""

    session_ids: Annotated[list[SessionId], Field(min_length=1, max_length=100_000)] | None = None


class GradeSingleReq(GradePlanReq):
    """A plan for one session."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
                    "models": [
                        {"name": "anthropic/claude-sonnet-4.5", "tries": 3},
                        {"name": "openai/gpt-5-mini", "tries": 3, "reasoning": {"effort": "low"}},
                    ],
                },
                {
                    "session_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
                    "models": [{"name": "google/gemini-2.5-flash"}],
                    "default_tries": 5,
                },
            ]
        }
    )

    session_id: SessionId


class WatchReq(Spec):
    """Which markers mark all seeds again. `max_cost_usd` limits the cost of doing so, in US dollars."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_cost_usd": 2.5}]})

    max_cost_usd: MaxCost | None = None


class GradeSingleRes(Wire):
    """The run has started: poll `GET /sessions/{session_id}`. With `wait` it has ended, and the answer says how."""

    ok: bool = True
    session_id: str
    status: Literal["grading", "graded", "failed"] = "grading"
    failure_reason: str | None = None
    notes: list[str] = Field(default_factory=list)
