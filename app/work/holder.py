"""Which processes are gone: the kernel says so the moment they die, long before their leases run out.

A process holds a lock on a file of its own for life, and its leases carry the file's path. Any process under the same
kernel that can lock that file knows that the holder is dead. A lock in the database could be lost while the holder
lives, by a restart of the database or a pooler that changes connections; this one cannot. Under another kernel, and
where there is any doubt, the lease decides.
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
    """This process as the owner of leases. `name` is new for each; it is known in the database as `lease_owner`."""

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
        # A copy of the folder has copies of its files, which nobody locks.
        return os.read(descriptor, 64) == _inode(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def forget(lease_owner: str) -> None:
    """Remove the file of a process that is gone and holds nothing any more."""
    Path(lease_owner.split(":", 2)[2]).unlink(missing_ok=True)


def kernel() -> str:
    """The same for all processes of one running kernel, containers included; another after each boot."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"{platform.node()}/{psutil.boot_time():.0f}".replace(":", "-")


def _lock_new(path: Path) -> int | None:
    """None where no file can be made: then the lease alone decides."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(descriptor, _inode(descriptor))
    except OSError as error:
        log.warning("after a crash work is resumed only when its lease runs out: %s", error)
        return None
    return descriptor


def _inode(descriptor: int) -> bytes:
    return str(os.fstat(descriptor).st_ino).encode()


class Releases:
    """Gives the work of dead processes free, so that it is taken up at once."""

    def __init__(self, store: LeaseStore, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._store = store
        self._sleep = sleep

    async def release(self) -> None:
        """Once. Raises the AppErrors of the store."""
        owners = await self._store.lease_holders(kernel())
        if gone := [owner for owner in owners if is_gone(owner)]:
            log.warning("the work of %d processes that ended without a word is free", len(gone))
            await self._store.release_leases(gone)
            for owner in gone:
                forget(owner)

    async def keep_releasing(self) -> None:
        while True:
            try:
                await self.release()
            except AppError as error:
                log.warning("the leases of dead processes cannot be looked up: %s", error)
            except Exception:
                # This loop must outlive any fault: without it a crash costs the rest of a lease.
                log.exception("the leases of dead processes cannot be looked up")
            await self._sleep(POLL_SECONDS)
