"""The one place where an error becomes a response: `{"error": {code, message, details, correlation_id}}`, or a page
with the same sentence for a person in a browser.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app.errors import AppError, InsufficientStorageError, error_body
from app.pages.frame import page_of
from app.pages.wishes import wants_page
from app.storage.disk import FULL, says_full

log = logging.getLogger(__name__)

_CODES = {404: "NOT_FOUND", 413: "PAYLOAD_TOO_LARGE"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# A body of 8 MB can hold a million wrong fields.
MOST_PROBLEMS = 50
_NO_JSON = "The body is not valid JSON."
_NO_OBJECT = "The body must be a JSON object, sent as Content-Type: application/json."
# pydantic's errors for a body that is no object. Its other errors about a whole body carry our own sentences.
_NO_OBJECT_TYPES = frozenset({"missing", "model_type", "model_attributes_type", "dict_type"})


def install(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_exception)


def envelope(
    scope: Mapping[str, Any],
    status: int,
    code: str,
    message: str,
    *,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    correlation_id = scope.get("state", {}).get("correlation_id")
    if wants_page(scope):
        return _error_page(scope, status, message, correlation_id, headers or {})
    body = error_body(code, message, details or {}, correlation_id)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def _error_page(
    scope: Mapping[str, Any], status: int, message: str, correlation_id: str | None, headers: Mapping[str, str]
) -> Response:
    name = HTTPStatus(status).phrase
    response = page_of(
        scope, "error.html", status=status, name=name, message=message, correlation_id=correlation_id or ""
    )
    response.status_code = status
    response.headers.update(headers)
    return response


def app_error_response(scope: Mapping[str, Any], error: AppError) -> Response:
    """The error as the client sees it. The cause of a server fault goes to the log only."""
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", type(error).__name__, error.message)
        return internal_error(scope)
    return envelope(scope, error.status, error.code, error.message, details=error.details, headers=error.headers)


def internal_error(scope: Mapping[str, Any]) -> Response:
    return envelope(scope, 500, "INTERNAL_ERROR", "The server failed. Its log has the cause under the correlation_id.")


async def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - what the handler is registered for
    return app_error_response(request.scope, error)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what the handler is registered for
    found = error.errors()
    problems = [_problem(problem) for problem in found[:MOST_PROBLEMS]]
    first = problems[0]
    message = f"{first['field']}: {first['message']}" if first["field"] else str(first["message"])
    details: dict[str, Any] = {"errors": problems}
    if len(found) > MOST_PROBLEMS:
        details["n_errors"] = len(found)
    return envelope(request.scope, 422, "VALIDATION_ERROR", message, details=details)


def _problem(problem: Mapping[str, Any]) -> dict[str, str]:
    """The field as a dotted path, without its place (body, query, path), and pydantic's sentence about it."""
    field = _field(problem["loc"])
    if not field and problem["type"] == "json_invalid":
        return {"field": "", "message": _NO_JSON}
    if not field and problem["loc"][0] == "body" and problem["type"] in _NO_OBJECT_TYPES:
        return {"field": "", "message": _NO_OBJECT}
    if problem["type"] == "too_long" and isinstance(problem.get("input"), str):
        return {"field": field, "message": f"must have at most {problem['ctx']['max_length']} characters"}
    if problem["type"] == "extra_forbidden":
        return {"field": field, "message": f"There is no field {problem['loc'][-1]!r} here. Take it out."}
    return {"field": field, "message": str(problem["msg"]).removeprefix("Value error, ")}


def _field(location: Sequence[int | str]) -> str:
    if location and location[0] in {"body", "query", "path", "header"}:
        location = location[1:]
    # A character position in broken JSON is not a field.
    return ".".join(str(part) for part in location) if any(isinstance(part, str) for part in location) else ""


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what the handler is registered for
    if says_full(error.__cause__):  # A large form is kept on the disk while it arrives.
        return app_error_response(request.scope, InsufficientStorageError(FULL))
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's answer to a body that is neither JSON nor a form
        is_form = request.headers.get("Content-Type", "").startswith("multipart/")
        message = f"The form cannot be read: {error.detail}" if is_form else _NO_JSON
        problems = [{"field": "", "message": message}]
        return envelope(request.scope, 422, "VALIDATION_ERROR", message, details={"errors": problems})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return envelope(
            request.scope,
            405,
            "METHOD_NOT_ALLOWED",
            "This address does not take that method.",
            headers={"Allow": ", ".join(_allowed(request))},
        )
    code = _CODES.get(error.status_code, "BAD_REQUEST")
    message = "There is nothing at this address." if code == "NOT_FOUND" else str(error.detail)
    return envelope(request.scope, error.status_code, code, message, headers=error.headers)


def _allowed(request: Request) -> Iterator[str]:
    """Every method that the address takes. Starlette lists the methods of the first matching route only."""
    for method in _METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            yield method
