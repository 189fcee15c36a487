"""The polled request, `GET /sessions/{id}`, before FastAPI's routing, which took two thirds of its CPU."""

import hashlib
import re

from starlette.types import ASGIApp, Receive, Scope, Send

from app.dependencies import Parts

# The id as the server writes it. Every other spelling takes the way through the route.
_POLL = re.compile(r"/sessions/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
# This field changes with the clock alone, so the ETag leaves it out. jsonb puts the longest key last.
_ESTIMATE = b'"estimated_seconds_left":'


class Polls:
    """Answers `GET /sessions/{id}` as the route does, and hands everything else on.

    It is the innermost middleware: access, limits and headers are those of every request. Raises what the route raises.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] == "GET"
        poll = _POLL.fullmatch(scope["path"]) if is_read else None
        if poll is None:
            await self._app(scope, receive, send)
            return
        parts: Parts = scope["app"].state.parts
        body = await parts.progress.get(poll[1], scope.get("state", {}).get("owner_id"))
        known = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
        await _answer(send, body, known)


async def _answer(send: Send, body: bytes, known: bytes | None) -> None:
    etag = etag_of(body).encode()
    headers = [(b"etag", etag)]
    status = 304 if is_known(etag, known) else 200
    if status == 304:  # noqa: PLR2004 - not modified
        body = b""
    else:
        headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def etag_of(progress: bytes) -> str:
    lasting, _, _ = progress.rpartition(_ESTIMATE)
    return f'"{hashlib.blake2b(lasting, digest_size=12).hexdigest()}"'


def is_known(etag: bytes, known: bytes | None) -> bool:
    """Whether the client's `If-None-Match`, `known`, names this ETag."""
    return known is not None and (etag in known or known == b"*")
