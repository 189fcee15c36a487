import asyncio

import httpx
import pytest

from app.errors import NotConfiguredError, UpstreamUnavailableError
from app.store.postgrest import PostgrestTransport
from app.store.transport import StoreError

URL = "https://project.supabase.co"


@pytest.fixture
async def answering():
    """Transports whose requests are answered by a function."""
    clients = []

    async def answering(answer, key="sb_secret_abc"):
        client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        clients.append(client)
        transport = PostgrestTransport(URL, key, client)
        await transport.open()
        return transport

    yield answering
    await asyncio.gather(*(client.aclose() for client in clients))


class Broken:
    """Breaks the connection under the first requests, and counts them all."""

    def __init__(self, times, error=httpx.ReadError):
        self.times = times
        self.error = error
        self.requests = 0

    def __call__(self, request):
        self.requests += 1
        if self.requests <= self.times:
            raise self.error("broken", request=request)
        return httpx.Response(200, json="answered")


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError])
async def test_a_call_whose_connection_breaks_is_made_once_more(answering, error):
    broken = Broken(1, error)
    transport = await answering(broken)

    assert await transport.call("ping", {}) == "answered"
    assert broken.requests == 2


async def test_a_call_whose_connection_breaks_twice_is_given_up(answering):
    broken = Broken(99)
    transport = await answering(broken)

    with pytest.raises(UpstreamUnavailableError):
        await transport.call("ping", {})
    assert broken.requests == 2


async def test_a_call_that_timed_out_is_not_made_again(answering):
    broken = Broken(99, httpx.ReadTimeout)
    transport = await answering(broken)

    with pytest.raises(UpstreamUnavailableError):
        await transport.call("ping", {})
    assert broken.requests == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504, 521])
@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", '{"message": "upstream"}', ""])
async def test_a_gateway_that_answers_instead_is_unavailable(answering, status, body):
    transport = await answering(lambda _: httpx.Response(status, text=body))

    with pytest.raises(UpstreamUnavailableError):
        await transport.call("ping", {})
    assert not await transport.ping()


async def test_an_unexpected_answer_is_a_store_error(answering):
    transport = await answering(lambda _: httpx.Response(418, text="teapot"))

    with pytest.raises(StoreError, match="418"):
        await transport.call("ping", {})


async def test_a_refused_key_names_the_variable_to_set(probes_rest):
    async with httpx.AsyncClient() as http:
        transport = PostgrestTransport(probes_rest.url, probes_rest.key + "x", http)
        await transport.open()

        with pytest.raises(NotConfiguredError, match="SUPABASE_SERVICE_ROLE_KEY"):
            await transport.call("ping", {})


@pytest.mark.parametrize("key", ["sb_secret_abc", "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x"])
async def test_either_kind_of_key_is_sent_as_the_api_key(answering, key):
    seen = []

    def answer(request):
        seen.append((str(request.url), request.headers["apikey"], request.headers["authorization"]))
        return httpx.Response(200, json=None)

    transport = await answering(answer, key)
    await transport.call("ping", {})

    assert seen == [(f"{URL}/rest/v1/rpc/ping", key, f"Bearer {key}")]


async def test_a_transport_that_is_not_open_is_unavailable():
    async with httpx.AsyncClient() as http:
        with pytest.raises(UpstreamUnavailableError):
            await PostgrestTransport(URL, "sb_secret_abc", http).call("ping", {})


async def test_a_database_that_is_away_is_reported_and_used_when_it_is_back(serve_postgrest, outage, answers_again):
    with serve_postgrest(outage.conninfo()) as server:
        async with httpx.AsyncClient() as http:
            transport = PostgrestTransport(server.url, server.key, http)
            await transport.open()
            assert await transport.ping()

            outage.stop()
            with pytest.raises(UpstreamUnavailableError):
                await transport.call("ping", {})

            outage.start()
            assert await answers_again(transport)
