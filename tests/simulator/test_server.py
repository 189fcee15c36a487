import asyncio
import json
import socket

import aiohttp
import httpx
import pytest

from app.simulator.config import SimulatorConfig
from app.simulator.faults import HARMLESS, WITHOUT_COMPLETION, Fault
from app.simulator.server import NotLoopbackError, running_simulator

QUICK = 0.002
IN_BODY = sorted(HARMLESS | set(Fault) - WITHOUT_COMPLETION)


def failing(fault: Fault, **more) -> SimulatorConfig:
    return SimulatorConfig(fault_rates={fault: 1}, latency_seconds=QUICK, drip_seconds=QUICK, **more)


@pytest.fixture
async def simulator():
    async with running_simulator(SimulatorConfig(latency_seconds=QUICK)) as running:
        yield running


async def settled(condition):
    """Lets the loop run until the server has seen what the client did."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the server is to be watched, not told to signal
            await asyncio.sleep(0)


async def test_a_completion_over_httpx(simulator, body):
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(
            f"{simulator.base_url}/chat/completions", json=body(), headers={"Authorization": "Bearer k"}
        )

    content = json.loads(response.json()["choices"][0]["message"]["content"])
    assert {a["question_id"]: a["marks_awarded"] for a in content["answers"]} == simulator.log[0].marks
    assert response.headers["X-Generation-Id"] == response.json()["id"]


async def test_the_base_url_is_loopback_and_ends_like_openrouters(simulator):
    assert simulator.base_url.startswith("http://127.0.0.1:")
    assert simulator.base_url.endswith("/api/v1")


async def test_one_connection_serves_many_requests(simulator, body, complete):
    for try_index in range(1, 6):
        status, _, _ = await complete(simulator, body(), try_index)
        assert status == 200

    assert (simulator.stats.calls, simulator.stats.connections) == (5, 1)
    assert [entry.try_index for entry in simulator.log] == [1, 2, 3, 4, 5]


async def test_the_log_says_when_each_request_came_and_was_answered(simulator, body, complete):
    await complete(simulator, body(), 4)

    (entry,) = simulator.log
    assert entry.call == ("3f0c/simulated-careful", "simulated/careful", 4, "assessment")
    assert entry.status == 200
    assert entry.delivered
    assert entry.usage["cost"] > 0
    assert entry.started_at + QUICK * 0.9 <= entry.answered_at


async def test_requests_in_flight_overlap_and_their_maximum_is_counted(simulator, body, complete):
    await asyncio.gather(*(complete(simulator, body(), n) for n in range(1, 9)))

    assert 1 < simulator.stats.in_flight_max <= 8
    assert simulator.stats.in_flight == 0


async def test_stats_and_log_are_served_and_say_that_they_are_simulated(simulator, body, complete, http):
    await complete(simulator, body())
    origin = simulator.origin

    async with http.get(f"{origin}/simulator/stats") as response:
        stats = await response.json()
    async with http.get(f"{origin}/simulator/log") as response:
        log = await response.json()

    assert (stats["simulated"], log["simulated"]) == ("SIMULATED", "SIMULATED")
    assert (stats["calls"], stats["completions"], stats["statuses"]) == (1, 1, {"200": 1})
    assert log["entries"][0]["delivered"] is True


async def test_reading_the_stats_is_no_connection(simulator, http):
    async with http.get(f"{simulator.origin}/simulator/stats") as response:
        assert (await response.json())["connections"] == 0


@pytest.mark.parametrize("fault", IN_BODY)
async def test_an_answer_with_a_fault_in_it_arrives(simulator, body, complete, fault):
    simulator.config = failing(fault)

    status, _, sent = await complete(simulator, body())

    assert status == 200
    assert json.loads(sent)["choices"][0]["message"]["role"] == "assistant"
    assert simulator.stats.faults == {fault: 1}
    assert simulator.stats.good_answers == (fault in HARMLESS)


@pytest.mark.parametrize("fault", [f for f in Fault if f.startswith("http_")])
async def test_an_http_error_arrives(simulator, body, complete, fault):
    simulator.config = failing(fault)

    status, headers, _ = await complete(simulator, body())

    assert f"http_{status}" == fault
    assert ("Retry-After" in headers) == (status in {429, 503})
    assert simulator.stats.statuses == {str(status): 1}


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.ERROR_IN_200, Fault.CHOICES_NULL, Fault.CHOICES_EMPTY])
async def test_a_200_without_a_completion_is_no_good_answer(simulator, body, complete, fault):
    simulator.config = failing(fault)

    assert (await complete(simulator, body()))[0] == 200
    assert simulator.stats.good_answers == 0
    assert simulator.log[0].marks == {}


async def test_blanks_come_before_a_good_body(simulator, body, complete):
    simulator.config = failing(Fault.BLANKS)

    _, headers, sent = await complete(simulator, body())

    assert sent[:1].isspace()
    assert json.loads(sent)["choices"]
    assert headers["Transfer-Encoding"] == "chunked"


async def test_a_reset_before_the_answer(simulator, body, complete):
    simulator.config = failing(Fault.RESET_BEFORE)

    with pytest.raises(aiohttp.ClientOSError) as raised:
        await complete(simulator, body())

    assert isinstance(raised.value, ConnectionResetError) or raised.value.errno == 104
    assert simulator.stats.statuses == {"broken": 1}
    assert simulator.stats.abandoned == 0


async def test_a_close_before_the_answer(simulator, body, complete):
    simulator.config = failing(Fault.CLOSE_BEFORE)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await complete(simulator, body())


async def test_a_reset_in_mid_body(simulator, body, complete):
    simulator.config = failing(Fault.RESET_MID_BODY)

    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
        await complete(simulator, body())
    assert not simulator.log[0].delivered


async def test_a_hang_lasts_until_the_client_leaves(simulator, body, complete):
    simulator.config = failing(Fault.HANG)

    call = asyncio.create_task(complete(simulator, body()))
    await settled(lambda: simulator.stats.in_flight == 1)
    call.cancel()
    await asyncio.wait([call])

    await settled(lambda: simulator.stats.abandoned == 1)
    assert simulator.stats.in_flight == 0
    assert simulator.log[0].answered_at is None


async def test_a_client_that_leaves_during_the_latency_has_no_answer(simulator, body, complete):
    simulator.config = SimulatorConfig(latency_seconds=60)
    call = asyncio.create_task(complete(simulator, body()))
    await settled(lambda: simulator.stats.in_flight == 1)

    call.cancel()

    await settled(lambda: simulator.stats.abandoned == 1)
    assert simulator.stats.good_answers == 0


async def test_a_client_that_dies_as_the_answer_goes_out_has_none(simulator, body):
    """The end of the connection waits in the kernel, unseen by the loop, when the answer is due."""
    sent = json.dumps(body()).encode()
    head = f"POST /api/v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer k\r\nContent-Length: {len(sent)}\r\n\r\n"
    host, port = simulator.origin.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)))
    client.sendall(head.encode() + sent)
    client.shutdown(socket.SHUT_RDWR)
    client.close()
    simulator.config = SimulatorConfig()

    await settled(lambda: simulator.stats.abandoned == 1)
    assert simulator.stats.good_answers == 0
    assert not simulator.log[0].delivered


async def test_a_limited_model_answers_429_and_then_serves_on(simulator, body, complete):
    simulator.config = SimulatorConfig(requests_per_second=500, burst=1)

    statuses = [(await complete(simulator, body(), n))[0] for n in (1, 2)]
    statuses += [(await complete(simulator, body("simulated/harsh")))[0]]

    assert statuses[0] == statuses[2] == 200
    assert simulator.stats.rate_limited == statuses.count(429)


async def test_repeats_are_calls_answered_well_twice(simulator, body, complete):
    for try_index in (1, 1, 2):
        await complete(simulator, body(), try_index)
    await complete(simulator, body(session_id="another"), 1)

    assert (simulator.stats.good_answers, simulator.stats.repeats) == (4, 1)


async def test_a_reset_starts_the_counts_again(simulator, body, complete):
    await complete(simulator, body())

    simulator.reset()

    assert simulator.stats.calls == 0
    assert not simulator.log


async def test_leaving_ends_calls_that_still_run(body, complete):
    async with running_simulator(SimulatorConfig(latency_seconds=60)) as simulator:
        call = asyncio.create_task(complete(simulator, body()))
        await settled(lambda: simulator.stats.in_flight == 1)

    with pytest.raises(aiohttp.ClientError):
        await call


async def test_only_loopback_is_served():
    with pytest.raises(NotLoopbackError):
        async with running_simulator(host="0.0.0.0"):  # noqa: S104 - refused, which is the point
            pass
