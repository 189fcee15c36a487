"""Ctrl-C and SIGTERM while calls hang."""

import asyncio
import os
import pty
import signal
import time
from pathlib import Path

import httpx

from app.simulator.config import SimulatorConfig

ROOT = Path(__file__).parents[2]


async def start_is_refused(server, session):
    try:
        response = await server.http.post("/grade/single", json={"session_id": session, "models": []})
    except httpx.TransportError:
        return True
    return not response.is_success


async def hanging_run(server):
    await server.start()
    return await server.new_run(tries=3)


async def stop(server, session, how):
    """Whether a start was refused meanwhile, and how long the end took."""
    ending = asyncio.create_task(server.end(how))
    await asyncio.sleep(0.5)
    return await start_is_refused(server, session), await ending


async def carry_on(server, session, simulator):
    """How the next process ends the run, and how long after it answered it made its first call."""
    known = len(simulator.log)
    await server.start()
    ready_at = time.time()
    progress = await server.finished(session)
    first = next(one for one in list(simulator.log)[known:] if one.session.startswith(session))
    return progress, await server.marks(session), first.started_at - ready_at


async def test_servers_that_are_told_to_stop_do_so_in_time_and_the_next_ones_go_on(make_server, simulator, truth):
    simulator.config = SimulatorConfig(latency_seconds=60)
    signals = (signal.SIGTERM, signal.SIGINT)
    servers = [make_server(GRADING_MAX_CONCURRENCY="4") for _ in signals]
    sessions = await asyncio.gather(*map(hanging_run, servers))
    async with asyncio.timeout(60):
        while simulator.stats.in_flight < 8:  # noqa: ASYNC110 - the simulator tells nobody
            await asyncio.sleep(0.02)
    endings = await asyncio.gather(*map(stop, servers, sessions, signals))

    simulator.config = SimulatorConfig(latency_seconds=0)
    resumed = await asyncio.gather(
        *(carry_on(server, session, simulator) for server, session in zip(servers, sessions, strict=True))
    )

    assert [refused for refused, _ in endings] == [True, True]
    assert max(seconds for _, seconds in endings) < 10
    for progress, marks, seconds in resumed:
        # A lease that was not handed over would have to run out first, which takes 9 seconds and more.
        assert seconds < 5
        assert (progress["status"], progress["attempts"]["succeeded"]) == ("graded", 9)
        assert marks == truth(tries=3)
    assert simulator.stats.calls == 2 * (9 + 4)


async def test_a_server_with_nothing_to_do_stops_at_once(make_server):
    server = make_server()
    await server.start()

    assert await server.end(signal.SIGTERM) < 5


async def test_make_serve_ends_quietly_at_ctrl_c(tmp_path, unused_tcp_port):
    terminal, server_side = pty.openpty()
    environment = os.environ | {"DATA_DIR": str(tmp_path), "PORT": str(unused_tcp_port)}
    # -o: the set-up of .venv is not looked at.
    make = await asyncio.create_subprocess_exec(
        *("make", "-o", ".venv/.ready-to-run", "serve"),
        **dict.fromkeys(("stdin", "stdout", "stderr"), server_side),
        cwd=ROOT,
        env=environment,
        preexec_fn=lambda: os.login_tty(server_side),
    )
    os.close(server_side)
    async with asyncio.timeout(60):
        said = await asyncio.to_thread(said_until, terminal, b"running on")
        os.write(terminal, b"\x03")
        said += await asyncio.to_thread(said_until, terminal, b"nothing: the end")
        await make.wait()
    os.close(terminal)

    assert b"Finished server process" in said
    assert b"Error" not in said


def said_until(terminal, words):
    """What a program writes to its terminal up to some words, or to its end."""
    said = b""
    while words not in said:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # the program has ended
            break
    return said
