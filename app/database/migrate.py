"""Brings a database to the newest migration, and records it where `supabase db push` does, so that both may be used."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import errors, sql

from app.database.record import TABLES, Connection, note, pending, recorded
from app.store.migrations import Migration, MigrationError, migrations_directory, read_migrations

API_ROLES = ("anon", "authenticated", "service_role")
# Any number that never changes: releases of different age must wait for each other.
LOCK = 7_363_646_209


class DatabaseAwayError(MigrationError):
    """No connection: nothing is known about the database."""


def migrate(conninfo: str, directory: Path | None = None) -> list[str]:
    """Apply what is new in one transaction: all of it, or nothing. Returns the versions applied, oldest first.

    Any number of processes may call this at once. Raises MigrationError.
    """
    ours = read_migrations(directory or migrations_directory())
    with connected(conninfo) as connection:
        if not pending(connection, ours) and _all_noted(connection, ours):
            return []
        with upgrading(connection):
            new = pending(connection, ours)
            for migration in new:
                apply(connection, migration)
            note(connection, ours)
            mark(connection, ours[-1].version)
        connection.execute("notify pgrst, 'reload schema'")
        return [migration.version for migration in new]


def connected(conninfo: str, connect_timeout: int | None = None) -> Connection:
    """Raises DatabaseAwayError, and MigrationError for a conninfo that libpq does not understand."""
    try:
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None, connect_timeout=connect_timeout)
    except psycopg.OperationalError as error:
        raise DatabaseAwayError(f"The database cannot be reached: {error}") from error
    except psycopg.ProgrammingError:
        # Its text may quote a part of the password.
        raise MigrationError(
            "DATABASE_URL: libpq does not know one of its options. Write postgresql://user:password@host:port/database."
        ) from None


@contextmanager
def upgrading(connection: Connection) -> Iterator[None]:
    """One transaction, alone, with the roles and the record in place."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(TABLES)
        create_roles(connection, API_ROLES)
        yield


def apply(connection: Connection, migration: Migration) -> None:
    """Run it and record it. Raises MigrationError that names it."""
    try:
        connection.execute(migration.content)
    except psycopg.Error as error:
        raise MigrationError(
            f"The migration {migration.version}_{migration.name} failed, and the database is as it was before "
            f"({error.diag.message_primary or error}). If an unreleased version made the database, run `secondmark "
            "migrate --rebuild`, which keeps all rows."
        ) from error
    connection.execute(
        "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s)",
        [migration.version, migration.name, [migration.text]],
    )


def mark(connection: Connection, version: str) -> None:
    """Store the version where everybody who may call the functions can read it."""
    if connection.execute("select to_regprocedure('public.ping(jsonb)')").fetchone() != (None,):
        comment = sql.SQL("comment on function public.ping(jsonb) is {}")
        connection.execute(comment.format(sql.Literal(f"migration {version}")))


def create_roles(connection: Connection, roles: Iterable[str]) -> None:
    """Create the missing roles of a Supabase project, with the rights that they have there."""
    known = {name for (name,) in connection.execute("select rolname from pg_catalog.pg_roles")}
    for role in roles:
        if role in known:
            continue
        rights = {"service_role": "nologin noinherit bypassrls", "authenticator": "login noinherit"}
        create = sql.SQL("create role {} ").format(sql.Identifier(role)) + sql.SQL(
            rights.get(role, "nologin noinherit")
        )
        try:
            with connection.transaction():
                connection.execute(create)
        except (errors.DuplicateObject, errors.UniqueViolation):
            continue  # a migration of another database of this server made it at the same time
        except errors.InsufficientPrivilege as error:
            raise MigrationError(
                f"The role {role} is missing and this user may not create it. Ask an administrator for: "
                f"{create.as_string()}"
            ) from error


def _all_noted(connection: Connection, ours: Sequence[Migration]) -> bool:
    record = recorded(connection)
    return all(record[migration.version].sha256 for migration in ours)
