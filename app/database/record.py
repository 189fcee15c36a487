"""The record of the migrations that a database has had, compared with those that this program brings.

Supabase's own record holds the versions. Beside it a table of ours holds the SHA-256 of each file, so that a file that
was changed afterwards is noticed. Databases of 0.1.0 have no such table: there the recorded text decides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors

from app import __version__
from app.store.migrations import Migration, MigrationError

TABLES = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
create schema if not exists secondmark;
create table if not exists secondmark.applied_migration (
  version text primary key,
  sha256 text not null,
  applied_by text not null,
  applied_at timestamptz not null default clock_timestamp()
);
"""
MADE_FUNCTION = re.compile(r"^create or replace function public\.(\w+)", re.MULTILINE)
DROPPED_FUNCTION = re.compile(r"^drop function public\.(\w+)", re.MULTILINE)

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A recorded migration: its text where the record holds one, the SHA-256 of its file where it was stored."""

    statements: str | None
    sha256: str | None


def recorded(connection: Connection) -> dict[str, Applied]:
    """By version; empty for a database without a record."""
    hashes = dict(_rows(connection, "select version, sha256 from secondmark.applied_migration"))
    rows = _rows(connection, "select version, to_jsonb(m) -> 'statements' from supabase_migrations.schema_migrations m")
    return {
        str(version): Applied(";".join(statements) if statements else None, hashes.get(version))
        for version, statements in rows
    }


def pending(connection: Connection, ours: Sequence[Migration]) -> list[Migration]:
    """The migrations of `ours` that the database lacks. Raises MigrationError if no upgrade is possible.

    A recorded version that we do not have is left alone when it is older than our newest: a project may have migrations
    of its own.
    """
    record = recorded(connection)
    refuse_newer(record, ours)
    if changed := [migration for migration in ours if not _as_applied(record, migration)]:
        raise MigrationError(_refusal(changed[0]))
    if record and not _functions_there(connection, record, ours):
        raise MigrationError(_refusal(ours[0]))
    return [migration for migration in ours if migration.version not in record]


def refuse_newer(record: Mapping[str, Applied], ours: Sequence[Migration]) -> None:
    """Raises MigrationError for a database of a newer program, whose functions may answer differently."""
    newest = max(record, default="")
    if newest > ours[-1].version:
        raise MigrationError(
            f"The database has the migration {newest}, which is newer than all of Secondmark {__version__} (up to "
            f"{ours[-1].version}). Upgrade Secondmark; or, if that migration is your own, run `supabase db push`."
        )


def note(connection: Connection, migrations: Sequence[Migration]) -> None:
    """Store the SHA-256 of migrations that the database has had."""
    for migration in migrations:
        connection.execute(
            "insert into secondmark.applied_migration (version, sha256, applied_by) values (%s, %s, %s)"
            " on conflict (version) do nothing",
            [migration.version, migration.sha256, __version__],
        )


def _as_applied(record: Mapping[str, Applied], migration: Migration) -> bool:
    """Whether the record shows the same text as the file has now. `supabase db push` records it in pieces."""
    applied = record.get(migration.version)
    if applied is None or (applied.sha256 is None and applied.statements is None):
        return True
    if applied.sha256 is not None:
        return applied.sha256 == migration.sha256
    return _without_ends(applied.statements or "") == _without_ends(migration.text)


def _without_ends(text: str) -> str:
    return re.sub(r"[\s;]+", "", text)


def _functions_there(connection: Connection, record: Mapping[str, Applied], ours: Sequence[Migration]) -> bool:
    """Whether the functions of the applied migrations exist. Asked if the record holds no text to compare."""
    had = [migration for migration in ours if migration.version in record]
    if all(applied.statements or applied.sha256 for applied in record.values()):
        return True
    names = {name for migration in had for name in MADE_FUNCTION.findall(migration.text)}
    names -= {name for migration in had for name in DROPPED_FUNCTION.findall(migration.text)}
    rows = connection.execute("select proname from pg_catalog.pg_proc where pronamespace = to_regnamespace('public')")
    return names <= {name for (name,) in rows}


def _refusal(migration: Migration) -> str:
    return (
        f"The database was made with another file {migration.version}_{migration.name}.sql than this program has (from "
        "an unreleased version, or the file was changed): put the released file back, or run `secondmark migrate "
        "--rebuild`, which makes the tables anew and keeps all rows."
    )


def _rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    try:
        with connection.transaction():
            return connection.execute(query.encode()).fetchall()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return []
