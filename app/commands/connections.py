"""Limits against slow, silent and too many clients, so that they do not block the server for others."""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.errors import error_body
from app.middleware import SAFE_HEADERS
from app.monitoring.about import about

log = logging.getLogger(__name__)

_CODES = {
    HTTPStatus.BAD_REQUEST: "BAD_REQUEST",
    HTTPStatus.REQUEST_TIMEOUT: "REQUEST_TIMEOUT",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "HEADERS_TOO_LARGE",
}
# What a header needs on the wire beside its name and value: ": " and the end of its line.
_AROUND_A_HEADER = 4


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`head_seconds` from the first moment of a connection, or the first byte of a later request, to its last header.

    A head has at most `head_bytes`. A body must bring `body_bytes_per_second` on average over each `body_seconds`; time
    in which the server does not read does not count. At most `most` connections are open at once. If one more comes,
    the server closes the connection that has waited longest for the rest of its head; if none waits, it closes the new
    one.
    """

    head_seconds: float = 10.0
    head_bytes: int = 64 * 1024
    body_seconds: float = 20.0
    body_bytes_per_second: int = 1024
    most: int = 1000


@dataclass(slots=True)
class _Waiting:
    """Connections whose request head is incomplete, oldest first (a dict keeps the order of insertion)."""

    connections: dict["_Deadlines", None] = field(default_factory=dict)


class _Deadlines(HttpToolsProtocol):
    """uvicorn's protocol with deadlines. `limits` and `waiting` belong to the subclass that one server uses."""

    limits: ConnectionLimits
    waiting: _Waiting

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._received = 0
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        if len(self.connections) > self.limits.most and not self._make_room():
            log.warning("%d connections are open; one more was refused", self.limits.most)
            transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.waiting.connections.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The parser tells of a header when the whole of it is there.
        if self in self.waiting.connections:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self._refuse(*self._head_too_large())

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()
        if self not in self.waiting.connections:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value) + _AROUND_A_HEADER)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.waiting.connections.pop(self, None)
        self._stop_timer()
        super().on_headers_complete()
        self._received = 0
        self._timer = self.loop.call_later(self.limits.body_seconds, self._check_body)

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_timer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's sentence says no more than ours
        """Answer what the parser refuses, with the envelope of every error."""
        if self._head_bytes > self.limits.head_bytes:
            self._refuse(*self._head_too_large())
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "The request is no valid HTTP/1.1.")

    def _should_upgrade(self) -> bool:
        """No route uses WebSocket. A request that offers it is answered as any other."""
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: uvicorn's warning would ask the operator to install a package."""

    def _count_head(self, n_bytes: int) -> None:
        """Raises ValueError beyond the limit, upon which the parser ends and uvicorn calls `send_400_response`."""
        self._head_bytes += n_bytes
        if self._head_bytes > self.limits.head_bytes:
            raise ValueError("the head is too large")

    def _head_too_large(self) -> tuple[HTTPStatus, str]:
        message = f"The request line and headers have more than {self.limits.head_bytes} bytes."
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, message

    def _make_room(self) -> bool:
        oldest = next(iter(self.waiting.connections), None)
        if oldest is None:
            return False
        oldest.give_up()
        return True

    def _wait_for_head(self) -> None:
        self.waiting.connections[self] = None
        self._timer = self.loop.call_later(self.limits.head_seconds, self.give_up)

    def _check_body(self) -> None:
        enough = self.limits.body_seconds * self.limits.body_bytes_per_second
        if self._received < enough and not self.flow.read_paused:
            self.give_up()
            return
        self._received = 0
        self._timer = self.loop.call_later(self.limits.body_seconds, self._check_body)

    def give_up(self) -> None:
        """Close the connection of a client that is too slow. If no answer has started, send the reason first."""
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request came in too slowly.")

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        self.waiting.connections.pop(self, None)
        self._stop_timer()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            correlation_id = str(uuid4())
            with about(correlation_id=correlation_id):
                log.info("a request was refused before it was whole: %d %s", status, message)
            self.transport.write(_refusal(status, message, correlation_id))
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _refusal(status: HTTPStatus, message: str, correlation_id: str) -> bytes:
    """A whole response with the envelope and headers that every error has."""
    body = json.dumps(error_body(_CODES[status], message, {}, correlation_id)).encode()
    headers = (
        (b"connection", b"close"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *SAFE_HEADERS,
        (b"x-request-id", correlation_id.encode()),
    )
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, status.phrase.encode(), lines, body)


def protocol(limits: ConnectionLimits = ConnectionLimits()) -> type[asyncio.Protocol]:
    """The HTTP protocol of one server under `limits`."""
    return type("LimitedHttp", (_Deadlines,), {"limits": limits, "waiting": _Waiting()})


def http_config(app: FastAPI, *, graceful_seconds: int, **more: Any) -> uvicorn.Config:
    """Uvicorn's settings for a server of ours; `more` are those of one server. Requests are logged by the app."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        http=protocol(),
        ws="none",  # no route needs them, and their library takes a part of the start
        server_header=False,
        timeout_graceful_shutdown=graceful_seconds,
        **more,
    )
