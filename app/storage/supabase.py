"""Image files in a bucket of Supabase Storage."""

import asyncio
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx
from pydantic import ValidationError

from app.errors import AppError, NotConfiguredError, NotFoundError, UpstreamUnavailableError
from app.scans.kinds import Kind
from app.storage.keys import declared_type, new_key
from app.storage.storage import SignedUpload
from app.storage.urls import key_below, object_key, object_path, object_url

if TYPE_CHECKING:
    from storage3.types import FileOptions

    from supabase import AsyncClient

_UNREACHABLE: Final = "The image storage does not answer"


class SupabaseStorage:
    """`http` is owned and closed by the caller. The storage asks once whether the bucket is public."""

    def __init__(self, url: str, key: str, bucket: str, http: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._bucket = bucket
        self._http = http
        self._client: AsyncClient | None = None
        self._public: bool | None = None

    async def sign_upload(self, kind: Kind, *, base_url: str) -> SignedUpload:
        key = new_key(kind)
        client = await self._connect()
        with self._errors():
            signed = await client.storage.from_(self._bucket).create_signed_upload_url(key)
        return SignedUpload(
            upload_url=signed["signed_url"],
            token=signed["token"],
            path=key,
            headers={"Content-Type": kind.value},
            public_url=f"{self._public_prefix}{key}" if await self._is_public() else object_url(base_url, key),
        )

    async def sign_reads(self, paths: Sequence[str], *, base_url: str, expires_in: int) -> dict[str, str]:  # noqa: ARG002 -- Storage signs addresses of its own
        if not paths:
            return {}
        client = await self._connect()
        with self._errors():
            signed = await client.storage.from_(self._bucket).create_signed_urls(list(paths), expires_in)
            return {item["path"]: item["signedUrl"] for item in signed if item["signedUrl"]}

    async def head(self, path: str, n: int) -> bytes | None:
        client = await self._connect()
        address = f"{self._url}/storage/v1/object/{self._bucket}/{path}"
        headers = {**client.options.headers, "Range": f"bytes=0-{n - 1}"}
        with self._errors():
            async with self._http.stream("GET", address, headers=headers) as response:
                return await self._first_bytes(response, n)

    async def read(self, path: str) -> bytes:
        client = await self._connect()
        with self._errors():
            return await client.storage.from_(self._bucket).download(path)

    async def source(self, path: str) -> bytes:
        return await self.read(path)

    async def put(self, path: str, content: bytes) -> None:
        client = await self._connect()
        options: FileOptions = {"content-type": declared_type(path).value, "upsert": "true"}
        with self._errors():
            await client.storage.from_(self._bucket).upload(path, content, options)

    async def address(self, path: str) -> str:
        return f"{self._public_prefix}{path}" if await self._is_public() else object_path(path)

    async def delete(self, paths: Sequence[str]) -> None:
        if not paths:
            return
        client = await self._connect()
        with self._errors():
            await client.storage.from_(self._bucket).remove(list(paths))

    def storage_path(self, url: str, *, base_url: str) -> str | None:
        return object_key(url, base_url) or key_below(self._public_prefix, url)

    @property
    def _public_prefix(self) -> str:
        return f"{self._url}/storage/v1/object/public/{self._bucket}/"

    async def _is_public(self) -> bool:
        if self._public is None:
            client = await self._connect()
            with self._errors():
                self._public = await _read_is_public(client, self._bucket)
        return self._public

    async def _connect(self) -> "AsyncClient":
        if self._client is None:
            # The import takes about a second: in a thread it does not block the loop.
            library = await asyncio.to_thread(importlib.import_module, "supabase")
            options = library.AsyncClientOptions(httpx_client=self._http)
            self._client = await library.acreate_client(self._url, self._key, options)
        return self._client

    async def _first_bytes(self, response: httpx.Response, n: int) -> bytes | None:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return b""  # an empty object has no byte 0
        if response.is_error:
            await response.aread()
            body = response.json()
            status = str(body.get("statusCode", response.status_code))  # a refusal of a gateway has no such body
            error = self._as_app_error(status, body.get("error", ""), body["message"])
            if isinstance(error, NotFoundError):
                return None
            raise error
        head = b""
        async for chunk in response.aiter_bytes():
            head += chunk
            if len(head) >= n:
                break
        return head[:n]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from storage3.exceptions import StorageApiError  # noqa: PLC0415 -- takes 0.4 s, here it is loaded already
        from storage3.utils import StorageException  # noqa: PLC0415 -- the same

        try:
            yield
        except StorageApiError as error:
            raise self._as_app_error(str(error.status), error.code, error.message) from error
        except (httpx.HTTPError, StorageException, ValueError, KeyError, TypeError) as error:
            # The last four: an answer that is not Storage's, such as a proxy's page with status 200.
            raise UpstreamUnavailableError(_UNREACHABLE) from error

    def _as_app_error(self, status: str, code: str, message: str) -> AppError:
        """Our error for an answer of Storage. The true status stands in the body, because HTTP's is always 400."""
        if status in {"401", "403"} or code == "InvalidJWT" or "authorization" in message:
            return NotConfiguredError("Supabase Storage refuses SUPABASE_SERVICE_ROLE_KEY")
        if status == "404" and code != "not_found":
            return NotConfiguredError(f"Supabase Storage has no bucket {self._bucket!r} (SUPABASE_STORAGE_BUCKET)")
        if status == "404":
            return NotFoundError("No such image")
        return UpstreamUnavailableError(_UNREACHABLE)


async def _read_is_public(client: "AsyncClient", bucket: str) -> bool:
    try:
        return (await client.storage.get_bucket(bucket)).public
    except ValidationError:
        # The library insists on fields that a bucket made in SQL may lack, such as its owner. Signed addresses work
        # for private and public buckets alike.
        return False
