"""Types of which the wire models are built: strings, marks and ids with their limits."""

import json
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from rapidfuzz import fuzz, process

from app.errors import NotFoundError
from app.strict_json import UNSTORABLE, UNSTORABLE_CHARACTERS

# numeric(10,2): eight digits before the point.
MARK_LIMIT = 100_000_000
# Settings of models nest far less deeply. JSON readers fail at far deeper nesting.
DEEPEST_JSON = 20
LONGEST_JSON = 20_000
# One letter too many, too few or wrong in a name of seven.
_ALIKE = 85
# A body of 8 MB can hold a million names of no field: only so many of one object are compared, and no long ones.
_MOST_SLIPS = 50
_LONGEST_SLIP = 100


def storable_text(value: str) -> str:
    """Gives the text back. Raises ValueError for NUL and lone surrogates, which Postgres cannot store."""
    if UNSTORABLE_CHARACTERS.search(value):
        raise ValueError(UNSTORABLE)
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def storable_json(value: Any) -> Any:
    """Gives the value back. Raises ValueError if jsonb cannot store a part of it, or if it nests too deeply or is too
    large.
    """
    _check_json(value, 0)
    # Every call of a plan stores it.
    if len(json.dumps(value)) > LONGEST_JSON:
        raise ValueError(f"must have at most {LONGEST_JSON} characters as JSON")
    return value


def _check_json(value: Any, depth: int) -> None:
    if depth > DEEPEST_JSON:
        raise ValueError(f"must not nest deeper than {DEEPEST_JSON} levels")
    if isinstance(value, str):
        storable_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must not contain NaN or infinities")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            storable_text(key)
            _check_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_json(item, depth + 1)


def form(pattern: str, sentence: str, *, longest: int) -> tuple[AfterValidator, WithJsonSchema]:
    """Annotations for a string that matches `pattern`. The error for another string is `sentence`."""

    def check(value: str) -> str:
        if len(value) > longest:
            raise ValueError(f"must have at most {longest} characters")
        if not re.fullmatch(pattern, value):
            raise ValueError(sentence)
        return value

    schema = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": f"^{pattern}$"}
    return AfterValidator(check), WithJsonSchema(schema)


def _mark(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic turns only ValueError into a field error
    if not abs(value) < MARK_LIMIT:  # NaN is not below anything
        raise ValueError(f"must be a finite number below {MARK_LIMIT}")
    if value < 0:
        raise ValueError("must not be negative")
    if round(value, 2) != value:
        raise ValueError("must have at most two decimals")
    return float(value)


def _id_of(what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            return str(UUID(value))
        except ValueError:
            # Not a validation error: to the client an impossible id is an id of nothing.
            raise NotFoundError(f"There is no such {what}.") from None

    return check


TEMPLATE_NAME_FORM = form("[a-z0-9_]+", "must be of lower-case letters, digits and _", longest=100)
Text = Annotated[str, AfterValidator(storable_text)]
NonEmptyText = Annotated[
    str,
    Field(min_length=1, json_schema_extra={"pattern": r"\S"}),
    AfterValidator(storable_text),
    AfterValidator(_not_blank),
]
JsonObject = Annotated[dict[str, Any], AfterValidator(storable_json)]
Mark = Annotated[float, BeforeValidator(_mark)]
SessionId = Annotated[str, AfterValidator(_id_of("session"))]
DocumentId = Annotated[str, AfterValidator(_id_of("document"))]
TestId = Annotated[str, AfterValidator(_id_of("test"))]
QuestionId = Annotated[str, AfterValidator(_id_of("question"))]
ImageId = Annotated[str, AfterValidator(_id_of("image"))]
ExamId = Annotated[str, AfterValidator(_id_of("exam"))]
ReviewId = Annotated[str, AfterValidator(_id_of("review"))]


class Wire(BaseModel):
    """A request or response body. Unknown keys of a request are ignored."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class OpenWire(Wire):
    """A response body that passes unnamed keys on."""

    model_config = ConfigDict(extra="allow")


class Request(Wire):
    """A request body. An unknown name that is nearly the name of a missing field is refused, because ignoring the slip
    would silently change marks or costs. Other unknown names are ignored.
    """

    @model_validator(mode="before")
    @classmethod
    def _no_slips(cls, data: Any) -> Any:
        slips = list(_slips(data, cls.model_fields)) if isinstance(data, dict) else []
        if slips:
            raise ValidationError.from_exception_data(cls.__name__, slips)
        return data


def _slips(data: Mapping[str, Any], fields: Collection[str]) -> Iterator[InitErrorDetails]:
    """An error for each name that is nearly the name of a missing field. pydantic puts the path of the body's part in
    front of the name.
    """
    absent = [name for name in fields if name not in data]
    unknown = (name for name in data if name not in fields and len(name) <= _LONGEST_SLIP)
    for name in islice(unknown, _MOST_SLIPS):
        near = process.extractOne(name, absent, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if near is not None and data[name] is not None:
            said = PydanticCustomError(
                "slip", "{message}", {"message": f"There is no field {name}; is {near[0]} meant?"}
            )
            yield InitErrorDetails(type=said, loc=(name,), input=data[name])


class Ok(Wire):
    ok: bool = True
