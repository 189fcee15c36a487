"""Starts the embedded database at the newest version. Before an upgrade its folder is copied."""

import logging
from pathlib import Path
from typing import NamedTuple

from app.database.backup import back_up, keep_only
from app.database.embedded import EmbeddedPostgres
from app.database.migrate import connected, migrate
from app.database.rebuild import rebuild
from app.database.record import pending, recorded
from app.store.migrations import migrations_directory, read_migrations, release_of

log = logging.getLogger(__name__)


class Upgrade(NamedTuple):
    """The applied versions, the copy of the folder, if any, and after a rebuild the schema of the former tables."""

    applied: list[str]
    backup: Path | None
    former_schema: str | None = None


def start_migrated(embedded: EmbeddedPostgres, *, renewed: bool = False) -> Upgrade:
    """Start the server and bring its database up to date; `renewed` creates its tables again, as `rebuild` does.

    One process at a time: others wait until it is done. Raises EmbeddedPostgresError, and as `migrate`.
    """
    with embedded.alone_at_start():
        embedded.start()
        try:
            return _upgraded(embedded, renewed=renewed)
        except BaseException:
            embedded.stop()
            raise


def _upgraded(embedded: EmbeddedPostgres, *, renewed: bool) -> Upgrade:
    backup = _copied(embedded, renewed=renewed)
    former = rebuild(embedded.conninfo()) if renewed else None
    applied = _all_versions() if renewed else migrate(embedded.conninfo())
    if applied:
        log.info("migrated the embedded database to %s (%d migrations)", applied[-1], len(applied))
    if backup is not None:
        keep_only(backup)
        log.info("a copy of the embedded database from before the upgrade is in %s", backup)
    return Upgrade(applied, backup, former)


def _copied(embedded: EmbeddedPostgres, *, renewed: bool) -> Path | None:
    """Copy the folder of a database that an older version made."""
    ours = read_migrations(migrations_directory())
    with connected(embedded.conninfo()) as connection:
        record = recorded(connection)
        needed = bool(record) and (renewed or bool(pending(connection, ours)))
    if not needed:
        return None
    release = release_of(max(record))
    return embedded.while_stopped(lambda cluster: back_up(cluster, release))


def _all_versions() -> list[str]:
    return [migration.version for migration in read_migrations(migrations_directory())]
