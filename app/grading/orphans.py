"""Uploads that were never registered: scans of students that nobody looks after."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.errors import AppError
from app.storage.storage import ImageStorage
from app.store.uploads import UploadStore

log = logging.getLogger(__name__)

KEPT_HOURS = 24
EVERY_SECONDS = 3600.0


async def remove_orphans(uploads: UploadStore, storage: ImageStorage) -> int:
    """Delete the files of uploads that have been in no session for a day; how many. A file that is gone counts."""
    removed = 0
    while files := await uploads.forget(KEPT_HOURS):
        await storage.delete(files)
        removed += len(files)
    return removed


async def keep_removing(
    uploads: UploadStore, storage: ImageStorage, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> None:
    """Remove orphans now and every hour."""
    while True:
        try:
            if removed := await remove_orphans(uploads, storage):
                log.info("%d files of uploads that were never registered are deleted", removed)
        except AppError as error:
            log.warning("uploads that were never registered cannot be deleted: %s", error)
        await sleep(EVERY_SECONDS)
