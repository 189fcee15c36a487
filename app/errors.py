"""Every error of the HTTP contract, as one tree: a status, a code, a message for the caller."""

from collections.abc import Mapping
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


def error_body(code: str, message: str, details: Mapping[str, Any], correlation_id: str | None) -> dict[str, Any]:
    """The envelope: every error reaches clients in this shape."""
    return {"error": {"code": code, "message": message, "details": dict(details), "correlation_id": correlation_id}}
