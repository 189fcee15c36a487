"""Live progress over a real socket: what a listener is told, and what it costs."""

import asyncio
import itertools
import json
import logging
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.simulator.config import Behaviour
from app.simulator.faults import Fault
from app.work.feed import READ_SECONDS
from tests.clients.react import React, until

CAREFUL, HARSH = "simulated/careful", "simulated/harsh"


@dataclass(frozen=True)
class Told:
    name: str
    data: Any
    id: str


async def listen(tab, last_event_id: str | None = None) -> AsyncIterator[Told]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with tab.http.stream("GET", f"/sessions/{tab.session_id}/events", headers=headers, timeout=20) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                yield Told(fields["event"], json.loads(fields["data"]), fields["id"])
                fields = {}


async def rest(stream: AsyncIterator[Told]) -> list[Told]:
    return [event async for event in stream]


async def all_of(tab, last_event_id: str | None = None) -> list[Told]:
    return await rest(listen(tab, last_event_id))


async def start(tab, **body: Any) -> None:
    response = await tab.send("POST", "/grade/single?wait=false", {"session_id": tab.session_id, **body})
    assert response.status_code == 202


def finished(events: list[Told]) -> list[tuple[str, int]]:
    return [(event.data["model_name"], event.data["try_index"]) for event in events if event.name == "attempt"]


@pytest.fixture
async def slow_tab(open_tab, simulator, monkeypatch):
    """One call at a time, a tenth of a second each; one of two models always fails. Progress is read as often."""
    models = {HARSH: Behaviour(fault_rates={Fault.HTTP_400: 1})}
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 0.1, "models": models})
    monkeypatch.setattr("app.work.feed.READ_SECONDS", 0.1)
    tab = await open_tab(grading_max_concurrency=1)
    await tab.prepare_small()
    return tab


PLAN = [{"name": CAREFUL, "tries": 4}, {"name": HARSH, "tries": 2}]
ATTEMPTS = {(CAREFUL, n) for n in (1, 2, 3, 4)} | {(HARSH, n) for n in (1, 2)}


async def test_progress_comes_on_every_change_each_attempt_once_and_done_at_the_end(slow_tab):
    await start(slow_tab, models=PLAN)
    events = await all_of(slow_tab)

    assert sorted(finished(events)) == sorted(ATTEMPTS)
    progress = [event.data for event in events if event.name == "progress"]
    assert all(earlier != later for earlier, later in itertools.pairwise(progress))
    shares = [one["progress"] for one in progress]
    assert shares == sorted(shares)
    assert len(set(shares)) >= 3
    assert [event.name for event in events].count("done") == 1
    assert events[-1].name == "done"
    assert events[-1].data["status"] == "graded"
    assert events[-1].data.keys() == (await slow_tab.progress()).keys()
    failed = [event.data for event in events if event.name == "attempt" and event.data["status"] == "failed"]
    assert {attempt["model_name"] for attempt in failed} == {HARSH}
    assert all(attempt["message"] for attempt in failed)


async def test_a_listener_that_comes_back_is_told_only_what_it_missed(slow_tab):
    await start(slow_tab, models=PLAN)
    before = []
    async with aclosing(listen(slow_tab)) as events:
        async for event in events:
            before.append(event)
            if len(finished(before)) == 2:
                break
    after = await all_of(slow_tab, before[-1].id)

    assert sorted(finished(before) + finished(after)) == sorted(ATTEMPTS)
    assert after[-1].name == "done"


async def test_a_listener_that_comes_back_after_a_repeat_hears_of_the_new_attempts(slow_tab, simulator):
    await start(slow_tab, models=PLAN)
    last = (await all_of(slow_tab))[-1]
    simulator.config = simulator.config.model_copy(update={"models": {}})
    await start(slow_tab, models=[])

    events = await all_of(slow_tab, last.id)

    assert {(HARSH, 1), (HARSH, 2)} <= set(finished(events))
    assert len(finished(events)) == len(set(finished(events)))
    assert events[-1].data["attempts"]["failed"] == 0


async def test_who_comes_after_the_end_is_told_everything_at_once(slow_tab, transport):
    await start(slow_tab, models=PLAN)
    await all_of(slow_tab)
    reads = transport.asked.count("session_attempts")
    late = await all_of(slow_tab)
    assert transport.asked.count("session_attempts") == reads + 1
    assert sorted(finished(late)) == sorted(ATTEMPTS)
    assert [event.name for event in late].count("done") == 1


async def test_an_event_id_that_is_not_ours_is_as_good_as_none(slow_tab):
    await start(slow_tab, models=PLAN[:1])
    await all_of(slow_tab)
    for strange in ("x", ":", "1:2:3:", "9" * 90, "a:-1"):
        assert len(finished(await all_of(slow_tab, strange))) == 4


async def test_fifty_listeners_cost_one_read_at_a_time(slow_tab, transport):
    await start(slow_tab, models=PLAN)
    began = time.monotonic()
    streams = await asyncio.gather(*(all_of(slow_tab) for _ in range(50)))
    took = time.monotonic() - began

    assert all(sorted(finished(events)) == sorted(ATTEMPTS) for events in streams)
    reads = transport.asked.count("session_attempts")
    # Each reads once as it comes; after that they are one.
    assert reads - 50 <= took / 0.1 + 1


@pytest.mark.parametrize("session_id", ["0f8fad5b-d9cb-469f-a165-70867728950e", "no-uuid"])
async def test_an_unknown_session_is_404_before_the_stream_begins(tab, session_id):
    response = await tab.http.get(f"/sessions/{session_id}/events")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "NOT_FOUND"


async def test_nothing_is_read_any_more_once_the_last_listener_left(tab, transport, monkeypatch):
    monkeypatch.setattr("app.work.feed.READ_SECONDS", 0.1)
    await tab.prepare_small()
    async with aclosing(listen(tab)) as events:
        assert (await anext(events)).name == "progress"
        await until(lambda: transport.asked.count("session_attempts") >= 2)
        reader = next(task for task in asyncio.all_tasks() if task.get_name() == f"feed {tab.session_id}")
    await asyncio.wait([reader])
    reads = transport.asked.count("session_attempts")
    # Twice what lies between two reads: any other that went on reading would have read by then.
    await asyncio.sleep(0.2)
    assert transport.asked.count("session_attempts") == reads


def test_progress_is_read_twice_a_second():
    assert READ_SECONDS == 0.5


async def test_deleting_the_session_ends_the_stream(tab):
    await tab.prepare_small()
    async with aclosing(listen(tab)) as stream:
        events = [await anext(stream)]
        assert (await tab.send("DELETE", f"/sessions/{tab.session_id}")).status_code == 204
        events += await rest(stream)
    assert all(event.name != "done" for event in events)


async def test_the_stream_of_a_session_that_is_not_started_shows_its_start(tab):
    await tab.prepare_small()
    async with aclosing(listen(tab)) as stream:
        events = [await anext(stream)]
        await start(tab, models=[{"name": CAREFUL}])
        events += await rest(stream)
    statuses = [event.data["status"] for event in events if event.name == "progress"]
    assert statuses[0] == "created"
    assert statuses[-1] == "graded"
    assert finished(events) == [(CAREFUL, 1)]


async def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    found: list[str] = []

    def named() -> list[str]:
        assert server.poll() is None, log.read_text()
        found.extend(re.findall(r"http://127\.0\.0\.1:\d+", log.read_text()))
        return found

    await until(named, every=0.05)
    return found[0]


async def test_sigterm_with_listeners_connected_ends_the_server_in_time(simulator, database, tmp_path):
    simulator.config = simulator.config.model_copy(update={"latency_seconds": 30})
    environ = os.environ | {
        "OPENROUTER_API_KEY": "sk-or-test",
        "OPENROUTER_BASE_URL": simulator.base_url,
        "DATABASE_URL": database,
        "DATA_DIR": str(tmp_path),
        "PORT": "0",
    }
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [sys.executable, "-m", "app", "serve"], env=environ, stdout=output, stderr=output
        )
    try:
        base_url = await _address(log, server)
        async with httpx.AsyncClient(base_url=base_url, timeout=20) as http:
            tab = React(http)
            await tab.prepare_small()
            await start(tab, models=PLAN)
            streams = [listen(tab) for _ in range(5)]
            await asyncio.gather(*(anext(stream) for stream in streams))
            listeners = [asyncio.create_task(rest(stream)) for stream in streams]
            body = {"session_id": tab.session_id, "models": PLAN}
            async with http.stream("POST", "/grade/single?wait=true", json=body) as waiting:
                ending = asyncio.create_task(waiting.aread())
                await until(lambda: simulator.stats.in_flight == 6)
                began = time.monotonic()
                server.send_signal(signal.SIGTERM)
                await asyncio.to_thread(server.wait, 15)
                assert time.monotonic() - began < 10
                # Streams end in good order, and who waits for the run is told that it is not over.
                await asyncio.gather(*listeners)
                assert json.loads(await ending)["status"] == "grading"
        assert "Traceback" not in log.read_text()
        assert "Cancel" not in log.read_text()
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def leave_by_reset(connection: socket.socket) -> None:
    """Close as a machine does that loses its network: the server's next write fails."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("leave", [socket.socket.close, leave_by_reset], ids=["close", "reset"])
@pytest.mark.parametrize("has_begun", [False, True])
async def test_a_client_that_leaves_its_stream_writes_no_traceback(slow_tab, caplog, leave, has_begun):
    await start(slow_tab, models=PLAN)
    url = slow_tab.http.base_url
    connection = socket.create_connection((url.host, url.port))
    path = f"/sessions/{slow_tab.session_id}/events"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n\r\n".encode())
    if has_begun:
        assert await asyncio.to_thread(connection.recv, 100)
    leave(connection)

    await all_of(slow_tab)

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert "Traceback" not in caplog.text
