"""The wire model of every error."""

from pydantic import ConfigDict

from app.schemas.base import Wire
from app.schemas.findings import ErrorDetails


class ErrorBody(Wire):
    """`correlation_id` is also in the `X-Request-ID` header and in the server's log."""

    code: str
    message: str
    details: ErrorDetails
    correlation_id: str | None


class ErrorEnvelope(Wire):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "code": "VALIDATION_ERROR",
                        "message": "'2' is there twice.",
                        "details": {"errors": [{"field": "questions.1.question_id", "message": "'2' is there twice."}]},
                        "correlation_id": "9f2b8a52-6f0c-4b63-b8d8-1c2b5ba1f6a1",
                    }
                }
            ]
        }
    )

    error: ErrorBody
