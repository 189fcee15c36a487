"""A disk that is full, told as what it is."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import InsufficientStorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises InsufficientStorageError for a write that found no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise InsufficientStorageError(
            "The disk of this server is full: nothing can be stored. Free some room."
        ) from None
