"""The HTTP clients of the program: httpx's API, with a short way for whole responses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from app.openrouter.transport import Address, AiohttpTransport


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """A jar that takes no cookies. Even an empty standard jar reads every response, which costs 0.1 ms."""


class _PlainClient(httpx.AsyncClient):
    """No cookies, no redirects, and a short way for whole responses, which leaves httpx's layers for them out."""

    def __init__(self, transport: "_LateTransport") -> None:
        super().__init__(transport=transport, trust_env=False)
        self._own_transport = transport
        # OpenTelemetry sets this on a client whose requests it traces, which it does in httpx's layers.
        self._is_instrumented_by_opentelemetry = False

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """As of httpx. httpx itself serves what the short way does not know: streams, redirects, user and password."""
        is_plain = not stream and options.get("follow_redirects") is not True and not request.url.userinfo
        is_plain = is_plain and options.get("auth", httpx.USE_CLIENT_DEFAULT) is httpx.USE_CLIENT_DEFAULT
        if not is_plain or self.way_past_httpx is None:
            return await super().send(request, stream=stream, **options)
        return await self._own_transport.fetch(request)

    @property
    def way_past_httpx(self) -> "_LateTransport | None":
        """None while the client is closed, and where httpx's layers trace the requests."""
        return None if self.is_closed or self._is_instrumented_by_opentelemetry else self._own_transport

    @property
    def cookies(self) -> httpx.Cookies:
        return _NoCookies()

    @cookies.setter
    def cookies(self, _cookies: object) -> None:
        raise AttributeError("this client keeps no cookies")


def open_http_client(*, limit: int, proxy: str | None = None) -> httpx.AsyncClient:
    """A client over `AiohttpTransport` that keeps no cookies, follows no redirects and ignores the environment."""
    return _PlainClient(_LateTransport(limit=limit, proxy=proxy))


class _LateTransport(httpx.AsyncBaseTransport):
    """An AiohttpTransport, which comes with the first request: aiohttp takes a tenth of a second to import."""

    def __init__(self, *, limit: int, proxy: str | None) -> None:
        self._limit = limit
        self._proxy = proxy
        self._made: AiohttpTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport().handle_async_request(request)

    async def fetch(self, request: httpx.Request) -> httpx.Response:
        return await self._transport().fetch(request)

    async def post(
        self, posts: "Posts", body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        transport = self._transport()
        if posts.address is None:
            from app.openrouter.transport import Address  # noqa: PLC0415 - with the first request

            posts.address = Address(posts.url, posts.headers, posts.timeout)
        return await transport.post(posts.address, body, headers)

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made.aclose()

    def _transport(self) -> "AiohttpTransport":
        if self._made is None:
            from app.openrouter.transport import AiohttpTransport  # noqa: PLC0415 - with the first request

            self._made = AiohttpTransport(limit=self._limit, proxy=self._proxy)
        return self._made


class Posts:
    """POSTs to one address, with headers that all of them share. Over a client of `open_http_client` they leave out
    httpx's objects for a request and a response, which cost as much CPU as the exchange itself.
    """

    def __init__(self, http: httpx.AsyncClient, url: str, headers: Mapping[str, str], timeout: httpx.Timeout) -> None:
        self._http = http
        self.url = httpx.URL(url)
        self.headers = httpx.Headers(http.headers)
        self.headers.update(headers)
        self.timeout = timeout.as_dict()
        # Made from these three by the transport, with the first request.
        self.address: Address | None = None

    async def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """(status, headers, body) of the whole reply, its headers to be looked up in lower case. Raises httpx's
        exceptions. `headers` never replace those that all requests share.
        """
        transport = self._http.way_past_httpx if isinstance(self._http, _PlainClient) else None
        if transport is not None:
            return await transport.post(self, body, headers)
        response = await self._http.send(self.request(body, headers), follow_redirects=False)
        return response.status_code, response.headers, response.content

    def request(self, body: bytes, headers: Mapping[str, str]) -> httpx.Request:
        """The request as httpx sends it."""
        # Not http.build_request: merging the client's headers anew for every request costs 0.1 ms.
        merged = httpx.Headers(headers)
        merged.update(self.headers)
        return httpx.Request("POST", self.url, headers=merged, content=body, extensions={"timeout": self.timeout})
