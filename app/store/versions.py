"""Which version a database has, and what to say when a call fails because it is another than the program needs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.errors import AppError
from app.store.migrations import FIRST, versions_apart
from app.store.transport import StoreError

Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

# A function, table or column that is not there, as Postgres and PostgREST say it.
MISSING_FUNCTION = frozenset({"42883", "PGRST202"})
MISSING = MISSING_FUNCTION | {"42P01", "42703", "PGRST205"}


async def database_version(call: Call) -> str | None:
    """The newest migration of the database; None for a database without any. Raises the errors of `call`."""
    try:
        return str((await call("database_version", {}))["migration"] or FIRST)
    except StoreError as error:
        if error.sqlstate not in MISSING_FUNCTION:
            raise
    try:
        await call("ping", {})
    except StoreError as error:
        if error.sqlstate not in MISSING_FUNCTION:
            raise
        return None
    # 0.1.0 could not be asked.
    return FIRST


async def explained(error: StoreError, call: Call) -> StoreError:
    """The error itself; of something missing, one that says which version there is and which is needed."""
    if error.sqlstate not in MISSING:
        return error
    try:
        found = await database_version(call)
    except AppError:
        return error
    return StoreError(versions_apart(found), sqlstate=error.sqlstate)
