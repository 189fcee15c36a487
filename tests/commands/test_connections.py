"""Clients that are slow, silent or too many, on real sockets."""

import asyncio
import json

import pytest
import uvicorn

from app.commands.connections import ConnectionLimits, protocol

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
    def __init__(self, port):
        self.port = port
        self.writers = []

    async def open(self, *sent):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        for part in sent:
            writer.write(part)
        await writer.drain()
        return reader, writer

    async def answer(self, *sent):
        reader, _ = await self.open(*sent)
        async with asyncio.timeout(5):
            return await reader.read(4096)


@pytest.fixture
async def serve():
    running = []

    async def start(**limits):
        config = uvicorn.Config(
            echo, port=0, log_config=None, lifespan="off", http=protocol(ConnectionLimits(**limits))
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        async with asyncio.timeout(5):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        clients = Server(server.servers[0].sockets[0].getsockname()[1])
        running.append((server, task, clients))
        return clients

    yield start
    for server, task, clients in running:
        for writer in clients.writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in clients.writers), return_exceptions=True)
        server.should_exit = True
        await task


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nContent-Le"])
async def test_a_head_that_does_not_come_in_time_ends_the_connection(serve, sent):
    server = await serve(head_seconds=0.1)

    answer = await server.answer(sent)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "REQUEST_TIMEOUT"


async def test_a_second_request_has_the_same_time_for_its_head(serve):
    server = await serve(head_seconds=0.2)
    reader, writer = await server.open(REQUEST % 0)
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")

    writer.write(b"POST / HT")

    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_trickles_ends_the_connection(serve):
    server = await serve(body_seconds=0.1, body_bytes_per_second=1000)

    assert (await server.answer(REQUEST % 1_000_000, b"x" * 50)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_at_the_least_rate_is_taken_however_long_it_lasts(serve):
    server = await serve(body_seconds=0.1, body_bytes_per_second=1000)
    reader, writer = await server.open(REQUEST % 5000)

    for _ in range(10):
        writer.write(b"x" * 500)
        await asyncio.sleep(0.05)

    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_half_open_connections_never_keep_out_a_whole_request(serve):
    server = await serve(most=20)
    for _ in range(60):
        await server.open(b"GET /")

    reader, _ = await server.open(REQUEST % 0)

    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")


async def test_where_every_connection_is_at_work_one_more_is_refused(serve):
    server = await serve(most=3)
    for _ in range(3):
        await server.open(REQUEST % 10)
    await asyncio.sleep(0.05)

    reader, _ = await server.open(REQUEST % 0)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
