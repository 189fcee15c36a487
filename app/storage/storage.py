"""What the product needs from a storage of image files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.scans.kinds import Kind


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """Where and how the client PUTs the raw file; the client registers `public_url` afterwards."""

    upload_url: str
    token: str
    path: str
    headers: Mapping[str, str]
    public_url: str


class ImageStorage(Protocol):
    """Paths are keys made by `sign_upload`. `base_url` is this server's own address without a trailing slash.

    Every method raises UpstreamUnavailableError when the storage does not answer and NotConfiguredError when it
    refuses the operator's key or bucket.
    """

    async def sign_upload(self, kind: Kind, *, base_url: str) -> SignedUpload:
        """An upload under a new key."""
        ...

    async def sign_reads(self, paths: Sequence[str], *, base_url: str, expires_in: int) -> dict[str, str]:
        """An address per path, good for `expires_in` seconds. Paths without a file are left out. One round trip."""
        ...

    async def head(self, path: str, n: int) -> bytes | None:
        """The first `n` bytes of an object; None if it does not exist."""
        ...

    async def read(self, path: str) -> bytes:
        """The whole object. Raises NotFoundError."""
        ...

    async def source(self, path: str) -> Path | bytes:
        """The object where a subprocess reads it best: its file, or its bytes. Raises NotFoundError."""
        ...

    async def put(self, path: str, content: bytes) -> None:
        """Store a page that was made here. The same page again changes nothing.

        Raises InsufficientStorageError where the disk is full.
        """
        ...

    async def address(self, path: str) -> str:
        """What an object is registered under: its public address where the place is public, else a path of ours."""
        ...

    async def delete(self, paths: Sequence[str]) -> None:
        """Delete the files; a path without a file counts as deleted."""
        ...

    def storage_path(self, url: str, *, base_url: str) -> str | None:
        """The path whose public address `url` is; None for an address of another server."""
        ...
