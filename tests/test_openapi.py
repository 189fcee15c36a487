"""The description at /openapi.json: an example for each body that the server would take, one error everywhere."""

import re

import pytest
from pydantic import ValidationError

import app.schemas.exams
import app.schemas.grade
import app.schemas.images
import app.schemas.questions
import app.schemas.sessions
import app.schemas.settings
from app.schemas.errors import ErrorEnvelope
from tests.support.description import DESCRIPTION

SCHEMAS = DESCRIPTION["components"]["schemas"]


def json_bodies():
    for path, operations in DESCRIPTION["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if schema := content.get("application/json", {}).get("schema"):
                choices = [schema, *schema.get("anyOf", [])]
                yield f"{method} {path}", next(choice["$ref"] for choice in choices if "$ref" in choice).split("/")[-1]


@pytest.mark.parametrize(("operation", "schema"), list(json_bodies()))
def test_every_body_has_an_example_that_is_one(operation, schema):
    (model,) = {getattr(module, schema) for module in vars(app.schemas).values() if hasattr(module, schema)}

    assert SCHEMAS[schema]["examples"]
    for example in SCHEMAS[schema]["examples"]:
        model.model_validate(example)


def test_an_example_that_is_none_would_be_noticed():
    with pytest.raises(ValidationError):
        app.schemas.sessions.RenameSessionReq.model_validate({"name": ""})


def test_the_polled_object_has_an_example_that_is_one():
    (example,) = SCHEMAS["SessionProgress"]["examples"]
    complete = dict.fromkeys(SCHEMAS["SessionProgress"]["required"]) | example  # FastAPI leaves nulls out

    assert app.schemas.sessions.SessionProgress.model_validate(complete).model_dump(mode="json") == complete


def test_errors_are_described_by_the_envelope_and_never_as_fastapi_s_own():
    assert not {"HTTPValidationError", "ValidationError"} & set(SCHEMAS)
    ErrorEnvelope.model_validate(SCHEMAS["ErrorEnvelope"]["examples"][0])
    for operations in DESCRIPTION["paths"].values():
        for operation in operations.values():
            assert {"400", "401", "403", "404", "409", "413", "422", "429", "500", "503"} <= set(operation["responses"])


def test_every_operation_has_an_id_that_client_generators_use():
    ids = [operation["operationId"] for _, operation in operations()]

    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []
    assert {"createSession", "gradeSession", "getSessionAgreement", "getExamAgreement"} <= set(ids)


def test_the_description_says_who_may_call():
    assert DESCRIPTION["security"] == [{"key": []}, {}]
    assert DESCRIPTION["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert DESCRIPTION["paths"]["/health"]["get"]["security"] == []
    assert DESCRIPTION["paths"]["/images/upload/{path}"]["put"]["security"] == [{"signedAddress": []}]


def test_every_topic_is_explained():
    assert {tag for _, operation in operations() for tag in operation["tags"]} == {
        tag["name"] for tag in DESCRIPTION["tags"]
    }


def operations():
    for path, methods in DESCRIPTION["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def successes():
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            if status < "300" and status != "204":
                yield f"{name} {status}", answer


@pytest.mark.parametrize(("operation", "answer"), list(successes()))
def test_every_answer_has_a_schema(operation, answer):
    assert answer["content"]
    for media_type, media in answer["content"].items():
        schema = media["itemSchema"] if media_type == "text/event-stream" else media["schema"]
        assert schema, media_type


# Keys whose values are another's: OpenRouter's settings, and the replies to its requests.
OPEN = {"reasoning", "rubricReasoning", "assessmentReasoning", "provider", "rubricProvider", "assessmentProvider"}
OPEN |= {"exchanges", "completions"}


def untyped(schema, path):
    """The places in a schema where a client generator would write `unknown`."""
    if schema.get("type") == "object" and not schema.get("properties"):
        values = schema.get("additionalProperties", True)
        if values is True:
            yield path
    elif not {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"} & set(schema):
        yield path
    inner = [(f"{path}.{name}", value) for name, value in schema.get("properties", {}).items() if name not in OPEN]
    inner += [(path, schema[key]) for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    inner += [(path, choice) for choice in schema.get("anyOf", [])]
    for where, part in inner:
        yield from untyped(part, where)


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_field_is_unknown_to_a_client_generator(name):
    assert sorted(set(untyped(SCHEMAS[name], name))) == []


async def test_description_and_pages_are_served(client_without_database):
    assert (await client_without_database.get("/openapi.json")).json()["info"]["title"] == "Secondmark"
    assert (await client_without_database.get("/docs")).status_code == 200
