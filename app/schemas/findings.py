"""Wire models of reasons and findings, as they are stored in JSON. A key without a value is left out."""

from typing import Any, NotRequired

from pydantic import ConfigDict

# Before Python 3.12 pydantic accepts only this TypedDict.
from typing_extensions import TypedDict

OPEN = ConfigDict(extra="allow")


class Finding(TypedDict):
    """Why a question or a call has no mark, or what was odd about an answer.

    `reason` is a word of docs/reasons.md or its sentence, `message` a sentence, `code` always the word. `found` is what
    the model wrote there, shortened. `stage` stands on errors of a call.
    """

    __pydantic_config__ = OPEN  # type: ignore[misc] # pydantic's way to configure a TypedDict

    reason: str
    message: str
    code: NotRequired[str]
    question_id: NotRequired[str]
    found: NotRequired[str | None]
    stage: NotRequired[str]


class CheckFinding(TypedDict):
    """What a check found about a generated question. A `blocking` finding rejects it, others are remarks."""

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    code: str
    message: str
    blocking: bool
    found: NotRequired[str | None]


class BlindSolve(TypedDict):
    """How many solvers answered and how many of them chose the key, with the quote and without it."""

    right_with_quote: int
    with_quote: int
    right_without: int
    without: int


class Checks(TypedDict):
    """The checks of a question. `edited` names the fields that changed afterwards. `removed` names texts that the
    server deleted because they argued for another key. `unconfirmed` names texts that were written for an earlier
    wording.
    """

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    round: NotRequired[int]
    findings: NotRequired[list[CheckFinding]]
    blind: NotRequired[BlindSolve]
    edited: NotRequired[list[str]]
    removed: NotRequired[list[str]]
    unconfirmed: NotRequired[list[str]]


class Judgement(TypedDict):
    """The outcome of one answer of a writer or a solver. `answer` is the letter that a solver chose."""

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    outcome: NotRequired[str]
    final: NotRequired[bool]
    message: NotRequired[str | None]
    answer: NotRequired[str | None]
    findings: NotRequired[list[CheckFinding]]


class RawAnswer(TypedDict):
    """`content` is the model's own text, null where there was no answer; `exchanges` lists the HTTP requests."""

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    content: NotRequired[str | None]
    exchanges: NotRequired[list[dict[str, Any]]]


class ReusableModel(TypedDict):
    """A model of a plan, in the form in which `POST /grade/single` takes it."""

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    name: str
    tries: int
    instance_id: NotRequired[str | None]
    reasoning: NotRequired[dict[str, Any] | None]
    provider: NotRequired[dict[str, Any] | None]


class StoredPair(TypedDict):
    """A pair of models of a plan, with the names that existing clients read. Reasoning is as the client sent it. A
    setting below `instanceId` is present only if the client sent it.
    """

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    rubricModel: str
    assessmentModel: str
    rubricReasoning: NotRequired[dict[str, Any] | None]
    assessmentReasoning: NotRequired[dict[str, Any] | None]
    instanceId: NotRequired[str | None]
    rubricProvider: NotRequired[dict[str, Any]]
    assessmentProvider: NotRequired[dict[str, Any]]
    rubricTemplate: NotRequired[str]
    assessmentTemplate: NotRequired[str]
    rubricTemperature: NotRequired[float]
    assessmentTemperature: NotRequired[float]
    rubricMaxTokens: NotRequired[int]
    assessmentMaxTokens: NotRequired[int]
    rubricSeed: NotRequired[int]
    assessmentSeed: NotRequired[int]
    examples: NotRequired[list[str]]
    tries: NotRequired[int]


class FieldProblem(TypedDict):
    """One field at fault. `line` is present if the field is in a file."""

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    field: str
    message: str
    line: NotRequired[int]


class ErrorDetails(TypedDict):
    """`errors` is present with status 422 and names each field at fault. Other codes add keys of their own."""

    __pydantic_config__ = OPEN  # type: ignore[misc] # as above

    errors: NotRequired[list[FieldProblem]]
