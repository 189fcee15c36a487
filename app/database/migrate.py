"""Brings a database to the newest migration, and records it where `supabase db push` does, so that both may be used.

A recorded version that we do not have is left alone when it is older than our newest: a project may have migrations of
its own. One that is newer than all of ours is an error: the database belongs to a newer release, whose functions may
answer differently. (`supabase db push` is stricter and refuses both.)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql

FILE_NAME = re.compile(r"(?P<version>\d{14})_(?P<name>.+)\.sql")
API_ROLES = ("anon", "authenticated", "service_role")
# Any number will do as long as it never changes: releases of different age must wait for each other.
LOCK = 7_363_646_209
RECORDS = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class MigrationError(Exception):
    """The database cannot be brought up to date. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: str
    name: str
    text: str


def migrations_directory() -> Path:
    """`supabase/migrations` of a checkout, or the copy that an installed wheel carries."""
    package = Path(str(files("app")))
    checkout = package.parent / "supabase" / "migrations"
    return checkout if checkout.is_dir() else package / "database" / "migrations"


def migrate(conninfo: str, directory: Path | None = None) -> list[str]:
    """Apply what is new, each migration in one transaction; the versions applied, oldest first.

    Any number of processes may call this at once. Raises MigrationError, or psycopg.Error for SQL that fails.
    """
    wanted = _read(directory or migrations_directory())
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        recorded = _recorded(connection)
        _refuse_newer(recorded, wanted)
        new = [migration for migration in wanted if migration.version not in recorded]
        if not new:
            return []
        _prepare(connection)
        applied = [migration.version for migration in new if _apply(connection, migration)]
        connection.execute("notify pgrst, 'reload schema'")
        return applied


def create_roles(connection: Connection, roles: Iterable[str]) -> None:
    """Make those of the roles of a Supabase project that are missing, with the rights they have there."""
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
            continue  # made by a migration of another database of this server, meanwhile
        except errors.InsufficientPrivilege as error:
            raise MigrationError(
                f"The role {role} is missing and this user may not create it. Ask an administrator for: "
                f"{create.as_string()}"
            ) from error


def _read(directory: Path) -> list[Migration]:
    found = {path: FILE_NAME.fullmatch(path.name) for path in sorted(directory.glob("*.sql"))}
    migrations = [Migration(m["version"], m["name"], path.read_text("utf-8")) for path, m in found.items() if m]
    if not migrations:
        raise MigrationError(f"There are no migrations in {directory}.")
    return migrations


def _recorded(connection: Connection) -> set[str]:
    try:
        rows = connection.execute("select version from supabase_migrations.schema_migrations")
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return set()
    return {str(version) for (version,) in rows}


def _refuse_newer(recorded: set[str], ours: list[Migration]) -> None:
    newest = ours[-1].version
    newer = sorted(version for version in recorded if version > newest)
    if newer:
        raise MigrationError(
            f"The database has the migration {newer[-1]}, which is newer than all of this release (up to {newest}). "
            "Upgrade Secondmark; or, if that migration is your own, run `supabase db push`."
        )


def _prepare(connection: Connection) -> None:
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(RECORDS)
        create_roles(connection, API_ROLES)


def _apply(connection: Connection, migration: Migration) -> bool:
    """Whether it was still to be done when our turn came."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        if migration.version in _recorded(connection):
            return False
        connection.execute(migration.text.encode())
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s)",
            [migration.version, migration.name, [migration.text]],
        )
    return True
