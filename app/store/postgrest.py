"""The database over Supabase's REST interface, through supabase-py."""

import asyncio
import importlib
import json
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import httpx

from app.errors import AppError, NotConfiguredError
from app.store.transport import GATEWAY_STATUSES, StoreError, checked_name, error_for, unavailable, unstorable
from app.store.versions import explained

if TYPE_CHECKING:
    from supabase import AsyncClient

CALL_SECONDS = 30.0
PING_SECONDS = 2.0
# The connection broke, perhaps because the server had closed an idle one. Timeouts are not in the list: the call may
# still run.
BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError)


class PostgrestTransport:
    """A `Transport` over `rpc`. `key` is a service_role JWT or an `sb_secret_...` key.

    `http` is owned and closed by the caller, and shared with the storage. supabase-py repeats broken reads only; here
    every call whose connection breaks is made once more.
    """

    def __init__(self, url: str, key: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._key = key
        self._http = http
        self._client: AsyncClient | None = None

    async def open(self) -> None:
        # The import takes a second: off the loop, and not where there is no Supabase.
        supabase = await asyncio.to_thread(importlib.import_module, "supabase")
        options = supabase.AsyncClientOptions(
            httpx_client=self._http, auto_refresh_token=False, persist_session=False, postgrest_client_retry=False
        )
        self._client = await supabase.acreate_client(self._url, self._key, options)

    async def close(self) -> None:
        self._client = None

    async def call(self, function: str, arguments: Mapping[str, Any]) -> Any:
        return json.loads(await self.call_text(function, arguments))

    async def call_text(self, function: str, arguments: Mapping[str, Any]) -> bytes:
        try:
            return await self._ask(function, arguments)
        except StoreError as error:
            raise await explained(error, self._ask_json) from error

    async def _ask_json(self, function: str, arguments: Mapping[str, Any]) -> Any:
        return json.loads(await self._ask(function, arguments))

    async def _ask(self, function: str, arguments: Mapping[str, Any]) -> bytes:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response = await self._send_twice(function, arguments)
        except (httpx.TransportError, TimeoutError) as error:
            raise unavailable() from error
        if response.is_success:
            return response.content or b"null"
        raise error_for_response(response)

    async def ping(self) -> bool:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self.call_text("ping", {})
        except (AppError, TimeoutError):
            return False
        return True

    async def _send_twice(self, function: str, arguments: Mapping[str, Any]) -> httpx.Response:
        try:
            return await self._send(function, arguments)
        except BROKEN:
            return await self._send(function, arguments)

    async def _send(self, function: str, arguments: Mapping[str, Any]) -> httpx.Response:
        """The request that supabase-py builds, but its response unread: `execute` keeps neither bytes nor status."""
        if self._client is None:
            raise unavailable()
        request = self._client.rpc(checked_name(function), {"args": arguments}).request
        try:
            sending = cast("Awaitable[httpx.Response]", request.send(httpx.Headers()))
        except ValueError as error:  # its encoding: NaN, infinities, lone surrogates
            raise unstorable(error) from error
        return await sending


def error_for_response(response: httpx.Response) -> AppError:
    """The error of a response: by PostgREST's code, or by the status where a gateway answered instead."""
    try:
        body = response.json()
    except ValueError:
        body = None
    said = body if isinstance(body, dict) else {}
    code = said.get("code")
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return NotConfiguredError("Supabase refuses SUPABASE_SERVICE_ROLE_KEY: set a service_role or secret key.")
    if isinstance(code, str):
        return error_for(code, str(said.get("message")), detail=said.get("details"), hint=said.get("hint"))
    if response.status_code in GATEWAY_STATUSES:
        return unavailable()
    return StoreError(f"Supabase answered with status {response.status_code}.")
