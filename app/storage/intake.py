"""From an upload to the pages of a session: checked, and converted where models cannot be shown it as it is."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from app.errors import UnprocessableError
from app.scans.inspection import Inspected, NotWholeError, inspect
from app.scans.kinds import FOR_MODELS, NAMES, SNIFF_BYTES, Kind, kind_of
from app.scans.pages import PageLimits, ScanRefusedError, pages_of
from app.storage.keys import UNSUPPORTED, declared_type, page_key
from app.storage.storage import ImageStorage
from app.storage.urls import check_image_url
from app.turns import Turns

# Each is a subprocess that may take a gigabyte.
MOST_AT_ONCE = 2
MOST_OF_ONE_USER = 1


@dataclass(frozen=True, slots=True)
class Pages:
    """What is registered: (url, storage_path) of each page in order; `source_path` is the upload that they were made
    of, where they are not the upload itself, `n_bytes` the size of all our files. `notes` are for the teacher.
    """

    pages: list[tuple[str, str | None]]
    source_path: str | None = None
    n_bytes: int = 0
    notes: list[str] = field(default_factory=list)


class Intake:
    """One place's uploads. `allowed_hosts` limits images elsewhere, which are never fetched."""

    def __init__(self, storage: ImageStorage, limits: PageLimits, allowed_hosts: Collection[str]) -> None:
        self._storage = storage
        self._limits = limits
        self._allowed_hosts = allowed_hosts
        self._turns = Turns(MOST_AT_ONCE, most_of_one=MOST_OF_ONE_USER)

    def upload_of(self, url: str, *, base_url: str) -> str | None:
        """The storage path behind `url`; None for an image on another server."""
        return self._storage.storage_path(url, base_url=base_url)

    async def take(self, url: str, *, base_url: str, owner_id: str | None = None) -> Pages:
        """The pages of what was uploaded for `url`, or the image elsewhere that it is the address of. Users take turns.

        Raises UnprocessableError naming `url`: an address that is not allowed, an object of our own that was never
        uploaded, or a file that is no whole scan.
        """
        path = self.upload_of(url, base_url=base_url)
        if path is None:
            check_image_url(url, self._allowed_hosts)
            return Pages([(url, None)])
        head = await self._storage.head(path, SNIFF_BYTES)
        if head is None:
            raise UnprocessableError.field("url", "nothing was uploaded for this address yet")
        kind = check_head(head, field="url")
        if kind in FOR_MODELS:
            content = await self._storage.read(path)
            inspected = await asyncio.to_thread(check_whole, content, field="url")
            if inspected.fits and max(inspected.width, inspected.height) <= self._limits.long_side:
                return await self._as_it_is(path, content, inspected.kind)
        async with self._turns.of(owner_id):
            return await self._converted(path)

    async def _as_it_is(self, path: str, content: bytes, kind: Kind) -> Pages:
        if kind is declared_type(path):
            return Pages([(await self._storage.address(path), path)], n_bytes=len(content))
        # A JPEG that is called .png would be served as one.
        page = page_key(path, 1, kind)
        await self._storage.put(page, content)
        return Pages([(await self._storage.address(page), page)], path, 2 * len(content))

    async def _converted(self, path: str) -> Pages:
        made: list[str] = []
        notes: list[str] = []
        source = await self._storage.source(path)
        n_bytes = len(source) if isinstance(source, bytes) else source.stat().st_size
        try:
            async for page in pages_of(source, self._limits):
                key = page_key(path, page.number, Kind(page.media_type))
                await self._storage.put(key, page.content)
                made.append(key)
                n_bytes += len(page.content)
                notes += [page.note] if page.note else []
        except ScanRefusedError as refused:
            await self._storage.delete(made)
            raise UnprocessableError.field("url", str(refused)) from None
        return Pages([(await self._storage.address(key), key) for key in made], path, n_bytes, notes)


def check_head(head: bytes, *, field: str) -> Kind:
    """The kind of a file by its first bytes. Raises UnprocessableError naming `field` for a file that is no scan."""
    if not head:
        raise UnprocessableError.field(field, "the file is empty")
    kind = kind_of(head)
    if kind is None:
        raise UnprocessableError.field(field, f"the file is no scan: it must be {NAMES}", code=UNSUPPORTED)
    return kind


def check_whole(content: bytes, *, field: str) -> Inspected:
    """What an upload is. Raises UnprocessableError naming `field` for what is no scan, is cut off or is damaged."""
    check_head(content[:SNIFF_BYTES], field=field)
    try:
        inspected = inspect(content)
    except NotWholeError as error:
        raise UnprocessableError.field(field, f"the file {error}") from None
    assert inspected is not None  # noqa: S101 - its first bytes are those of a scan
    return inspected
