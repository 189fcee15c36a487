"""Image files in a folder of this machine, with the signed upload and read steps of Supabase Storage."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from app.errors import ConflictError, NotFoundError, PayloadTooLargeError
from app.scans.kinds import FOR_MODELS, SNIFF_BYTES, Kind
from app.storage.disk import disk_errors
from app.storage.intake import check_head, check_whole
from app.storage.keys import declared_type, is_key, new_key
from app.storage.storage import SignedUpload
from app.storage.tokens import Purpose, check_token, make_token, read_or_create_secret
from app.storage.urls import object_key, object_path, object_url

UPLOAD_SECONDS: Final = 2 * 60 * 60
"""As long as an upload address of Supabase Storage lives."""

MAX_SCAN_BYTES: Final = 200 * 1024 * 1024
"""A hundred pages of a colour scanner have some 60 MB."""

# Chunks arrive in 64 KiB or less; handing each to a thread costs more than writing it.
_WRITE_BYTES: Final = 1024 * 1024


class LocalStorage:
    """`DATA_DIR/images` for the files, `DATA_DIR/images.key` for the secret; both are made at the first use."""

    def __init__(
        self,
        data_dir: Path,
        *,
        max_bytes: int,
        max_scan_bytes: int = MAX_SCAN_BYTES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._data_dir = data_dir
        self._images = data_dir / "images"
        self._incoming = self._images / ".incoming"
        self._secret: bytes | None = None
        self._max_bytes = max_bytes
        self._max_scan_bytes = max_scan_bytes
        self._now = now

    async def sign_upload(self, kind: Kind, *, base_url: str) -> SignedUpload:
        key = new_key(kind)
        token = await self._sign("upload", key, UPLOAD_SECONDS)
        return SignedUpload(
            upload_url=f"{base_url}/images/upload/{key}?token={token}",
            token=token,
            path=key,
            headers={"Content-Type": kind.value},
            public_url=object_url(base_url, key),
        )

    async def sign_reads(self, paths: Sequence[str], *, base_url: str, expires_in: int) -> dict[str, str]:
        there = await asyncio.to_thread(lambda: [path for path in paths if self._is_there(path)])
        return {
            path: f"{base_url}/images/file/{path}?token={await self._sign('read', path, expires_in)}" for path in there
        }

    async def head(self, path: str, n: int) -> bytes | None:
        return await asyncio.to_thread(self._read_head, path, n)

    async def read(self, path: str) -> bytes:
        return await asyncio.to_thread((await self.source(path)).read_bytes)

    async def source(self, path: str) -> Path:
        if not await asyncio.to_thread(self._is_there, path):
            raise NotFoundError("No such image")
        return self._images / path

    async def put(self, path: str, content: bytes) -> None:
        await self._get_secret()
        with disk_errors():
            await asyncio.to_thread(self._put, path, content)

    async def address(self, path: str) -> str:
        return object_path(path)

    async def delete(self, paths: Sequence[str]) -> None:
        await asyncio.to_thread(self._unlink, [path for path in paths if is_key(path)])

    def storage_path(self, url: str, *, base_url: str) -> str | None:
        return object_key(url, base_url)

    async def receive(self, path: str, token: str, chunks: AsyncIterator[bytes], *, length: int | None) -> int:
        """Keeps an upload; its size in bytes. `length` is what the sender announced, None where it did not.

        A refused upload leaves no file behind. Raises NotFoundError for a path that is no key, ForbiddenError for
        a wrong or expired token, ConflictError for a second upload, PayloadTooLargeError as soon as the limit is
        passed, UnprocessableError for bytes that are not the announced image.
        """
        await self.check_upload(path, token)
        if length is not None:
            self._check_size(path, length)
        if await asyncio.to_thread(self._is_there, path):
            raise _taken()
        with disk_errors():
            draft = await asyncio.to_thread(self._open_draft)
            try:
                await self._write(path, draft, chunks)
                return await asyncio.to_thread(self._keep, draft, path)
            finally:
                await asyncio.to_thread(_close, draft)

    async def check_upload(self, path: str, token: str) -> None:
        """Raises NotFoundError for a path that is no key, ForbiddenError for a wrong or expired token."""
        await self._check("upload", path, token)

    async def open_read(self, path: str, token: str) -> tuple[Path, str]:
        """The file behind a signed read address, and its content type. Raises NotFoundError, ForbiddenError."""
        await self._check("read", path, token)
        if not await asyncio.to_thread(self._is_there, path):
            raise NotFoundError("No such image")
        return self._images / path, declared_type(path)

    async def _sign(self, purpose: Purpose, path: str, seconds: int) -> str:
        return make_token(await self._get_secret(), purpose, path, int(self._now()) + seconds)

    async def _check(self, purpose: Purpose, path: str, token: str) -> None:
        if not is_key(path):
            raise NotFoundError("No such image")
        check_token(await self._get_secret(), purpose, path, token, now=self._now())

    async def _get_secret(self) -> bytes:
        if self._secret is None:
            self._secret = await asyncio.to_thread(self._prepare)
        return self._secret

    def _prepare(self) -> bytes:
        for folder in (self._data_dir, self._images, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._images.chmod(0o700)
        for draft in self._incoming.iterdir():
            # A killed process leaves unfinished uploads: scans of students that would stay for ever.
            if draft.stat().st_mtime < time.time() - UPLOAD_SECONDS:
                draft.unlink(missing_ok=True)
        return read_or_create_secret(self._data_dir / "images.key")

    def _is_there(self, path: str) -> bool:
        return is_key(path) and (self._images / path).is_file()

    def _read_head(self, path: str, n: int) -> bytes | None:
        if not is_key(path):
            return None
        try:
            with (self._images / path).open("rb") as file:
                return file.read(n)
        except FileNotFoundError:
            return None

    def _unlink(self, paths: Sequence[str]) -> None:
        for path in paths:
            (self._images / path).unlink(missing_ok=True)

    def _open_draft(self) -> IO[bytes]:
        return tempfile.NamedTemporaryFile(dir=self._incoming)  # closing it is what deletes it

    async def _write(self, path: str, draft: IO[bytes], chunks: AsyncIterator[bytes]) -> None:
        size, buffer = 0, bytearray()
        async for chunk in chunks:
            size += len(chunk)
            self._check_size(path, size)
            buffer += chunk
            if len(buffer) >= _WRITE_BYTES:
                await asyncio.to_thread(draft.write, bytes(buffer))
                buffer.clear()
        await asyncio.to_thread(draft.write, bytes(buffer))

    def _keep(self, draft: IO[bytes], path: str) -> int:
        size = draft.seek(0, os.SEEK_END)
        draft.seek(0)
        head = draft.read(SNIFF_BYTES)
        if check_head(head, field="body") in FOR_MODELS:
            check_whole(head + draft.read(), field="body")
        self._link(draft, path)
        return size

    def _put(self, path: str, content: bytes) -> None:
        with self._open_draft() as draft:
            draft.write(content)
            draft.flush()
            with suppress(ConflictError):
                self._link(draft, path)

    def _link(self, draft: IO[bytes], path: str) -> None:
        final = self._images / path
        final.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            os.link(draft.name, final)
        except FileExistsError:
            raise _taken() from None

    def _check_size(self, path: str, size: int) -> None:
        is_image = declared_type(path) in FOR_MODELS
        most, setting = (self._max_bytes, "MAX_IMAGE_BYTES") if is_image else (self._max_scan_bytes, "MAX_SCAN_BYTES")
        if size > most:
            raise PayloadTooLargeError(f"The file may have at most {most} bytes ({setting})")


def _close(draft: IO[bytes]) -> None:
    # What is still in a buffer cannot be written to a full disk; the file goes all the same.
    with suppress(OSError):
        draft.close()


def _taken() -> ConflictError:
    return ConflictError("An image was already uploaded to this address")
