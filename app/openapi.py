"""The description at /openapi.json: FastAPI's own, with the names and errors that client generators need."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app.schemas.errors import ErrorEnvelope

JSON = "application/json"
SIGNED = ("/images/upload/", "/images/file/")
OPEN = ("/health", "/health/ready")
SCHEMA = "#/components/schemas/{model}"

ERRORS = {
    400: "The request cannot be carried out",
    401: "A key or token is missing or invalid",
    403: "This caller may not do this",
    404: "There is nothing with this id or at this address",
    405: "This address does not take the method",
    409: "The request conflicts with the current state",
    413: "The request is too large",
    422: "A field has an invalid value",
    429: "Too many requests",
    500: "The server failed",
    503: "A setting is missing, or a service that the server needs does not answer",
    507: "The disk of the server or of its database is full: nothing can be stored",
}
SECURITY_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "One of API_KEYS, or a user token of Supabase Auth. Without both, only this machine has access.",
    },
    "signedAddress": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "Part of an address that the server signed for one image.",
    },
}

TAGS = {
    "sessions": "One script each: create, list, poll, cancel, delete.",
    "documents": "Files from which tests are made.",
    "tests": "Multiple-choice tests made from documents.",
    "exams": "Sessions that share their questions.",
    "images": "Scans: signed uploads and registration.",
    "questions": "Questions and human marks of a session.",
    "grading": "Start a run and see its tokens.",
    "results": "Marks, reasons and totals.",
    "trust": "Agreement, review, exports and reports.",
    "settings": "Prompts and templates.",
    "models": "OpenRouter's list of models.",
    "health": "Whether the process lives and can work.",
}


def operation_id(route: APIRoute) -> str:
    """The function's name in camelCase: `create_session` becomes `createSession`."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def described_router(prefix: str, tag: str) -> APIRouter:
    """A router for the routes of a `DescribedApi`, whose ids are names for client generators.

    An application takes its routes as they are: `include_router` would prepare each of them a second time.
    """
    return APIRouter(prefix=prefix, tags=[tag], generate_unique_id_function=operation_id)


class DescribedApi(FastAPI):
    """An application whose description client generators can use. It takes the arguments of FastAPI."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(
            **arguments,
            openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        )

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _complete(super().openapi())
        return super().openapi()


def _complete(description: dict[str, Any]) -> None:
    components = description["components"]
    components["securitySchemes"] = SECURITY_SCHEMES
    envelope = {JSON: {"schema": _error_schema(components["schemas"])}}
    components["responses"] = {
        _error_name(status): {"description": text, "content": envelope} for status, text in ERRORS.items()
    }
    # Without keys and user tokens no credential is needed: the empty choice.
    description["security"] = [{"key": []}, {}]
    for path, operations in description["paths"].items():
        for operation in operations.values():
            _share_errors(operation["responses"])
            if path.startswith(SIGNED):
                operation["security"] = [{"signedAddress": []}]
            elif path in OPEN:
                operation["security"] = []


def _error_schema(schemas: dict[str, Any]) -> dict[str, str]:
    """Where the schema of errors stands in `schemas`, once it is put there in place of FastAPI's own two."""
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        schemas.pop(of_fastapi, None)
    envelope = ErrorEnvelope.model_json_schema(ref_template=SCHEMA, mode="serialization")
    schemas |= {**envelope.pop("$defs"), ErrorEnvelope.__name__: envelope}
    for name in sorted(schemas):
        schemas[name] = schemas.pop(name)
    return {"$ref": SCHEMA.format(model=ErrorEnvelope.__name__)}


def _share_errors(responses: dict[str, Any]) -> None:
    """Every refusal is the same JSON, also where a success is not JSON."""
    responses.pop("422", None)  # FastAPI's own
    for status in ERRORS:
        responses[str(status)] = {"$ref": f"#/components/responses/{_error_name(status)}"}


def _error_name(status: int) -> str:
    return HTTPStatus(status).name.title().replace("_", "")
