"""The error for a full disk."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import InsufficientStorageError

# Less than a few pages of room is none: Postgres stops before the last byte.
LEAST_ROOM = 4 * 1024 * 1024
FULL = "The disk of this server is full: nothing can be stored. Free some room."
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def says_full(error: BaseException | None) -> bool:
    """Whether a write failed because there is no room."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises InsufficientStorageError if a write inside finds no room."""
    try:
        yield
    except OSError as error:
        if not says_full(error):
            raise
        raise InsufficientStorageError(FULL) from None


def is_full(folder: Path) -> bool:
    """Whether the disk of a folder, or of the nearest one above it that exists, has no room left."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free < LEAST_ROOM
