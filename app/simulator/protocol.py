"""HTTP/1.1 over asyncio: reads requests, sends each reply as its plan says, and breaks off at the place of a fault."""

import asyncio
import select
import socket
import struct
from typing import Protocol, cast

import httptools

from app.simulator.delivery import Ending, Reply, SendPlan, send_plan
from app.simulator.images import Failure
from app.simulator.service import API, HttpRequest, Service, image_error

_WANTED = {b"authorization", b"x-secondmark-try", b"x-secondmark-session", b"expect"}
_MAX_BODY = 32 * 1024 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PEER_GONE = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class ImageChecker(Protocol):
    """Gives the error of the images of a request, or None if all can be fetched."""

    async def check(self, urls: tuple[str, ...]) -> Failure | None: ...


class Connections:
    """All connections of one server, with their shared state."""

    def __init__(self, service: Service, image_checker: ImageChecker) -> None:
        self.service = service
        self.image_checker = image_checker
        self.open: set[HttpConnection] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    def abort_all(self) -> None:
        for connection in list(self.open):
            connection.abort()
        for task in self.tasks:
            task.cancel()


class HttpConnection(asyncio.Protocol):
    """One client. A request before the end of the last answer closes the connection."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._service = connections.service
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._reply: Reply | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._used = False
        self._keep_alive = True
        self._forget_request()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._socket: socket.socket = transport.get_extra_info("socket")
        self._peer = select.poll()
        self._peer.register(self._socket.fileno(), _PEER_GONE)
        self._connections.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._connections.open.discard(self)
        self._break_off(by_client=True)
        if self._used:
            self._service.ledger.connection_closed()

    def data_received(self, data: bytes) -> None:
        if self._reply is not None:
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise  # a fault of this code, not of the client: the event loop reports it
        except httptools.HttpParserError:
            self._transport.close()

    # httptools calls these while it parses.

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in _WANTED:
            self._headers[name.decode("latin-1")] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        # The parser forgets this after the message.
        self._keep_alive = self._parser.should_keep_alive()
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > _MAX_BODY:
            self.abort()

    def on_message_complete(self) -> None:
        if self._reply is not None or self._transport.is_closing():
            self.abort()
            return
        path, _, query = self._target.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("latin-1")
        request = HttpRequest(method, path, query, self._headers, b"".join(self._body))
        self._forget_request()
        if path.startswith(API) and not self._used:
            self._used = True
            self._service.ledger.connection_used()
        self._reply = reply = self._service.answer(request)
        if reply.images:
            task = self._loop.create_task(self._play_with_images(reply), name="fetch the images of a request")
            self._connections.tasks.add(task)
            task.add_done_callback(self._connections.tasks.discard)
        else:
            self._play(reply)

    def _forget_request(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0

    async def _play_with_images(self, reply: Reply) -> None:
        failure = await self._connections.image_checker.check(reply.images)
        if self._reply is reply:
            self._reply = image_error(reply, *failure) if failure else reply
            self._play(self._reply)

    def _play(self, reply: Reply) -> None:
        self._step(reply, send_plan(reply), 0)

    def _step(self, reply: Reply, plan: SendPlan, at: int) -> None:
        """Wait for step `at` and send it. The ending follows the last step."""
        if at == len(plan.steps):
            self._end(reply, plan.ending)
            return
        delay, data = plan.steps[at]
        if delay > 0:
            self._timer = self._loop.call_later(delay, self._send, reply, plan, at, data)
        else:
            self._send(reply, plan, at, data)

    def _send(self, reply: Reply, plan: SendPlan, at: int, data: bytes) -> None:
        self._timer = None
        # The kernel accepts bytes for a peer that has left. Only bytes that are still here have surely reached nobody.
        if self._transport.is_closing() or self._peer.poll(0):
            self.abort()
            return
        if data:
            self._transport.write(data)
        self._step(reply, plan, at + 1)

    def _end(self, reply: Reply, ending: Ending) -> None:
        if ending is Ending.HANG:
            return
        if ending is Ending.KEEP:
            self._reply = None
            if reply.counted:
                self._service.ledger.answered(reply.status, reply.entry, self._service.wall_clock())
            if not self._keep_alive:
                self._transport.close()
            return
        self._break_off(by_client=False)
        if ending is Ending.RESET:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()
        else:
            self._transport.close()

    def _break_off(self, *, by_client: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        reply, self._reply = self._reply, None
        if reply is not None and reply.counted:
            self._service.ledger.broken_off(reply.entry, self._service.wall_clock(), by_client=by_client)

    def abort(self) -> None:
        """End the connection at once. Open requests count as abandoned by the client."""
        self._break_off(by_client=True)
        self._transport.abort()
