"""httpx's API over aiohttp's connection pool: 0.4 ms of CPU a call where httpx's own costs 7-20 at 64 connections."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import httpx
from multidict import CIMultiDict
from yarl import URL

# aiohttp's default of 8190 refuses headers that gateways do send.
_MAX_HEADER_BYTES = 65536
_KEEPALIVE_SECONDS = 30
# aiohttp adds these if they are missing; httpx has set all headers already.
_NO_HEADERS_OF_ITS_OWN = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Every failure arrives as httpx's exception for it; only ConnectError and ConnectTimeout mean "not sent".

    `limit` is the number of connections. The aiohttp session is made with the first request, inside the running loop.
    """

    def __init__(self, *, limit: int, proxy: str | None = None) -> None:
        self._limit = limit
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        with _as_httpx(request):
            response = await self._begin(request, body)
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=_Body(response, request),
            extensions=_reason_phrase(response),
        )

    async def fetch(self, request: httpx.Request) -> httpx.Response:
        """The response with its body, for a client that needs no stream."""
        body = await request.aread()
        with _as_httpx(request):
            response = await self._begin(request, body)
            content = await response.read()
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            content=content,
            request=request,
            extensions=_reason_phrase(response),
        )

    async def post(
        self, to: "Address", body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """(status, headers with lower-case names, body) of the whole reply to a POST. Raises httpx's exceptions, which
        name no request. `headers` never replace those of the address.
        """
        all_headers = to.headers.copy()
        for name, value in headers.items():
            all_headers.setdefault(name, value)
        try:
            response = await self._open_session().post(
                to.url, headers=all_headers, data=body, allow_redirects=False, timeout=to.timeout
            )
            content = await response.read()
        except _FAILURES as error:
            raise _httpx_error(error)(type(error).__name__) from error
        headers = {name.lower(): value for name, value in _pairs(response.raw_headers)}
        if "content-encoding" in headers:
            content = httpx.Response(response.status, headers=response.raw_headers, content=content).content
        return response.status, headers, content

    async def _begin(self, request: httpx.Request, body: bytes) -> aiohttp.ClientResponse:
        """The response as soon as its headers are there. Raises what aiohttp raises."""
        return await self._open_session().request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=_headers(request),
            data=body or None,
            allow_redirects=False,
            timeout=_timeout(request),
        )

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # httpx's context reads certifi's bundle: slim images have no system certificates.
            connector = aiohttp.TCPConnector(
                limit=self._limit, keepalive_timeout=_KEEPALIVE_SECONDS, ssl=httpx.create_ssl_context()
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NO_HEADERS_OF_ITS_OWN,
                max_line_size=_MAX_HEADER_BYTES,
                max_field_size=_MAX_HEADER_BYTES,
                proxy=self._proxy,
            )
        return self._session


class Address:
    """Where requests go, with what all of them share, in aiohttp's own objects. `timeout` is as httpx writes it."""

    def __init__(self, url: httpx.URL, headers: httpx.Headers, timeout: Mapping[str, float | None]) -> None:
        self.url = URL(str(url), encoded=True)
        self.headers = CIMultiDict(_pairs(headers.raw))
        self.timeout = _aiohttp_timeout(timeout)


class _Body(httpx.AsyncByteStream):
    """The response's bytes as they come. Closed before the end, it drops the connection; after it, the pool has it."""

    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx(self._request):
            async for chunk in self._response.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        self._response.close()


def _reason_phrase(response: aiohttp.ClientResponse) -> dict[str, bytes]:
    return {"reason_phrase": (response.reason or "").encode("latin-1", "replace")}


def _headers(request: httpx.Request) -> list[tuple[str, str]]:
    # The body is sent whole, with its length: a chunked encoding announced for a stream no longer holds.
    return [(name, value) for name, value in _pairs(request.headers.raw) if name.lower() != "transfer-encoding"]


def _pairs(raw: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    return _aiohttp_timeout(request.extensions.get("timeout", {}))


def _aiohttp_timeout(asked: Mapping[str, float | None]) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=None, connect=asked.get("pool"), sock_connect=asked.get("connect"), sock_read=asked.get("read")
    )


# ValueError: a header or an address that HTTP cannot carry, refused before anything is sent.
_FAILURES = (aiohttp.ClientError, TimeoutError, ValueError)


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        # The text of aiohttp's errors names the address, query and all: the type says enough.
        raise _httpx_error(error)(type(error).__name__, request=request) from error


def _httpx_error(error: Exception) -> type[httpx.TransportError]:
    # The order matters: aiohttp's timeouts are TimeoutErrors, and its proxy errors are connector or response errors.
    mapping: tuple[tuple[tuple[type[Exception], ...], type[httpx.TransportError]], ...] = (
        ((aiohttp.ConnectionTimeoutError,), httpx.ConnectTimeout),
        ((TimeoutError,), httpx.ReadTimeout),
        ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), httpx.ProxyError),
        ((aiohttp.ClientConnectorError,), httpx.ConnectError),
        ((aiohttp.ServerDisconnectedError, aiohttp.ClientResponseError), httpx.RemoteProtocolError),
        ((aiohttp.ClientPayloadError,), httpx.RemoteProtocolError),
        ((aiohttp.InvalidURL,), httpx.LocalProtocolError),
        ((aiohttp.ClientError,), httpx.ReadError),
    )
    return next((ours for theirs, ours in mapping if isinstance(error, theirs)), httpx.LocalProtocolError)
