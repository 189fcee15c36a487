"""The sizes of stored pages in pixels, read from the beginnings of their files."""

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.errors import AppError
from app.marks.model import Image
from app.scans.offered import offered_size
from app.storage.storage import ImageStorage

_HEAD_BYTES = 64 * 1024


@dataclass
class PageSizes:
    """Looks at `most` pages at most: pages of one exam are alike, and a thousand looks take long.

    `usual` is the size of a page that cannot be looked at, until one could: then it is that one's. `long_side` is set
    where pages are made smaller on their way into requests.
    """

    storage: ImageStorage
    usual: tuple[int, int]
    most: int = 40
    long_side: int | None = None
    _known: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def of(self, images: Iterable[Image]) -> dict[str, tuple[int, int]]:
        """The width and height of each, by its registered address."""
        return {image.url: await self._of(image.storage_path) for image in images}

    async def _of(self, path: str | None) -> tuple[int, int]:
        if path is None:
            return self.usual
        if path not in self._known and len(self._known) < self.most:
            size = await self._read(path)
            self._known[path] = self.usual if size is None else self._sent(size)
            self.usual = self._known[path]
        return self._known.get(path, self.usual)

    def _sent(self, size: tuple[int, int]) -> tuple[int, int]:
        return size if self.long_side is None else offered_size(*size, self.long_side)

    async def _read(self, path: str) -> tuple[int, int] | None:
        try:
            head = await self.storage.head(path, _HEAD_BYTES)
        except AppError:
            # An estimate works without this page.
            return None
        return None if head is None else await asyncio.to_thread(_size_of, head)


def _size_of(head: bytes) -> tuple[int, int] | None:
    from PIL import Image as Picture  # noqa: PLC0415 - a server that estimates nothing does without it

    try:
        with Picture.open(io.BytesIO(head)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError):
        return None
