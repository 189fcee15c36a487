"""A copy of a stopped server's folder, made before an upgrade and kept until the next one."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from app.store.migrations import MigrationError

PREFIX = "backup-"
# Copies are named after a release or a migration; other folders may be the user's own.
NAME = re.compile(r"backup-(?:\d+\.\d+\.\d+\S*|\d{14})")
UNFINISHED = "unfinished-backup-"
# Free space that the upgrade needs beside the copy.
SPARE_BYTES = 64 * 1024 * 1024
MEGABYTE = 1024 * 1024


def back_up(cluster: Path, release: str) -> Path:
    """Copy `cluster` to `backup-<release>` beside it; under that name the copy is complete. Other copies stay.

    Raises MigrationError where the disk has no room for it, or something else has its name.
    """
    root = cluster.parent
    backup = root / f"{PREFIX}{release}"
    if backup.exists() and not _is_copy(backup):
        raise MigrationError(f"The database was not upgraded: {backup} is in the way of its copy. Move it elsewhere.")
    for interrupted in root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(interrupted)
    _check_room(cluster)
    fresh = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
    try:
        shutil.copytree(cluster, fresh, symlinks=True, dirs_exist_ok=True)
        os.sync()
    except (OSError, shutil.Error) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise MigrationError(f"The database was not upgraded, because its copy failed: {error}") from error
    return _put_in_place(fresh, backup)


def keep_only(backup: Path) -> None:
    """Remove the copies of earlier upgrades."""
    for other in backup.parent.glob(f"{PREFIX}*"):
        if other != backup and _is_copy(other):
            shutil.rmtree(other)


def _is_copy(folder: Path) -> bool:
    return NAME.fullmatch(folder.name) is not None and (folder / "PG_VERSION").is_file()


def _put_in_place(fresh: Path, backup: Path) -> Path:
    if backup.exists():
        # A copy of an interrupted upgrade is old: a start of the older version may have changed the database after it.
        backup.rename(Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=backup.parent)) / backup.name)
    fresh.rename(backup)
    for replaced in backup.parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(replaced)
    os.sync()
    return backup


def _check_room(cluster: Path) -> None:
    needed = sum(path.lstat().st_blocks * 512 for path in cluster.rglob("*")) + SPARE_BYTES
    free = shutil.disk_usage(cluster.parent).free
    if free < needed:
        raise MigrationError(
            f"The database was not upgraded: the copy that is made first needs {needed // MEGABYTE} MB in "
            f"{cluster.parent}, and {free // MEGABYTE} MB are free. Free some space there and start again."
        )
