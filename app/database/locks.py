"""Advisory file locks between processes, which the kernel drops by itself when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.01


class FileLock:
    """`flock` on a file that is made if missing. One object is one holder, also within one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def share(self) -> None:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def become_exclusive(self) -> bool:
        """Whether nobody else holds it. After False the shared lock may be gone as well: release it."""
        return self._descriptor is not None and _try_exclusive(self._descriptor)

    def share_again(self) -> None:
        """After `become_exclusive`: hold it together with others."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def exclusively(self, timeout: float) -> Iterator[None]:
        """Hold it alone. TimeoutError after `timeout` seconds."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + timeout
            while not _try_exclusive(descriptor):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self._path} has been locked by another process for {timeout:g} seconds")
                time.sleep(POLL_SECONDS)
            yield
        finally:
            os.close(descriptor)


def _try_exclusive(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
