"""Clients that are slow, silent or too many, on real sockets."""

import asyncio
import json

import pytest
import uvicorn

from app.commands.connections import ConnectionLimits, protocol
from tests.clients.react import until

REQUEST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


async def echo(scope, receive, send):
    if scope["type"] != "http":
        return
    taken = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        taken += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Server:
    """A server with `limits`; `checks` counts how often it has looked whether a body comes fast enough."""

    def __init__(self, limits):
        self.checks = 0
        self.protocol = self._counting(protocol(limits))
        config = uvicorn.Config(echo, port=0, log_config=None, lifespan="off", http=self.protocol)
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve())
        self.writers = []

    def _counting(self, counted):
        class Counting(counted):
            def _check_body(protocol):  # noqa: N805 - self is the server
                super()._check_body()
                self.checks += 1

        return Counting

    async def start(self):
        await until(lambda: self._server.started)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def close(self):
        for writer in self.writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self.writers), return_exceptions=True)
        self._server.should_exit = True
        await self._task

    def at_work(self):
        """How many connections are open and have sent their whole head."""
        return len(self._server.server_state.connections) - len(self.protocol.waiting.connections)

    async def open(self, *sent):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        for part in sent:
            writer.write(part)
        await writer.drain()
        return reader, writer

    async def answer(self, *sent):
        reader, _ = await self.open(*sent)
        return await reader.read(4096)


@pytest.fixture
async def serve():
    running = []

    async def start(**limits):
        running.append(Server(ConnectionLimits(**limits)))
        await running[-1].start()
        return running[-1]

    yield start
    for server in running:
        await server.close()


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nContent-Le"])
async def test_a_head_that_does_not_come_in_time_ends_the_connection(serve, sent):
    server = await serve(head_seconds=0.1)

    answer = await server.answer(sent)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "REQUEST_TIMEOUT"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"NONSENSE\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA B: c\r\n\r\n", 400, "BAD_REQUEST"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 300 + b"\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 2000, 431, "HEADERS_TOO_LARGE"),
    ],
)
async def test_what_is_no_request_has_the_envelope_and_headers_of_every_error(serve, sent, status, code):
    server = await serve(head_bytes=1000)

    head, _, body = (await server.answer(sent)).decode().partition("\r\n\r\n")

    assert head.startswith(f"HTTP/1.1 {status} ")
    error = json.loads(body)["error"]
    assert error["code"] == code
    assert f"x-request-id: {error['correlation_id']}" in head
    for line in ("x-content-type-options: nosniff", "cache-control: private, no-store", "content-security-policy: "):
        assert line in head


async def test_a_head_without_an_end_is_refused_while_it_comes(serve):
    server = await serve(head_bytes=1000)
    reader, writer = await server.open(b"GET / HTTP/1.1\r\nX: ")
    for _ in range(3):
        writer.write(b"a" * 500)
        await writer.drain()

    assert (await reader.read(4096)).startswith(b"HTTP/1.1 431 ")


async def test_each_request_of_a_connection_may_have_a_whole_head(serve):
    server = await serve(head_bytes=1000)
    one = (REQUEST % 0).replace(b"Host", b"X: " + b"a" * 800 + b"\r\nHost")
    reader, _ = await server.open(one, one, one)

    for _ in range(3):
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_an_offer_to_speak_websocket_is_answered_as_any_other_request(serve):
    server = await serve()
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    reader, _ = await server.open(b"GET / HTTP/1.1\r\nHost: a\r\n" + upgrade + b"\r\n")

    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_a_second_request_has_the_same_time_for_its_head(serve):
    server = await serve()
    reader, writer = await server.open(REQUEST % 0)
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")

    server.protocol.limits = ConnectionLimits(head_seconds=0.1)
    writer.write(b"POST / HT")

    assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_trickles_ends_the_connection(serve):
    server = await serve(body_seconds=0.1, body_bytes_per_second=1000)

    assert (await server.answer(REQUEST % 1_000_000, b"x" * 50)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_at_the_least_rate_is_taken_however_long_it_lasts(serve):
    server = await serve(body_seconds=0.1, body_bytes_per_second=1000)
    reader, writer = await server.open(REQUEST % 5000)

    for checks in range(5):
        await until(lambda checks=checks: server.checks == checks)
        writer.write(b"x" * 1000)

    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    assert server.checks >= 4


async def test_half_open_connections_never_keep_out_a_whole_request(serve):
    server = await serve(most=20)
    for _ in range(60):
        await server.open(b"GET /")

    reader, _ = await server.open(REQUEST % 0)

    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_where_every_connection_is_at_work_one_more_is_refused(serve):
    server = await serve(most=3)
    for _ in range(3):
        await server.open(REQUEST % 10)
    await until(lambda: server.at_work() == 3)

    reader, _ = await server.open(REQUEST % 0)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
