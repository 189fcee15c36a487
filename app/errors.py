"""Every error of the HTTP contract, as one tree: a status, a code, a message for the caller."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar


class AppError(Exception):
    """The root. The envelope shows `details` unchanged, so they hold no secret."""

    status: ClassVar[int] = 500
    code: str = "INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = dict(details or {})
        self.headers = dict(headers or {})


class BadRequestError(AppError):
    status = 400
    code = "BAD_REQUEST"


class UnauthorizedError(AppError):
    status = 401
    code = "UNAUTHORIZED"


class ForbiddenError(AppError):
    status = 403
    code = "FORBIDDEN"


class NotFoundError(AppError):
    status = 404
    code = "NOT_FOUND"


class ConflictError(AppError):
    status = 409
    code = "CONFLICT"


class PayloadTooLargeError(AppError):
    status = 413
    code = "PAYLOAD_TOO_LARGE"


class UnprocessableError(AppError):
    """A well-formed request with an invalid value. `field` names the field at fault."""

    status = 422
    code = "VALIDATION_ERROR"

    @classmethod
    def field(cls, field: str, message: str, *, code: str | None = None) -> "UnprocessableError":
        return cls(message, code=code, details={"errors": [{"field": field, "message": message}]})


class RateLimitedError(AppError):
    """The caller used up what it may use for now. `Retry-After` is in whole seconds."""

    status = 429
    code = "RATE_LIMITED"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        wait = seconds_of_day_left() if retry_after_seconds is None else retry_after_seconds
        super().__init__(message, code=code, details=details, headers={"Retry-After": str(wait)})


def seconds_of_day_left() -> int:
    """Whole seconds until the day ends in UTC, where limits of a day begin anew."""
    now = datetime.now(UTC)
    return int(86_400 - (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()) + 1


class InsufficientStorageError(AppError):
    """The disk is full; the same request works when there is room again."""

    status = 507
    code = "INSUFFICIENT_STORAGE"


class NotConfiguredError(AppError):
    """The operator has to set a variable first. The message names it."""

    status = 503
    code = "NOT_CONFIGURED"


class UpstreamUnavailableError(AppError):
    """The database, the storage or OpenRouter does not answer. The same request may work later."""

    status = 503
    code = "UPSTREAM_UNAVAILABLE"


class DatabaseFullError(UpstreamUnavailableError):
    """The disk of the database is full. A run waits for room, as it waits for a database that is away."""

    status = 507
    code = "INSUFFICIENT_STORAGE"


def error_body(code: str, message: str, details: Mapping[str, Any], correlation_id: str | None) -> dict[str, Any]:
    """The envelope: every error reaches clients in this shape."""
    return {"error": {"code": code, "message": message, "details": dict(details), "correlation_id": correlation_id}}
