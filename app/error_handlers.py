"""The one place where an error becomes a response: `{"error": {code, message, details, correlation_id}}`."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.errors import AppError

log = logging.getLogger(__name__)

_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "PAYLOAD_TOO_LARGE"}


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
) -> JSONResponse:
    correlation_id = scope.get("state", {}).get("correlation_id")
    error = {"code": code, "message": message, "details": details or {}, "correlation_id": correlation_id}
    return JSONResponse({"error": error}, status_code=status, headers=dict(headers or {}))


async def _app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 - what the handler is registered for
    return envelope(
        request.scope, error.status, error.code, error.message, details=error.details, headers=error.headers
    )


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what the handler is registered for
    problems = [_problem(problem) for problem in error.errors()]
    first = problems[0]
    message = f"{first['field']}: {first['message']}" if first["field"] else str(first["message"])
    return envelope(request.scope, 422, "VALIDATION_ERROR", message, details={"errors": problems})


def _problem(problem: Mapping[str, Any]) -> dict[str, str]:
    """The field as a dotted path without where it stood (body, query, path), and pydantic's sentence about it."""
    return {"field": _field(problem["loc"]), "message": str(problem["msg"]).removeprefix("Value error, ")}


def _field(location: Sequence[int | str]) -> str:
    if location and location[0] in {"body", "query", "path", "header"}:
        location = location[1:]
    # A position in broken JSON is no field.
    return ".".join(str(part) for part in location) if any(isinstance(part, str) for part in location) else ""


async def _http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what the handler is registered for
    if error.status_code == 400:  # noqa: PLR2004 - FastAPI's word for a body that is no JSON
        problems = [{"field": "", "message": "The body is not valid JSON."}]
        return envelope(
            request.scope, 422, "VALIDATION_ERROR", "The body is not valid JSON.", details={"errors": problems}
        )
    messages = {404: "There is nothing at this address.", 405: "This address does not take that method."}
    message = messages.get(error.status_code, str(error.detail))
    code = _CODES.get(error.status_code, "BAD_REQUEST")
    return envelope(request.scope, error.status_code, code, message, headers=error.headers)
