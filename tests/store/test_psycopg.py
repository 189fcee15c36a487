import asyncio
from time import monotonic

import psycopg
import pytest

from app.errors import UpstreamUnavailableError
from app.store.psycopg import PsycopgTransport


@pytest.fixture
async def connect():
    """Opens transports and closes them after the test."""
    opened = []

    async def connect(conninfo, **options):
        transport = PsycopgTransport(conninfo, **options)
        opened.append(transport)
        await transport.open()
        return transport

    yield connect
    await asyncio.gather(*(transport.close() for transport in opened))


def reset_hang_ups(conninfo):
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("alter sequence public.hang_ups restart")


async def test_a_call_whose_connection_breaks_is_made_once_more(connect, probes):
    reset_hang_ups(probes)
    transport = await connect(probes)

    assert await transport.call("hang_up", {"times": 1}) == "answered"


async def test_a_call_whose_connection_breaks_twice_is_given_up(connect, probes):
    reset_hang_ups(probes)
    transport = await connect(probes)

    with pytest.raises(UpstreamUnavailableError):
        await transport.call("hang_up", {"times": 99})

    with psycopg.connect(probes) as connection:
        assert connection.execute("select last_value from public.hang_ups").fetchone() == (2,)


async def test_no_call_fails_after_a_restart_of_the_server(connect, outage):
    transport = await connect(outage.conninfo(), min_size=8, max_size=8)
    await asyncio.gather(*(transport.call("echo", {"call": call}) for call in range(50)))

    outage.stop()
    outage.start()
    answers = await asyncio.gather(*(transport.call("echo", {"call": call}) for call in range(50)))

    assert answers == [{"call": call} for call in range(50)]


async def test_one_call_finds_its_way_past_all_the_connections_of_a_stopped_server(connect, outage):
    transport = await connect(outage.conninfo(), min_size=8, max_size=8)
    await asyncio.gather(*(transport.call("echo", {"call": call}) for call in range(50)))

    outage.stop()
    outage.start()

    assert await transport.call("echo", {"call": 1}) == {"call": 1}


async def test_a_database_that_is_away_is_reported_in_time_and_used_when_it_is_back(connect, outage, answers_again):
    transport = await connect(outage.conninfo(), wait_seconds=0.2)
    await transport.call("ping", {})

    outage.stop()
    began = monotonic()
    with pytest.raises(UpstreamUnavailableError):
        await transport.call("ping", {})
    assert monotonic() - began < 2
    assert not await transport.ping()

    outage.start()
    assert await answers_again(transport)


async def test_opening_does_not_wait_for_the_database(connect, outage):
    conninfo = outage.conninfo()
    outage.stop()
    transport = await connect(conninfo, wait_seconds=5)

    assert not await transport.ping()
    outage.start()
    assert await transport.call("ping", {}) == {"ok": True}


async def test_an_address_that_has_nobody_is_unavailable(connect):
    transport = await connect("host=127.0.0.1 port=1 dbname=nobody", wait_seconds=0.2)

    with pytest.raises(UpstreamUnavailableError):
        await transport.call("ping", {})


async def test_the_address_may_be_asked_for_anew(connect, probes):
    asked = []

    def conninfo():
        asked.append(1)
        return probes

    transport = await connect(conninfo)

    assert await transport.ping()
    assert asked


async def test_a_closed_transport_is_unavailable(connect, probes):
    transport = await connect(probes)
    await transport.close()

    with pytest.raises(UpstreamUnavailableError):
        await transport.call("ping", {})


async def test_more_calls_than_connections_wait_for_their_turn(connect, probes):
    transport = await connect(probes, max_size=2)

    answers = await asyncio.gather(*(transport.call("echo", {"call": call}) for call in range(40)))

    assert [answer["call"] for answer in answers] == list(range(40))


async def test_a_cancelled_call_ends_cancelled_wherever_it_is(database):
    finished = False
    steps = 0
    while not finished:
        transport = PsycopgTransport(database)
        await transport.open()
        call = asyncio.create_task(transport.call("ping", {}))
        for _ in range(steps):
            await asyncio.sleep(0)
        finished = call.done()
        call.cancel()
        outcome = (await asyncio.gather(call, return_exceptions=True))[0]
        await transport.close()
        assert finished or isinstance(outcome, asyncio.CancelledError), f"forgotten after {steps} steps"
        steps += 1
