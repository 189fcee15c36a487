"""Finds out which processes are dead, long before their leases run out.

Each process locks a file of its own as long as it lives, and its leases carry the path of that file. The kernel drops
the lock when the process dies, so a process under the same kernel that can lock the file knows that the holder is dead.
A lock in the database would not do: it is lost while the holder lives when the database restarts or a pooler changes
connections. Under another kernel, and in any doubt, the lease decides.
"""

import asyncio
import fcntl
import logging
import os
import platform
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import psutil

from app.errors import AppError
from app.store.leases import LeaseStore

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Holder:
    """This process as the owner of leases. `name` is new for each process; the column `lease_owner` holds it."""

    def __init__(self, folder: Path) -> None:
        identity = str(uuid4())
        self._path = folder.resolve() / f"{identity}.alive"
        self.name = f"{kernel()}:{identity}:{self._path}"
        self._descriptor = _lock_new(self._path)

    def close(self) -> None:
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def is_gone(lease_owner: str) -> bool:
    """Whether the process that holds these leases is certainly dead."""
    known, _, rest = lease_owner.partition(":")
    path = Path(rest.partition(":")[2])
    if known != kernel() or not path.is_absolute():
        return False
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        # In a copy of the folder the files are copies too, and no process locks those: their inode differs.
        return os.read(descriptor, 64) == _inode(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def forget(lease_owner: str) -> None:
    """Remove the file of a dead process that holds no lease any more."""
    Path(lease_owner.split(":", 2)[2]).unlink(missing_ok=True)


def kernel() -> str:
    """An id of the running kernel: the same for all its processes, containers included; new after each boot."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"{platform.node()}/{psutil.boot_time():.0f}".replace(":", "-")


def _lock_new(path: Path) -> int | None:
    """The open, locked file; None if it cannot be made, and then the lease alone decides."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(descriptor, _inode(descriptor))
    except OSError as error:
        log.warning("no lock file: after a crash, work continues only when its lease has run out: %s", error)
        return None
    return descriptor


def _inode(descriptor: int) -> bytes:
    return str(os.fstat(descriptor).st_ino).encode()


class Releases:
    """Releases the leases of dead processes, so that another process continues their work at once."""

    def __init__(self, store: LeaseStore, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._store = store
        self._sleep = sleep

    async def release(self) -> None:
        """Look once and release what dead processes held. Raises the AppErrors of the store."""
        owners = await self._store.lease_holders(kernel())
        if gone := [owner for owner in owners if is_gone(owner)]:
            log.warning("released the work of %d processes that died", len(gone))
            await self._store.release_leases(gone)
            for owner in gone:
                forget(owner)

    async def keep_releasing(self) -> None:
        while True:
            try:
                await self.release()
            except AppError as error:
                log.warning("cannot look for the leases of dead processes: %s", error)
            except Exception:
                # This loop must survive every fault: without it, work waits after a crash until the lease runs out.
                log.exception("cannot look for the leases of dead processes")
            await self._sleep(POLL_SECONDS)
