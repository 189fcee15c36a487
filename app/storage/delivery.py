"""How providers get the images of a run: by address, or inside the request if the operator chose that."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from app.scans.inspection import inspect
from app.scans.pages import PageLimits, pages_of
from app.storage.storage import ImageStorage
from app.storage.urls import data_url, is_loopback_url

SIGNED_FOR_SECONDS = 6 * 3600
# An address is used again for so long: a page that scripts share has the same bytes in all their requests, and only
# those does a provider find in its cache.
SAME_FOR_SECONDS = 3600
_MOST_KEPT = 10_000
# Base64 makes a third more of it; a request of ten such pages has 20 MB.
LARGEST_INLINE_BYTES = 1_500_000


@dataclass
class OwnAddress:
    """Where this server is. `public` is what the operator says; `own` is set anew once the server listens."""

    public: str | None
    own: str

    def for_run(self, started_from: str | None) -> str:
        """The base of a run's addresses. `started_from` is the base that the client used who started it: behind a
        proxy it is the address that the world knows.
        """
        if self.public is not None:
            return self.public
        return started_from if started_from and not is_loopback_url(started_from) else self.own


@dataclass(frozen=True, slots=True)
class Delivery:
    """`inline` are the limits of pages that go inside requests; None: providers fetch them. `clock` is in seconds."""

    storage: ImageStorage
    address: OwnAddress
    inline: PageLimits | None = None
    clock: Callable[[], float] = time.monotonic
    # By base and path: when an address was signed, and the address.
    _signed: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)

    async def addresses(self, paths: Sequence[str], *, started_from: str | None) -> dict[str, str]:
        """An address of each of our own objects, valid for six hours. Objects that do not exist are left out."""
        base_url = self.address.for_run(started_from)
        expires_in = SIGNED_FOR_SECONDS + SAME_FOR_SECONDS
        signed = await self.storage.sign_reads(paths, base_url=base_url, expires_in=expires_in)
        if self.inline is None:
            return {path: self._same(base_url, path, address) for path, address in signed.items()}
        return {path: await self._inside(path, self.inline) for path in paths if path in signed}

    def _same(self, base_url: str, path: str, address: str) -> str:
        """The address that was given out for the object within the last hour, or else this new one."""
        now = self.clock()
        at, known = self._signed.get((base_url, path), (now, address))
        if now - at < SAME_FOR_SECONDS:
            address = known
        else:
            at = now
        if len(self._signed) >= _MOST_KEPT:
            self._signed.clear()
        self._signed[base_url, path] = at, address
        return address

    async def _inside(self, path: str, limits: PageLimits) -> str:
        content = await self.storage.read(path)
        seen = await asyncio.to_thread(inspect, content)
        if (
            seen is not None
            and max(seen.width, seen.height) <= limits.long_side
            and len(content) <= LARGEST_INLINE_BYTES
        ):
            return await asyncio.to_thread(data_url, content, seen.kind.value)
        one = replace(limits, max_pages=1)
        [page] = [page async for page in pages_of(content, one)]
        return await asyncio.to_thread(data_url, page.content, page.media_type)
