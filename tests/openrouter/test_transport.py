import asyncio
import gzip
import socket
import struct
from contextlib import ExitStack

import httpx
import pytest

from app.main import create_app
from app.openrouter.http_client import open_http_client
from app.openrouter.proxy import proxy_from_environment
from app.openrouter.transport import AiohttpTransport
from app.settings import Settings, SettingsError


@pytest.fixture
async def http():
    async with open_http_client(limit=4) as client:
        yield client


def post(http, url, **kwargs):
    return http.post(url, content=b'{"a": 1}', **kwargs)


def sending(payload, *, then=lambda _: None):
    async def behave(writer):
        writer.write(payload)
        await writer.drain()
        then(writer)

    return behave


def close(writer):
    writer.close()


def reset(writer):
    linger_zero = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)
    writer.transport.abort()


async def stall(_writer):
    await asyncio.Event().wait()


async def test_an_answer_arrives_with_its_status_headers_and_body(http, serve, replies):
    server = await serve(sending(replies.answer(b"hello", "X-Generation-Id: gen-1", status="429 Slow Down")))
    response = await post(http, server.url)
    assert (response.status_code, response.reason_phrase, response.content) == (429, "Slow Down", b"hello")
    assert response.headers["x-generation-id"] == "gen-1"


async def test_the_request_arrives_as_httpx_built_it(http, serve, replies):
    server = await serve(sending(replies.answer(b"")))
    await post(http, f"{server.url}/a%2Fb%7Ec?token=%41%3D%3D&empty=", headers={"Authorization": "Bearer k"})
    request = server.requests[0]
    assert request.line == "POST /a%2Fb%7Ec?token=%41%3D%3D&empty= HTTP/1.1"
    assert request.body == b'{"a": 1}'
    assert request.headers["authorization"] == "bearer k"
    assert request.headers["user-agent"].startswith("python-httpx")
    assert "content-type" not in request.headers


async def test_a_streamed_request_body_is_sent_whole_with_its_length(http, serve, replies):
    async def parts():
        yield b"one "
        yield b"two"

    server = await serve(sending(replies.answer(b"")))
    await http.put(server.url, content=parts())
    assert server.requests[0].body == b"one two"
    assert "transfer-encoding" not in server.requests[0].headers


async def test_connections_are_used_again(http, serve, replies):
    server = await serve(sending(replies.answer(b"x" * 100_000)))
    for _ in range(3):
        await post(http, server.url)
    assert server.connections == 1


async def test_never_more_connections_than_the_limit(serve, replies):
    server = await serve(sending(replies.answer(b"x")))
    async with open_http_client(limit=2) as http:
        await asyncio.gather(*(post(http, server.url) for _ in range(20)))
    assert server.connections <= 2


async def test_a_refused_connection_was_not_sent(http):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        await post(http, f"http://127.0.0.1:{port}")


async def test_a_name_that_does_not_resolve_was_not_sent(http):
    with pytest.raises(httpx.ConnectError):
        await post(http, "http://nowhere.invalid")


async def test_a_connection_that_is_not_accepted_in_time_was_not_sent(http):
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(full.getsockname())
        with pytest.raises(httpx.ConnectTimeout):
            await post(http, f"http://127.0.0.1:{full.getsockname()[1]}", timeout=httpx.Timeout(5, connect=0.05))


async def test_a_tls_handshake_that_stalls_was_not_sent(http, serve):
    server = await serve(stall)
    with pytest.raises(httpx.ConnectTimeout):
        await post(http, server.url.replace("http:", "https:"), timeout=httpx.Timeout(5, connect=0.05))


async def test_a_tls_handshake_that_fails_was_not_sent(http):
    async def greet(_reader, writer):
        writer.write(b"220 mail.test ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(httpx.ConnectError):
            await post(http, f"https://127.0.0.1:{port}")


async def test_a_server_that_closes_after_the_request_may_have_taken_it(http, serve):
    server = await serve(sending(b"", then=close))
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, server.url)
    assert len(server.requests) == 1


async def test_a_reset_after_the_request_may_have_come_too_late(http, serve):
    server = await serve(sending(b"", then=reset))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await post(http, server.url)
    assert len(server.requests) == 1


async def test_a_kept_connection_that_the_server_has_closed_is_a_failure_of_its_own(http, serve, replies):
    server = await serve(sending(replies.answer(b"first")))
    await post(http, server.url)
    server.behave = sending(b"", then=close)
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, server.url)


async def test_a_reset_in_mid_body_is_a_broken_body(http, serve, replies):
    server = await serve(sending(replies.answer(b"half", length=100), then=reset))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await post(http, server.url)


async def test_a_body_shorter_than_announced_is_a_broken_body(http, serve, replies):
    server = await serve(sending(replies.answer(b"half", length=100), then=close))
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, server.url)


async def test_a_chunked_body_that_stops_is_a_broken_body(http, serve):
    server = await serve(sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", then=close))
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, server.url)


async def test_a_garbage_status_line_breaks_the_protocol(http, serve):
    server = await serve(sending(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, server.url)


async def test_a_header_of_60_kilobytes_is_taken(http, serve, replies):
    server = await serve(sending(replies.answer(b"ok", f"X-Long: {'a' * 60_000}")))
    response = await post(http, server.url)
    assert len(response.headers["x-long"]) == 60_000


async def test_a_header_beyond_that_breaks_the_protocol(http, serve, replies):
    server = await serve(sending(replies.answer(b"ok", f"X-Long: {'a' * 70_000}")))
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, server.url)


async def test_silence_before_the_reply_is_a_read_timeout(http, serve):
    server = await serve(stall)
    with pytest.raises(httpx.ReadTimeout):
        await post(http, server.url, timeout=0.05)


async def test_silence_in_mid_body_is_a_read_timeout(http, serve, replies):
    server = await serve(sending(replies.answer(b"half", length=100)))
    with pytest.raises(httpx.ReadTimeout):
        await post(http, server.url, timeout=0.05)


async def test_a_proxy_that_is_not_there_is_a_proxy_error(serve, replies):
    server = await serve(sending(replies.answer(b"")))
    async with open_http_client(limit=1, proxy="http://127.0.0.1:1") as http:
        with pytest.raises(httpx.ProxyError):
            await post(http, server.url)


async def test_a_proxy_that_refuses_a_tunnel_is_a_proxy_error(serve, replies):
    proxy = await serve(sending(replies.answer(b"", status="407 Who Are You"), then=close))
    async with open_http_client(limit=1, proxy=proxy.url) as http:
        with pytest.raises(httpx.ProxyError):
            await post(http, "https://openrouter.test")


async def test_requests_go_through_the_proxy(serve, replies):
    proxy = await serve(sending(replies.answer(b"from the proxy")))
    async with open_http_client(limit=1, proxy=proxy.url) as http:
        response = await post(http, "http://openrouter.test/chat")
    assert response.content == b"from the proxy"
    assert proxy.requests[0].line.startswith("POST http://openrouter.test/chat ")


async def test_a_header_that_http_cannot_carry_is_refused_before_sending(http, serve, replies):
    server = await serve(sending(replies.answer(b"")))
    with pytest.raises(httpx.LocalProtocolError):
        await post(http, server.url, headers={"Authorization": "Bearer two\nlines"})
    assert not server.requests


async def test_errors_do_not_name_the_address(http, serve):
    server = await serve(sending(b"", then=close))
    with pytest.raises(httpx.RemoteProtocolError) as raised:
        await post(http, f"{server.url}/?token=secret")
    assert "secret" not in str(raised.value)
    assert raised.value.request.method == "POST"


async def test_redirects_are_not_followed(http, serve, replies):
    server = await serve(sending(replies.answer(b"", "Location: /elsewhere", status="302 Found")))
    assert (await post(http, server.url)).status_code == 302
    assert len(server.requests) == 1


async def test_cookies_are_not_kept(http, serve, replies):
    server = await serve(sending(replies.answer(b"", "Set-Cookie: seen=yes; Path=/")))
    # Cookie jars of every kind refuse bare addresses: only a name shows that there is none.
    url = server.url.replace("127.0.0.1", "localhost")
    await post(http, url)
    await post(http, url)
    assert "cookie" not in server.requests[1].headers


async def test_gzip_is_decoded_once(http, serve, replies):
    packed = gzip.compress(gzip.compress(b"inner"))
    server = await serve(sending(replies.answer(packed, "Content-Encoding: gzip")))
    assert gzip.decompress((await post(http, server.url)).content) == b"inner"


async def test_the_body_comes_as_it_arrives(http, serve, replies):
    server = await serve(sending(replies.answer(b"first", length=100)))
    async with http.stream("POST", server.url) as response:
        assert await anext(response.aiter_raw()) == b"first"


async def test_cancelling_in_mid_body_drops_the_connection(http, serve, replies):
    server = await serve(sending(replies.answer(b"half", length=100)))
    async with http.stream("POST", server.url) as response:
        body = response.aiter_raw()
        await anext(body)
        rest = asyncio.create_task(anext(body))
        await asyncio.sleep(0)
        rest.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rest
    await asyncio.wait_for(server.all_closed.wait(), 30)


async def test_a_deadline_bounds_a_dripping_body(http, serve, replies):
    async def drip(writer):
        writer.write(replies.answer(b"", length=1_000_000))
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    server = await serve(drip)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await post(http, server.url, timeout=30)
    await asyncio.wait_for(server.all_closed.wait(), 30)


async def test_a_transport_that_was_never_used_closes():
    transport = AiohttpTransport(limit=1)
    assert await transport.aclose() is None


def test_the_proxy_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    assert proxy_from_environment("https://openrouter.ai/api/v1") == "http://proxy.test:3128"
    assert proxy_from_environment("https://localhost/api/v1") is None


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "socks5h://127.0.0.1:9", "socks4://proxy.test", "ftp://p:1"])
def test_a_proxy_that_cannot_be_used_stops_the_start_and_is_named(monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setenv("no_proxy", "localhost")
    with pytest.raises(SettingsError, match=r"^ALL_PROXY: "):
        create_app(Settings())

    assert proxy_from_environment("https://localhost/api/v1") is None


def test_a_proxy_without_a_scheme_speaks_http(monkeypatch):
    monkeypatch.setenv("https_proxy", "proxy.test:3128")

    assert proxy_from_environment("https://openrouter.ai/api/v1") == "http://proxy.test:3128"
