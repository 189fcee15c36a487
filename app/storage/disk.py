"""The error for a full disk."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import InsufficientStorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises InsufficientStorageError if a write inside finds no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise InsufficientStorageError(
            "The disk of this server is full: nothing can be stored. Free some room."
        ) from None
