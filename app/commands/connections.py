"""Limits against slow, silent and too many clients, so that they do not block the server for others."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger(__name__)

_BODY = b'{"error": {"code": "REQUEST_TIMEOUT", "message": "The request came in too slowly.", "details": {}}}'
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`head_seconds` from the first moment of a connection, or the first byte of a later request, to its last header.

    A body must bring `body_bytes_per_second` on average over each `body_seconds`; time in which the server does not
    read does not count. At most `most` connections are open at once. If one more comes, the server closes the
    connection that has waited longest for the rest of its head; if none waits, it closes the new one.
    """

    head_seconds: float = 10.0
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

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self not in self.waiting.connections:
            self._wait_for_head()

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
        """Close the connection. If no answer has started, send the reason first."""
        self.waiting.connections.pop(self, None)
        if not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
                self.transport.write(_TOO_SLOW)
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def protocol(limits: ConnectionLimits = ConnectionLimits()) -> type[asyncio.Protocol]:
    """The HTTP protocol of one server under `limits`."""
    return type("LimitedHttp", (_Deadlines,), {"limits": limits, "waiting": _Waiting()})
