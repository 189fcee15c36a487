"""Rebuilds a database that other migrations than the released ones made, and keeps all its rows."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from app.database.migrate import apply, connected, mark, upgrading
from app.database.record import MADE_FUNCTION, Connection, note, recorded, refuse_newer
from app.store.migrations import Migration, MigrationError, migrations_directory, read_migrations

MADE_TABLE = re.compile(r"^create table public\.(\w+)", re.MULTILINE)


def rebuild(conninfo: str, directory: Path | None = None) -> str:
    """Move the tables into a schema of their own, make them anew, copy all rows, apply what is new: all, or nothing.

    Returns the name of the schema that keeps the former tables. Raises MigrationError, as `migrate`.
    """
    ours = read_migrations(directory or migrations_directory())
    former = f"secondmark_before_{datetime.now(UTC):%Y%m%d%H%M%S}"
    with connected(conninfo) as connection:
        with upgrading(connection):
            record = recorded(connection)
            refuse_newer(record, ours)
            _move_away(connection, ours, former)
            _forget(connection, ours)
            # Rows are copied before the later migrations run, so that those change these rows too.
            for stage in (
                [migration for migration in ours if migration.version in record],
                [migration for migration in ours if migration.version not in record],
            ):
                for migration in stage:
                    apply(connection, migration)
                _copy_rows(connection, stage, former)
            note(connection, ours)
            mark(connection, ours[-1].version)
        connection.execute("notify pgrst, 'reload schema'")
    return former


def _move_away(connection: Connection, ours: Sequence[Migration], former: str) -> None:
    functions = sorted({name for migration in ours for name in MADE_FUNCTION.findall(migration.text)})
    found = connection.execute(
        "select p.oid::regprocedure::text from pg_catalog.pg_proc p"
        " where p.pronamespace = 'public'::regnamespace and p.proname = any(%s)",
        [functions],
    )
    for (signature,) in found.fetchall():
        connection.execute(f"drop function {signature}".encode())
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(former)))
    for table in _tables(ours):
        if connection.execute("select to_regclass(%s)", [f"public.{table}"]).fetchone() != (None,):
            move = sql.SQL("alter table public.{} set schema {}")
            connection.execute(move.format(sql.Identifier(table), sql.Identifier(former)))


def _forget(connection: Connection, ours: Sequence[Migration]) -> None:
    versions = [migration.version for migration in ours]
    connection.execute("delete from supabase_migrations.schema_migrations where version = any(%s)", [versions])
    connection.execute("delete from secondmark.applied_migration where version = any(%s)", [versions])


def _copy_rows(connection: Connection, stage: Sequence[Migration], former: str) -> None:
    """In the order in which the tables are made: those that others refer to come first."""
    for table in _tables(stage):
        columns = [sql.Identifier(name) for name in _shared_columns(connection, table, former)]
        if not columns:
            continue
        copy = sql.SQL("insert into public.{table} ({columns}) select {columns} from {former}.{table}")
        names = {"table": sql.Identifier(table), "former": sql.Identifier(former)}
        try:
            connection.execute(copy.format(columns=sql.SQL(", ").join(columns), **names))
        except psycopg.Error as error:
            raise MigrationError(
                f"The rows of {table} do not fit its table of this release, and the database is as it was before: "
                f"{error.diag.message_primary or error}"
            ) from error


def _shared_columns(connection: Connection, table: str, former: str) -> list[str]:
    """Columns that both tables have, in order; those that the database computes are left to it."""
    query = """
        select n.attname from pg_catalog.pg_attribute n join pg_catalog.pg_attribute f using (attname)
        where n.attrelid = to_regclass(%s) and f.attrelid = to_regclass(%s)
          and n.attnum > 0 and not n.attisdropped and not f.attisdropped and n.attgenerated = ''
        order by n.attnum
    """
    rows = connection.execute(query, [f"public.{table}", f"{former}.{table}"])
    return [name for (name,) in rows]


def _tables(migrations: Sequence[Migration]) -> list[str]:
    return [name for migration in migrations for name in MADE_TABLE.findall(migration.text)]
