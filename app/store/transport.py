"""How the store reaches the database: one operation, and one reading of what may go wrong, for both transports."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol
from uuid import UUID

import pydantic_core

from app.errors import (
    AppError,
    BadRequestError,
    ConflictError,
    DatabaseFullError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    UnprocessableError,
    UpstreamUnavailableError,
)

FUNCTION_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

# Raised by our own SQL functions: message for the user, detail = envelope code, hint = details as JSON.
OWN_ERRORS: Mapping[str, type[AppError]] = {
    "SM400": BadRequestError,
    "SM404": NotFoundError,
    "SM409": ConflictError,
    "SM413": PayloadTooLargeError,
    "SM422": UnprocessableError,
    # A limit of the day: Retry-After is what is left of the day.
    "SM429": RateLimitedError,
}
# The same call may work later: connection trouble, shutdown, no room, PostgREST without its database, a lost race
# (40001, 40P01), a lock not free (55P03), a time limit (57014), a database that is read-only for now (25006).
DISK_FULL = "53100"
LATER = re.compile(r"08...|57P0.|53...|PGRST00.|40001|40P01|55P03|57014|25006")
GATEWAY_STATUSES = frozenset({408, 429, 502, 503, 504, *range(520, 531)})


class StoreError(AppError):
    """The database refused a call for a reason that no client can do anything about. `sqlstate` says which."""

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class DataError(StoreError):
    """A value that Postgres cannot hold (class 22). Sending it again cannot help."""


class Transport(Protocol):
    """Calls `public.<function>(args jsonb) returns jsonb`.

    A call whose connection breaks under it is made once more: functions must be safe to repeat. Raises the AppErrors
    of `error_for`.
    """

    async def open(self) -> None:
        """Get ready. Succeeds while the database is away."""

    async def close(self) -> None: ...

    async def call(self, function: str, arguments: Mapping[str, Any]) -> Any:
        """What the function returned, as Python values."""

    async def call_text(self, function: str, arguments: Mapping[str, Any]) -> bytes:
        """What the function returned, as JSON in UTF-8, for handing on unread."""

    async def ping(self) -> bool:
        """Whether the database answers, within a second or two."""


def checked_name(function: str) -> str:
    if not FUNCTION_NAME.fullmatch(function):
        raise ValueError(f"not the name of a function: {function!r}")
    return function


# The argument that takes most of the JSON that is written. It holds JSON's own types only, which pydantic writes three
# times as fast; times it would write in another form.
_ROWS_OF_CALLS = "outcomes"


def to_json(arguments: Mapping[str, Any]) -> str:
    """Raises DataError for what JSON or Postgres cannot hold: NaN, infinities, lone surrogates."""
    try:
        if _ROWS_OF_CALLS in arguments:
            # As the database refuses them, NaN and infinities are written by their names.
            return pydantic_core.to_json(arguments, inf_nan_mode="constants").decode()
    except ValueError:
        pass  # Python's own encoder knows more types and deeper ones, and says what is wrong
    try:
        text = json.dumps(arguments, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
        text.encode()
    except ValueError as error:
        raise unstorable(error) from error
    return text


def error_for(sqlstate: str | None, message: str, *, detail: str | None = None, hint: str | None = None) -> AppError:
    """What an error of Postgres or of PostgREST means to the caller.

    `detail` and `hint` are read only where our own functions raised; other errors quote data and stay with the cause.
    """
    state = sqlstate or ""
    if state in OWN_ERRORS:
        return OWN_ERRORS[state](message, code=detail or None, details=_details(hint))
    if state == DISK_FULL:
        return DatabaseFullError("The disk of the database is full: nothing can be stored. Free some room.")
    if LATER.fullmatch(state):
        return unavailable()
    if state.startswith("22"):
        return DataError(f"A value cannot be stored ({state}).", sqlstate=state)
    if state in {"42883", "PGRST202"}:
        return StoreError("The database is not up to date: run `secondmark migrate`.", sqlstate=state)
    return StoreError(f"The database refused a call ({state or 'no code'}).", sqlstate=sqlstate)


def unavailable() -> UpstreamUnavailableError:
    return UpstreamUnavailableError("The database does not answer. Try again in a moment.")


def unstorable(error: ValueError) -> DataError:
    return DataError(f"A value cannot be stored ({type(error).__name__}).", sqlstate="22P02")


def _details(hint: str | None) -> dict[str, Any]:
    try:
        details = json.loads(hint or "{}")
    except ValueError:
        return {}
    return details if isinstance(details, dict) else {}


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")
