"""The HTTP API of a server, as the commands use it. Users can do the same with curl."""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import httpx

from app.commands.errors import CommandError
from app.scans.kinds import NAMES, SNIFF_BYTES, kind_of

REQUEST_SECONDS = 60


class Api:
    """One server. Every refusal becomes a CommandError with the server's sentence."""

    def __init__(self, base_url: str, api_key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=REQUEST_SECONDS)
        self._uploaded: dict[Path, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        response = await self._send(method, path, body)
        return response.json() if response.content else None

    async def find(self, path: str) -> Any:
        """The JSON at a path; None if the server answers 404."""
        response = await self._send("GET", path, may_be_missing=True)
        return None if response.status_code == HTTPStatus.NOT_FOUND else response.json()

    async def send_file(self, path: str, file: Path) -> Any:
        """Upload a file as the form field `file`."""
        content = await asyncio.to_thread(file.read_bytes)
        return (await self._send("POST", path, files={"file": (file.name, content)})).json()

    async def download(self, path: str) -> bytes:
        return (await self._send("GET", path)).content

    async def page(self, path: str) -> str:
        return (await self._send("GET", path)).text

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        may_be_missing: bool = False,
    ) -> httpx.Response:
        try:
            response = await self._http.request(method, path, json=body, files=files)
        except httpx.TransportError as error:
            raise CommandError(f"{self.base_url} does not answer ({type(error).__name__}).") from None
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise CommandError(f"{_refusal(response)} Commands send SECONDMARK_TOKEN, or else the first of API_KEYS.")
        if response.is_error and not (may_be_missing and response.status_code == HTTPStatus.NOT_FOUND):
            raise CommandError(_refusal(response))
        return response

    async def upload(self, session_id: str, role: str, files: Sequence[Path]) -> None:
        """Upload and register a role's scans in order. A PDF or TIFF may be several pages. A file is uploaded once,
        although many sessions show it: so their requests have the same address of an answer key, and a provider finds
        it in its cache.
        """
        index = 0
        for file in files:
            url = self._uploaded.get(file) or await self._upload(file)
            body = {"session_id": session_id, "role": role, "url": url, "order_index": index}
            try:
                registered = await self.ask("POST", "/images/register", body)
            except CommandError as error:
                raise CommandError(f"{file}: {error}") from None
            index += registered.get("pages", 1)

    async def _upload(self, file: Path) -> str:
        kind = await asyncio.to_thread(_kind_of_file, file)
        signed = await self.ask("POST", "/images/signed-url", {"filename": file.name, "content_type": kind})
        await self._put(file, signed)
        self._uploaded[file] = url = str(signed["publicUrl"])
        return url

    async def _put(self, file: Path, signed: Mapping[str, Any]) -> None:
        """Send exactly the given headers: the storage may belong to another party, which must not get our key."""
        content = await asyncio.to_thread(file.read_bytes)
        async with httpx.AsyncClient(timeout=REQUEST_SECONDS) as http:
            try:
                response = await http.put(signed["uploadUrl"], content=content, headers=signed["headers"])
            except httpx.TransportError as error:
                raise CommandError(f"{file}: the storage does not answer ({type(error).__name__}).") from None
        if response.is_error:
            raise CommandError(f"{file}: {_refusal(response)}")


def _kind_of_file(file: Path) -> str:
    """The kind of a file by its content, because names are often wrong."""
    with file.open("rb") as content:
        kind = kind_of(content.read(SNIFF_BYTES))
    if kind is None:
        raise CommandError(f"{file}: is no scan; it must be {NAMES}")
    return kind.value


def _refusal(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {response.status_code}"
