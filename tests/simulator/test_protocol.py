import asyncio
import json
from contextlib import suppress

import pytest

from app.simulator.config import SimulatorConfig
from app.simulator.server import running_simulator


@pytest.fixture
async def wire():
    """A raw connection to a simulator; reading ends when the server closes it."""
    async with running_simulator(SimulatorConfig(latency_seconds=0.002)) as simulator:
        host, port = simulator.origin.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        yield reader, writer
        writer.close()


def post(sent: dict, extra: str = "") -> bytes:
    body = json.dumps(sent).encode()
    head = f"POST /api/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n{extra}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def test_connection_close_is_honoured(wire, body):
    reader, writer = wire
    writer.write(post(body(), "Connection: close\r\n"))

    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_request_in_single_bytes_is_read(wire, body):
    reader, writer = wire
    for byte in post(body(), "Connection: close\r\n"):
        writer.write(bytes([byte]))

    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_client_that_waits_for_100_is_told_to_go_on(wire, body):
    reader, writer = wire
    head, _, rest = post(body(), "Expect: 100-continue\r\nConnection: close\r\n").partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")

    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(rest)
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_what_is_not_http_ends_the_connection(wire):
    reader, writer = wire
    writer.write(b"good morning\r\n\r\n")

    assert await reader.read() == b""


@pytest.mark.parametrize("apart", [True, False])
async def test_a_request_sent_before_the_last_answer_ends_the_connection(wire, body, apart):
    reader, writer = wire
    writer.write(post(body()))
    if apart:
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(post(body()))

    with suppress(ConnectionResetError):
        assert await reader.read() == b""


async def test_every_reply_is_labelled(wire):
    reader, writer = wire
    writer.write(b"GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n")

    reply = await reader.read()

    assert reply.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"x-simulated: SIMULATED" in reply
