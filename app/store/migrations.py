"""The migrations that this program brings, and how the version of a database is named to people."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from app import __version__

FILE_NAME = re.compile(r"(?P<version>\d{14})_(?P<name>.+)\.sql")
FIRST = "20261121000000"
# The newest migration of each release.
RELEASES = {FIRST: "0.1.0"}


class MigrationError(Exception):
    """The database cannot be used or brought up to date. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: str
    name: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def migrations_directory() -> Path:
    """`supabase/migrations` of a checkout, or the copy that an installed wheel carries."""
    package = Path(str(files("app")))
    checkout = package.parent / "supabase" / "migrations"
    return checkout if checkout.is_dir() else package / "database" / "migrations"


def read_migrations(directory: Path) -> list[Migration]:
    """Oldest first. Raises MigrationError for a folder that holds none."""
    found = {path: FILE_NAME.fullmatch(path.name) for path in sorted(directory.glob("*.sql"))}
    migrations = [Migration(m["version"], m["name"], path.read_bytes()) for path, m in found.items() if m]
    if not migrations:
        raise MigrationError(f"There are no migrations in {directory}.")
    return migrations


@cache
def newest_version() -> str:
    """Of the migrations that this program brings."""
    return read_migrations(migrations_directory())[-1].version


def release_of(version: str) -> str:
    """The release whose newest migration this is; for a migration between two releases its own version."""
    return RELEASES.get(version, __version__ if version == newest_version() else version)


def versions_apart(found: str | None) -> str:
    """What to do with a database whose newest migration is `found` (None: it has none), in a sentence."""
    needed = newest_version()
    needs = f"Secondmark {__version__} needs {_named(needed)}"
    if found is None:
        return "The database is empty: run `secondmark migrate`."
    database = f"The database has version {_named(found)}, and {needs}"
    if found < needed:
        return f"{database}: run `secondmark migrate`."
    if found > needed:
        return f"{database}: install the newer Secondmark."
    return f"{database}, but a part of it is missing: run `secondmark migrate --rebuild`, which keeps all rows."


def _named(version: str) -> str:
    release = release_of(version)
    return f"migration {version}" if release == version else f"{release} (migration {version})"
