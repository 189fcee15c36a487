"""Databases as earlier versions left them.

`rows_of_0_1_0.sql.gz` is `pg_dump --data-only --inserts --schema=public` of a database that 0.1.0 made when a client
drove it over HTTP against the simulator: sessions that are graded, failed and only created, a session of an exam, an
answer sheet, an imported exam, a review, a document, a test with its attempts, and templates.
`unreleased_*.sql.gz` are first migrations as they stood before 0.1.0 was frozen, the oldest and one in the middle.
"""

import gzip
import json
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from app.database.migrate import create_roles
from app.store.migrations import FIRST, migrations_directory

HERE = Path(__file__).parent
RELEASED = migrations_directory() / f"{FIRST}_grading.sql"
UNRELEASED = sorted(HERE.glob("unreleased_*.sql.gz"))
ROWS = HERE / "rows_of_0_1_0.sql.gz"
ALL = sql.SQL("select to_jsonb(t) from public.{} t")
RECORD = """
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text);
"""


def text_of(path):
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def make_database(conninfo, migration=RELEASED):
    """What `migrate` of 0.1.0 made of an empty database: no hash beside the record, no mark of the version."""
    with psycopg.connect(conninfo) as connection:
        create_roles(connection, ("anon", "authenticated", "service_role"))
        connection.execute(text_of(migration).encode())
        connection.execute(RECORD)
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, 'grading', %s)",
            [FIRST, [text_of(migration)]],
        )


def fill(conninfo):
    with psycopg.connect(conninfo) as connection:
        connection.execute(text_of(ROWS).encode())


def rows_of(conninfo, columns=None):
    """Every row by table, as {column: value}, in a fixed order; only of the given columns by table."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
        found = {
            table: [row for (row,) in connection.execute(ALL.format(sql.Identifier(table)))] for (table,) in tables
        }
    if columns is not None:
        found = {
            table: [{name: row[name] for name in columns[table]} for row in rows]
            for table, rows in found.items()
            if table in columns
        }
    return {table: sorted(rows, key=partial(json.dumps, sort_keys=True)) for table, rows in found.items()}


def as_now(rows):
    """What the migrations since 0.1.0 make of its rows: an address of our own storage lost the server that it named."""
    now = {table: found for table, found in rows.items() if found}
    images = [
        row | {"url": f"/images/object/{row['storage_path']}"} if row["storage_path"] else row for row in now["image"]
    ]
    return now | {"image": sorted(images, key=partial(json.dumps, sort_keys=True))}


def columns_of(rows):
    return {table: sorted(found[0]) for table, found in rows.items() if found}
