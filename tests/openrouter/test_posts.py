"""The way of a call past httpx: the same bytes go out, the same replies and the same exceptions come back."""

import gzip
import json

import httpx
import pytest

from app.openrouter.http_client import Posts, open_http_client

TIMEOUT = httpx.Timeout(30, connect=5)
SHARED = {"Authorization": "Bearer k", "Content-Type": "application/json"}


@pytest.fixture
async def http():
    async with open_http_client(limit=4) as client:
        yield client


def answering(payload):
    async def behave(writer):
        writer.write(payload)
        await writer.drain()

    return behave


async def hang_up(writer):
    writer.close()


async def test_both_ways_send_the_same_request(http, serve, replies):
    server = await serve(answering(replies.answer(b"{}")))
    headers = {"X-Secondmark-Try": "2", "authorization": "Bearer of somebody else"}

    await Posts(http, f"{server.url}/a%2Fb?c=%41", SHARED, TIMEOUT).send(b'{"a": 1}', headers)
    async with httpx.AsyncClient(trust_env=False) as other:
        await Posts(other, f"{server.url}/a%2Fb?c=%41", SHARED, TIMEOUT).send(b'{"a": 1}', headers)

    past, through = server.requests
    assert (past.line, past.body) == (through.line, through.body)
    assert past.headers == through.headers
    assert (past.headers["authorization"], past.headers["x-secondmark-try"]) == ("bearer k", "2")


async def test_a_reply_comes_with_its_status_and_its_headers_in_lower_case(http, serve, replies):
    server = await serve(answering(replies.answer(b"no", "X-Generation-Id: gen-1", status="429 Slow Down")))

    status, headers, body = await Posts(http, server.url, SHARED, TIMEOUT).send(b"{}", {})

    assert (status, headers.get("x-generation-id"), body) == (429, "gen-1", b"no")


async def test_a_compressed_reply_is_unpacked(http, serve, replies):
    packed = gzip.compress(json.dumps({"mark": 2}).encode())
    server = await serve(answering(replies.answer(packed, "Content-Encoding: gzip")))

    _, _, body = await Posts(http, server.url, SHARED, TIMEOUT).send(b"{}", {})

    assert json.loads(body) == {"mark": 2}


async def test_a_reply_that_is_not_compressed_as_it_says_is_httpxs_decoding_error(http, serve, replies):
    server = await serve(answering(replies.answer(b"no gzip", "Content-Encoding: gzip")))

    with pytest.raises(httpx.DecodingError):
        await Posts(http, server.url, SHARED, TIMEOUT).send(b"{}", {})


async def test_a_server_that_hangs_up_is_httpxs_protocol_error_and_an_absent_one_its_connect_error(http, serve):
    server = await serve(hang_up)
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        await Posts(http, f"{server.url}/?token=secret", SHARED, TIMEOUT).send(b"{}", {})
    assert "secret" not in str(caught.value)

    await server.stop()
    with pytest.raises(httpx.ConnectError):
        await Posts(http, "http://127.0.0.1:1", SHARED, TIMEOUT).send(b"{}", {})


async def test_a_traced_client_is_not_passed_by(http, serve, replies, monkeypatch):
    server = await serve(answering(replies.answer(b"{}")))
    seen = []

    async def watched(request):
        seen.append(request.method)

    monkeypatch.setattr(http, "_is_instrumented_by_opentelemetry", True)
    http.event_hooks = {"request": [watched]}
    await Posts(http, server.url, SHARED, TIMEOUT).send(b"{}", {})

    assert seen == ["POST"]


async def test_a_closed_client_sends_nothing(http, serve, replies):
    server = await serve(answering(replies.answer(b"{}")))
    posts = Posts(http, server.url, SHARED, TIMEOUT)
    await http.aclose()

    with pytest.raises(RuntimeError, match="closed"):
        await posts.send(b"{}", {})
    assert server.requests == []
