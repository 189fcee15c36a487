"""The tables of procrastinate, which tells workers about new work, in a schema of their own.

The installed package brings their SQL. Its schema of today is applied once, and after an upgrade of the package the
migrations that were added since; which have been applied stands beside our own record.
"""

from collections.abc import Iterator
from importlib.resources import files

import psycopg
from psycopg import sql

from app.database.migrate import LOCK, connected
from app.database.record import Connection
from app.store.migrations import MigrationError

SCHEMA = "secondmark_queue"
RECORD = """
create table if not exists secondmark.queue_migration (
  name text primary key,
  applied_at timestamptz not null default clock_timestamp()
)
"""
NO_QUEUE = "The database has no queue, or that of an older version: run `secondmark migrate` with QUEUE=procrastinate."


def bring_up_queue(conninfo: str) -> bool:
    """Bring the queue to the installed version, in one transaction; whether anything was new. Raises MigrationError."""
    with connected(conninfo) as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(RECORD)
        applied = _applied(connection)
        missing = [name for name in _names() if name not in applied]
        if not missing:
            return False
        try:
            _apply(connection, missing, is_new=not applied)
        except psycopg.Error as error:
            raise MigrationError(f"The queue cannot be brought up to date: {error}") from error
        return True


def check_queue(conninfo: str) -> None:
    """Raises MigrationError for a database without the queue of this version."""
    with connected(conninfo) as connection:
        try:
            applied = _applied(connection)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            applied = set()
    if not set(_names()) <= applied:
        raise MigrationError(NO_QUEUE)


def _apply(connection: Connection, missing: list[str], *, is_new: bool) -> None:
    schema = sql.Identifier(SCHEMA)
    if is_new:
        connection.execute(sql.SQL("create schema {}").format(schema))
    connection.execute(sql.SQL("set local search_path = {}").format(schema))
    sources = ["schema.sql"] if is_new else [f"migrations/{name}" for name in missing]
    for source in sources:
        connection.execute((files("procrastinate.sql") / source).read_bytes())
    for name in missing:
        connection.execute("insert into secondmark.queue_migration (name) values (%s)", [name])
    for function in list(_functions(connection)):
        # Its functions name their tables without the schema; ours call them with an empty search path.
        connection.execute(sql.SQL("alter function {} set search_path = {}").format(sql.SQL(function), schema))
    for kind in ("tables", "sequences", "functions"):
        right = "all" if kind != "functions" else "execute"
        connection.execute(sql.SQL(f"grant {right} on all {kind} in schema {{}} to service_role").format(schema))
    connection.execute(sql.SQL("grant usage on schema {} to service_role").format(schema))
    connection.execute("set local search_path = default")


def _applied(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("select name from secondmark.queue_migration")}


def _names() -> list[str]:
    """Of all migrations that the installed package brings, oldest first."""
    folder = files("procrastinate.sql") / "migrations"
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))


def _functions(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        "select oid::regprocedure::text from pg_catalog.pg_proc where pronamespace = %s::regnamespace", [SCHEMA]
    )
    return (name for (name,) in rows)
