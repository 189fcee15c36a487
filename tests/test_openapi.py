"""The description at /openapi.json: an example for each body that the server would take, one error everywhere."""

import pytest
from pydantic import ValidationError

import app.schemas.exams
import app.schemas.grade
import app.schemas.images
import app.schemas.questions
import app.schemas.sessions
import app.schemas.settings
from app.main import create_app
from app.schemas.errors import ErrorEnvelope
from app.settings import Settings

DESCRIPTION = create_app(Settings()).openapi()
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


async def test_description_and_pages_are_served(client_without_database):
    assert (await client_without_database.get("/openapi.json")).json()["info"]["title"] == "Secondmark"
    assert (await client_without_database.get("/docs")).status_code == 200
