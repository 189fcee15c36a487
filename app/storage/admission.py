"""What may be registered as an image of a session."""

from collections.abc import Collection

from app.errors import UnprocessableError
from app.storage.keys import check_bytes
from app.storage.sniff import SNIFF_BYTES
from app.storage.storage import ImageStorage
from app.storage.urls import check_image_url


async def admit(url: str, storage: ImageStorage, *, base_url: str, allowed_hosts: Collection[str]) -> str | None:
    """The storage path of an image that may be registered; None for one on another host, which is never fetched.

    Raises UnprocessableError naming `url`: an address that is not allowed, an object of our own that was never
    uploaded or is not the image it was announced as.
    """
    path = storage.storage_path(url, base_url=base_url)
    if path is None:
        check_image_url(url, allowed_hosts)
        return None
    head = await storage.head(path, SNIFF_BYTES)
    if head is None:
        raise UnprocessableError.field("url", "nothing was uploaded for this address yet")
    check_bytes(head, path, field="url")
    return path
