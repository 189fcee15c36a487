"""What the app asks the database about uploads: whose they are, whether they have arrived, which nobody needs."""

from collections.abc import Sequence

from app.store.base import StoreBase


class UploadStore(StoreBase):
    """Uploads by the path that they were signed for; a page counts as the upload that it was made of."""

    async def begin(self, path: str, quota: int) -> None:
        """Note whose a new upload is. Raises PayloadTooLargeError once the owner's files have `quota` bytes."""
        await self._ask("begin_upload", path=path, quota=quota)

    async def check(self, path: str) -> None:
        """Raises NotFoundError for an upload of another owner."""
        if self.owner_id is not None:
            await self._ask("owned_upload", path=path)

    async def is_spent(self, path: str) -> bool:
        """Whether a file has arrived under this path before, also one that was deleted since."""
        return bool((await self._ask("owned_upload", path=path))["spent"])

    async def keep(self, path: str, files: Sequence[str], n_bytes: int, quota: int) -> None:
        """An upload has arrived, and is these files now. Raises PayloadTooLargeError beyond its owner's quota."""
        await self._ask("keep_upload", path=path, files=list(files), bytes=n_bytes, quota=quota)

    async def forget(self, hours: int) -> list[str]:
        """Forget at most 1000 uploads that are older and in no session; the files to delete."""
        return list(await self._ask("forget_uploads", hours=hours))
