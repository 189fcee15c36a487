"""Plain ASGI middleware: the correlation id, unexpected errors, access, and the size of requests.

Starlette's BaseHTTPMiddleware would cut polling throughput to a third.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlencode
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.credentials import Credentials, check_csrf, cookie_of, csrf_token
from app.error_handlers import MOST_PROBLEMS, app_error_response, internal_error
from app.errors import AppError, ForbiddenError, PayloadTooLargeError, UnauthorizedError, UnprocessableError
from app.monitoring.about import begin_request, end_request
from app.names import ServerNames, host_header, is_loopback_address
from app.pages.wishes import wants_page
from app.strict_json import UNSTORABLE, RepeatedKeysError, UnstorableTextError, storable

log = logging.getLogger("app.requests")

_UNFIT_FOR_ID = re.compile(r"[^A-Za-z0-9._:-]")
_LONGEST_ID = 128
_ERROR_STATUS = 400
_REDIRECT = 307
# The largest file is a table of marks of 64 MB. The form around it needs some more bytes.
_LARGEST_FORM = 65 * 1024 * 1024
# A thousand questions of a thousand words each.
_LARGEST_JSON = 8 * 1024 * 1024
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"private, no-store"),
)


class RequestContext:
    """Gives each request its correlation id and logs one line about it.

    The line holds method, path, status and milliseconds. It never holds a query string, which may carry tokens.
    `served` hears the status of each answer, 0 of a request that ended without one.
    """

    def __init__(self, app: ASGIApp, *, served: Callable[[int], None]) -> None:
        self._app = app
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(scope["headers"])
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        begun = begin_request(correlation_id)
        header = (b"x-request-id", correlation_id.encode())
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            level = logging.DEBUG if 0 < status < _ERROR_STATUS and scope["method"] in _READING else logging.INFO
            if log.isEnabledFor(level):
                _log_request(level, scope, status, (time.perf_counter() - started) * 1000)
            self._served(status)
            end_request(begun)


def _log_request(level: int, scope: Scope, status: int, took: float) -> None:
    figures = {"method": scope["method"], "path": _path(scope), "status": status, "milliseconds": round(took, 1)}
    log.log(level, "%s %s %d %.1f ms", scope["method"], _path(scope), status, took, extra={"figures": figures})


def _correlation_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    given = next((value for name, value in headers if name == b"x-request-id"), b"")
    return _UNFIT_FOR_ID.sub("", given.decode("latin-1"))[:_LONGEST_ID] or str(uuid4())


def _path(scope: Scope) -> str:
    """The path on one line. %0A in an address must not start a new line of the log."""
    return ascii(scope["path"])[1:-1]


class LastResort:
    """Turns an uncaught error into a response. It runs inside CORS, so that this response has the CORS headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except AppError as error:
            await app_error_response(scope, error)(scope, receive, send)
        except Exception:
            log.exception("unhandled error in %s %s", scope["method"], _path(scope))
            if begun:
                raise
            await internal_error(scope)(scope, receive, send)


class Access:
    """Decides who has access: with API keys or user tokens, callers that send one; without, only this machine.

    The user of a token owns what the request creates, and sees only their own. An API key sees everything. A browser
    that signed in sends a cookie instead, and with each change the token of its page; one that did not is led to the
    sign-in page. Addresses with a permission in their token (`open_prefixes`) and `open_paths` need neither.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        credentials: Credentials,
        allow_anonymous: bool,
        open_paths: Sequence[str],
        open_prefixes: Sequence[str],
        sign_in: str,
    ) -> None:
        self._app = app
        self._credentials = credentials
        self._allow_anonymous = allow_anonymous
        self._open_paths = frozenset(open_paths)
        self._open = tuple(open_prefixes)
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope["path"]):
            if self._credentials:
                try:
                    scope["state"]["owner_id"] = await self._owner(scope)
                except UnauthorizedError:
                    if scope["method"] not in {"GET", "HEAD"} or not wants_page(scope):
                        raise
                    await self._lead_to_sign_in(scope)(scope, receive, send)
                    return
            elif not self._allow_anonymous and not _is_loopback(scope.get("client")):
                raise ForbiddenError(
                    "Without API keys only this machine has access. Set API_KEYS on the server to admit others."
                )
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open_paths or path.startswith(self._open)

    async def _owner(self, scope: Scope) -> str | None:
        token = _bearer(scope["headers"])
        if token is not None:
            return await self._credentials.owner(token)
        cookie = cookie_of(scope["headers"])
        if cookie is None:
            raise UnauthorizedError(
                "This server needs a key or a user token. Send the header Authorization: Bearer <key>.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        owner = await self._credentials.owner_of_cookie(cookie)
        if scope["method"] not in _READING:
            check_csrf(cookie, scope["headers"])
        scope["state"]["csrf"] = csrf_token(cookie)
        return owner

    def _lead_to_sign_in(self, scope: Scope) -> RedirectResponse:
        query = scope["query_string"].decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"{scope.get('root_path', '')}{self._sign_in}?{urlencode({'next': wanted})}", 303)


class OwnNamesOnly:
    """Serves requests that name this server by one of its own names, and changes that its own pages ask for.

    For servers without keys and tokens, where being on this machine is the only permission. A web page can point a name
    of its own at 127.0.0.1 (DNS rebinding), or send a form here; the browser then says so in `Host`, `Origin` or
    `Sec-Fetch-Site`. Programs send no `Origin` and pass.
    """

    def __init__(self, app: ASGIApp, *, names: ServerNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = host_header(scope["headers"])
            if host is not None and not self._names.knows(host):
                raise ForbiddenError(
                    f"This server does not serve the name {host!r}. Set PUBLIC_BASE_URL to the address that it is "
                    "reached under, or set API_KEYS."
                )
            if scope["method"] not in _READING:
                self._check_origin(scope["headers"], host or "")
        await self._app(scope, receive, send)

    def _check_origin(self, headers: Iterable[tuple[bytes, bytes]], host: str) -> None:
        origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
        foreign = next((origin for origin in origins if not self._names.allows_origin(origin, host)), None)
        if foreign is not None:
            raise ForbiddenError(
                f"Pages of {foreign!r} may not change anything here. Add the origin to CORS_ORIGINS if they should."
            )
        if not origins and any(header == (b"sec-fetch-site", b"cross-site") for header in headers):
            raise ForbiddenError("A page of another site may not change anything here (Sec-Fetch-Site: cross-site).")


class ResponseHeaders:
    """Adds what browsers must know about every answer: no guessing of types, no framing, no copies in caches.

    A route that says something else about caching or content policy keeps what it says.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                if message["status"] == _REDIRECT:
                    given = _without_own_host(given, scope)
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(header for header in SAFE_HEADERS if header[0] not in names)]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Cors(CORSMiddleware):
    """Starlette's, but what it refuses has the envelope of every error."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except _PreflightRefusedError as refused:
            response = app_error_response(scope, refused)
            response.headers["Vary"] = "Origin"
            await response(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code >= _ERROR_STATUS:
            raise _PreflightRefusedError(f"{bytes(response.body).decode()}. CORS_ORIGINS lists the allowed origins.")
        return response


class _PreflightRefusedError(ForbiddenError):
    pass


def _without_own_host(headers: Iterable[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    """A redirect to an address with another slash at its end must not lead to the `Host` that somebody else chose."""
    own = f"{scope['scheme']}://{host_header(scope['headers'])}/".encode("latin-1")
    return [
        (name, b"/" + value.removeprefix(own).lstrip(b"/") if name == b"location" and value.startswith(own) else value)
        for name, value in headers
    ]


class BodyLimit:
    """Refuses a body that is larger than any route takes, before it fills memory or disk.

    Routes below `streamed` write while they read, with their own limit.
    """

    def __init__(self, app: ASGIApp, *, streamed: str) -> None:
        self._app = app
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READING or scope["path"].startswith(self._streamed):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        is_form = headers.get(b"content-type", b"").startswith(b"multipart/")
        limit = _LARGEST_FORM if is_form else _LARGEST_JSON
        message = f"The request has more than {limit >> 20} MB."
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > limit:
            raise PayloadTooLargeError(message)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            received = await receive()
            taken += len(received.get("body", b""))
            if taken > limit:
                # The one error that FastAPI lets through while it reads a body.
                raise HTTPException(413, message)
            return received

        await self._app(scope, counted, send)


class KeysOnce:
    """Refuses a JSON body in which an object has a key twice, where the last value would be taken in silence, and one
    with a string that cannot be stored.

    Raises UnprocessableError naming every such key or string. A body that is no JSON is left to the route.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READING or not _is_json(dict(scope["headers"])):
            await self._app(scope, receive, send)
            return
        received = await _whole_body(receive)
        _check_keys(b"".join(message.get("body", b"") for message in received))
        waiting = iter(received)

        async def again() -> Message:
            return next(waiting, None) or await receive()

        await self._app(scope, again, send)


async def _whole_body(receive: Receive) -> list[Message]:
    try:
        received = [await receive()]
        while received[-1]["type"] == "http.request" and received[-1].get("more_body"):
            received.append(await receive())
    except HTTPException as error:
        # BodyLimit speaks to FastAPI, which is further in.
        raise PayloadTooLargeError(error.detail) from None
    return received


def _is_json(headers: dict[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    return kind.startswith(b"application/") and kind.endswith(b"json")


def _check_keys(body: bytes) -> None:
    try:
        storable(body)
    except UnstorableTextError as error:
        problems = [{"field": path, "message": UNSTORABLE} for path in error.paths[:MOST_PROBLEMS]]
        raise UnprocessableError(f"{error.paths[0]}: {UNSTORABLE}", details={"errors": problems}) from None
    except RepeatedKeysError as error:
        problems = [
            {"field": path, "message": "This key is there twice; send it once."} for path in error.paths[:MOST_PROBLEMS]
        ]
        raise UnprocessableError(f"{error} Send it once.", details={"errors": problems}) from None
    except (ValueError, RecursionError):
        return


def _bearer(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    given = next((value for name, value in headers if name == b"authorization"), b"")
    scheme, _, token = given.partition(b" ")
    return token.strip() or None if scheme.lower() == b"bearer" else None


def _is_loopback(client: tuple[str, int] | None) -> bool:
    # No address means a Unix socket or a call within the process, as does Starlette's "testclient".
    return client is None or client[0] == "testclient" or is_loopback_address(client[0])
