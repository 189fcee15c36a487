"""Writes the next migration: what brings a database of all migrations to what supabase/schemas says."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from app.database.embedded import EmbeddedPostgres
from app.database.migrate import migrate
from tests.migration.catalogue import Catalogue, catalogue, differences
from tests.migration.derive import STEPS

NAME = re.compile(r"[a-z][a-z0-9_]*")
VERSION = "%Y%m%d%H%M%S"
# Tables before the functions that use them; rights when everything is there.
FIRST, LAST = ("tables",), ("access", "bucket")
HEAD = """\
-- Made by `make migration` from the difference between supabase/schemas and the migrations before this one.
set check_function_bodies = off;
"""
# Where a database says over every transport how new it is, because nobody but its owner may read the record.
MARK = "comment on function public.ping(jsonb) is 'migration {version}';"


class MigrationError(Exception):
    """No migration can be written. The message says what to do."""


@dataclass(frozen=True)
class Draft:
    """The text of a migration, and what the schemas say beyond it, one line for each difference."""

    text: str
    missing: list[str]


@dataclass(frozen=True)
class Folders:
    migrations: Path
    schemas: Path

    @classmethod
    def of_repository(cls) -> "Folders":
        supabase = Path(__file__).parents[2] / "supabase"
        return cls(supabase / "migrations", supabase / "schemas")


def read_schemas(folder: Path) -> dict[str, str]:
    """The schema files by name, in the order in which a database takes them."""
    return in_order({path.stem: path.read_text("utf-8") for path in folder.glob("*.sql")})


def in_order(schemas: Mapping[str, str]) -> dict[str, str]:
    names = (*FIRST, *sorted(schemas.keys() - {*FIRST, *LAST}), *LAST)
    return {name: schemas[name] for name in names}


def make_from_schemas(conninfo: str, schemas: Mapping[str, str]) -> None:
    """Raises MigrationError naming the file whose SQL fails."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("set check_function_bodies = off")
        for name, text in schemas.items():
            try:
                connection.execute(text.encode())
            except psycopg.Error as error:
                raise MigrationError(f"supabase/schemas/{name}.sql: {error}") from error


def draft(migrated: str, wanted: Catalogue, schemas: Mapping[str, str], before: str, version: str) -> Draft | None:
    """What is new since `before`, the text of all migrations; None for nothing. `migrated` gets it applied."""
    statements = []
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("set check_function_bodies = off")
        for step in STEPS:
            new = step(catalogue(migrated), wanted, schemas)
            connection.execute("\n".join(new).encode())
            statements += new
    if schemas["bucket"].strip() not in before:
        statements.append(schemas["bucket"].strip())
    missing = differences(catalogue(migrated), wanted)
    if not statements and not missing:
        return None
    return Draft("\n\n".join([HEAD.strip(), *statements, MARK.format(version=version)]) + "\n", missing)


def write_migration(folders: Folders, name: str, now: datetime) -> tuple[Path, list[str]] | None:
    """The new file, and what the author has to add to it by hand; None where there is nothing to write.

    Raises MigrationError, and psycopg.Error for migrations that fail.
    """
    if not NAME.fullmatch(name):
        raise MigrationError(f"NAME={name}: give the migration a name of lower-case letters, digits and _.")
    files = sorted(folders.migrations.glob("*.sql"))
    version = next_version(files[-1].name[:14], now)
    schemas = read_schemas(folders.schemas)
    before = "\n".join(path.read_text("utf-8") for path in files)
    with two_databases() as (migrated, wanted):
        migrate(migrated, folders.migrations)
        make_from_schemas(wanted, schemas)
        drafted = draft(migrated, catalogue(wanted), schemas, before, version)
    if drafted is None:
        return None
    path = folders.migrations / f"{version}_{name}.sql"
    path.write_text(drafted.text, "utf-8")
    return path, drafted.missing


def next_version(newest: str, now: datetime) -> str:
    """The time as the version; later than `newest` where the clocks of two authors differ."""
    following = datetime.strptime(newest, VERSION).replace(tzinfo=now.tzinfo) + timedelta(seconds=1)
    return max(now, following).strftime(VERSION)


@contextmanager
def two_databases() -> Iterator[tuple[str, str]]:
    """Two empty databases of a server of their own."""
    with TemporaryDirectory(prefix="secondmark-migration-") as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
                connection.execute("create database migrated")
                connection.execute("create database wanted")
            yield server.conninfo("migrated"), server.conninfo("wanted")
        finally:
            server.stop()
