"""Tracebacks for the log: where an error came from and of what type it is, without data that its text may quote."""

import traceback
from collections.abc import Iterator
from json import JSONDecodeError

from app.errors import AppError

# Their texts name parts of the program or of the machine. Other texts may quote a value: int("...") does, and Postgres
# quotes the row that it refuses.
_TELL = (AppError, OSError, TypeError, AttributeError, ImportError, NameError, MemoryError, JSONDecodeError)
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def safe_traceback(error: BaseException) -> str:
    """The traceback of an error and of the errors before it, as Python prints it. Of an error whose text may quote
    data, only the type is named; of one of Postgres, its SQLSTATE as well.
    """
    return "".join(_parts(error, set())).rstrip("\n")


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen)
        yield _CAUSE if error.__cause__ is not None else _CONTEXT
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{described(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            if id(one) not in seen:
                yield from _parts(one, seen)


def described(error: BaseException) -> str:
    """The type of an error, and its text where that cannot quote data."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, _TELL):
        return f"{name}: {error}"
    sqlstate = getattr(error, "sqlstate", None)
    return f"{name} ({sqlstate})" if isinstance(sqlstate, str) else name
