"""Wire models of `/grade`."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.schemas.base import JsonObject, NonEmptyText, Request, SessionId, Wire, form
from app.settings import MODEL_NAME

MOST_TRIES = 20
Tries = Annotated[int, Field(ge=1, le=MOST_TRIES, strict=True)]
ModelName = Annotated[NonEmptyText, *form(MODEL_NAME, "must be provider/model, as OpenRouter spells it", longest=200)]
InstanceId = Annotated[NonEmptyText, Field(max_length=200)]


class ModelSpec(Request):
    """A model with its settings. OpenRouter gets `reasoning` and `provider` unchanged."""

    name: ModelName
    tries: Tries | None = None
    reasoning: JsonObject | None = None
    provider: JsonObject | None = None


class GradeModelSpec(ModelSpec):
    """One marker. The same model twice needs distinct `instance_id`s."""

    instance_id: InstanceId | None = None


class GradePairSpec(Request):
    """One marker of two models: one reads the criteria off the rubric images, the other marks by them."""

    rubric_model: ModelSpec
    assessment_model: ModelSpec
    instance_id: InstanceId | None = None


class GradePlanReq(Request):
    """The models that mark, and how often. `models: []` without pairs repeats what the stored plan left unfinished."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"models": [{"name": "openai/gpt-5-mini", "tries": 3}]}]})

    models: list[GradeModelSpec] | None = None
    model_pairs: list[GradePairSpec] | None = None
    default_tries: Tries | None = None
    reasoning: JsonObject | None = None
    provider: JsonObject | None = None
    force: bool = False


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


class GradeSingleRes(Wire):
    """The run has started: poll `GET /sessions/{session_id}`. With `wait`: the run has ended, and how."""

    ok: bool = True
    session_id: str
    status: Literal["grading", "graded", "failed"] = "grading"
    failure_reason: str | None = None
    notes: list[str] = Field(default_factory=list)
