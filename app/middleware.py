"""Plain ASGI middleware: the correlation id, the last resort for errors, and who may come in.

Starlette's BaseHTTPMiddleware would cut polling throughput to a third.
"""

import hmac
import ipaddress
import logging
import re
import time
from collections.abc import Sequence
from uuid import uuid4

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.error_handlers import envelope
from app.errors import AppError, ForbiddenError, UnauthorizedError

log = logging.getLogger("app.requests")

_UNFIT_FOR_ID = re.compile(r"[^A-Za-z0-9._:-]")
_LONGEST_ID = 128
_ERROR_STATUS = 400


class RequestContext:
    """Gives each request its correlation id, answers what nothing else caught, and logs one line per request.

    The line holds method, path, status, milliseconds and the id; never a query string, which may carry tokens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = correlation_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except AppError as error:
            response = envelope(
                scope, error.status, error.code, error.message, details=error.details, headers=error.headers
            )
            await response(scope, receive, send_with_id)
        except Exception:
            log.exception("unhandled error in %s %s [%s]", scope["method"], scope["path"], correlation_id)
            if status:
                raise
            response = envelope(scope, 500, "INTERNAL_ERROR", "Something went wrong on the server.")
            await response(scope, receive, send_with_id)
        finally:
            level = logging.INFO if status >= _ERROR_STATUS or scope["method"] not in {"GET", "HEAD"} else logging.DEBUG
            if log.isEnabledFor(level):
                took = (time.perf_counter() - started) * 1000
                log.log(level, "%s %s %d %.1f ms [%s]", scope["method"], scope["path"], status, took, correlation_id)


def _correlation_id(given: str | None) -> str:
    return _UNFIT_FOR_ID.sub("", given or "")[:_LONGEST_ID] or str(uuid4())


class Access:
    """Lets in who may come in: with API keys, those who have one; without, only peers on this machine.

    Addresses that carry their own permission in a token (`open_prefixes`) and `/health` need neither.
    """

    def __init__(
        self, app: ASGIApp, *, api_keys: Sequence[SecretStr], allow_anonymous: bool, open_prefixes: Sequence[str]
    ) -> None:
        self._app = app
        self._keys = [key.get_secret_value().encode() for key in api_keys]
        self._allow_anonymous = allow_anonymous
        self._open = tuple(open_prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(self._open):
            self._check(scope)
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        if self._keys:
            scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
            # Every key is compared, so that the time taken says nothing about which one came close.
            matches = [hmac.compare_digest(token.strip().encode(), key) for key in self._keys]
            if scheme.lower() != "bearer" or not any(matches):
                raise UnauthorizedError(
                    "An API key is needed: Authorization: Bearer <key>.", headers={"WWW-Authenticate": "Bearer"}
                )
        elif not self._allow_anonymous and not _is_loopback(scope.get("client")):
            raise ForbiddenError("Only this machine may use a server without API keys (see API_KEYS).")


def _is_loopback(client: tuple[str, int] | None) -> bool:
    if client is None:
        return True  # a Unix socket or an in-process call
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return client[0] == "testclient"
