"""The bad days that clients, clocks and memory make."""

import asyncio
import json
import resource
from collections.abc import Callable
from contextlib import suppress

import httpx
import psutil
import psycopg

from tests.chaos.database_days import TRIES, the_whole_truth, warmed_up
from tests.chaos.world import MODELS, PATIENCE_SECONDS, Web, World, embedded_conninfo

FEW_TRIES = 2
HOUR = 3600
# 300 scripts x 2 questions x 30 attempts with long names: enough text for a process of its own.
SCRIPTS, QUESTIONS, ATTEMPTS = 300, ("a", "b"), 10
MARKERS = [f"made/{'up' * 45}-{number}" for number in range(3)]


async def fifty_sessions(world: World) -> None:
    """All are prepared and started together."""
    web = world.web()
    await web.start()
    await web.finished(await warmed_up(world, web), PATIENCE_SECONDS)
    before = await web.holds()
    world.simulator.reset()
    sessions = await asyncio.gather(*(web.prepared() for _ in range(world.amount)))
    await asyncio.gather(*(web.grade(session, MODELS, FEW_TRIES) for session in sessions))
    for session in sessions:
        progress = await world.judge(web, session, FEW_TRIES)
        world.verdict.promise(progress["attempts"]["failed"] == 0, f"attempts of {session} failed")
    world.settle_bill(world.amount * len(MODELS) * FEW_TRIES)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened = f"{world.amount} sessions started at once"


async def clients_vanish(world: World) -> None:
    """Clients leave in the middle of a head, of a body, of a start, of an answer and of an event stream."""
    web = world.web()
    await web.start()
    session = await warmed_up(world, web)
    before = await web.holds()
    requests = vanishing(session)
    await asyncio.gather(*(vanish(web, requests[number % len(requests)]) for number in range(world.amount)))
    await the_whole_truth(world, web, session)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(embedded_conninfo(web))
    traces = web.log().count("Traceback")
    world.verdict.promise(traces == 0, f"{traces} tracebacks in the log")
    world.verdict.happened = f"{world.amount} clients left in the middle"


def vanishing(session: str) -> list[tuple[str, str]]:
    """What is sent, and the word of the answer after which the client leaves."""
    models = [{"name": name, "tries": TRIES} for name in MODELS]
    plan = json.dumps({"session_id": session, "models": models})
    post = "Content-Type: application/json\r\n"
    return [
        ("GET /sessions HTTP/1.1\r\nHost: localhost\r\nX-Half", ""),
        (f"POST /sessions HTTP/1.1\r\nHost: localhost\r\n{post}Content-Length: 100000\r\n\r\n{{", ""),
        (f"POST /grade/single HTTP/1.1\r\nHost: localhost\r\n{post}Content-Length: {len(plan)}\r\n\r\n{plan}", ""),
        (f"GET /results/{session} HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1"),
        (f"GET /sessions/{session}/events HTTP/1.1\r\nHost: localhost\r\n\r\n", "progress"),
        (f"GET /sessions/{session} HTTP/1.1\r\nHost: localhost\r\n\r\n", ""),
    ]


async def vanish(web: Web, request: tuple[str, str]) -> None:
    text, word = request
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(text.encode())
    with suppress(OSError, asyncio.IncompleteReadError):
        await writer.drain()
        if word:
            await reader.readuntil(word.encode())
    writer.transport.abort()


async def clock_jumps(world: World) -> None:
    """The server's clock jumps by an hour, forth and back, and the database's jumps past the end of every lease."""
    cluster = await world.cluster()
    web = world.web(DATABASE_URL=cluster.conninfo())
    await web.start()
    session = await warmed_up(world, web)
    before = await web.holds()
    for number in range(world.amount):
        (web.folder / "clock").write_text(str(HOUR if number % 2 == 0 else -HOUR))
        with psycopg.connect(cluster.conninfo()) as connection:
            connection.execute("update public.session set lease_expires_at = lease_expires_at - interval '1 hour'")
        await asyncio.sleep(world.chance.uniform(0, 0.5))
    await the_whole_truth(world, web, session)
    (web.folder / "clock").write_text("0")
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(cluster.conninfo())
    world.verdict.happened = f"{world.amount} jumps of an hour in the server, with all leases run out"


async def analysis_memory(world: World) -> None:
    """The process of an analysis runs out of memory, and is killed as the kernel does it. Others go on, and the next
    request has its answer.
    """
    web = world.web()
    await web.start()
    exam = await large_exam(web)
    await web.finished(await warmed_up(world, web), PATIENCE_SECONDS)
    agreement = f"/exams/{exam}/agreement?wait=true"
    # The first process of an analysis brings one that stays.
    await harmed(web, agreement, killed)
    session = await warmed_up(world, web)
    before = await web.holds()
    for number in range(world.amount):
        harm = (killed, starved)[number % 2]
        refused = await harmed(web, agreement, harm)
        world.verdict.promise(
            refused.status_code == 503, f"an analysis that was {harm.__name__} answered {refused.status_code}"
        )
        world.verdict.promise((await web.http.get("/health/ready")).is_success, "the server is not ready after it")
    answer = await web.http.get(agreement, timeout=PATIENCE_SECONDS)
    world.verdict.promise(answer.status_code == 200, f"the next analysis answered {answer.status_code}")
    await the_whole_truth(world, web, session)
    world.verdict.left = await web.left_since(before)
    world.nobody_is_stuck(embedded_conninfo(web))
    world.verdict.happened = f"the process of an analysis killed or out of memory {world.amount} times"


async def large_exam(web: Web) -> str:
    exam = (await web.post("/exams", {"name": "large"}))["exam_id"]
    lines = ["script,question_id,max_marks,human_mark,model_name,try_index,mark"]
    for script in range(SCRIPTS):
        for place, question in enumerate(QUESTIONS):
            human = (script + place) % 5
            for marker in MARKERS:
                for number in range(1, ATTEMPTS + 1):
                    mark = min(4, human + (script * number + len(marker)) % 2)
                    lines.append(f"s{script},{question},4,{human},{marker},{number},{mark}")
    files = {"file": ("marks.csv", "\n".join(lines))}
    response = await web.http.post("/results/import", files=files, data={"exam_id": exam}, timeout=PATIENCE_SECONDS)
    assert response.is_success, response.text
    return exam


async def harmed(web: Web, path: str, harm: Callable[[psutil.Process], None]) -> httpx.Response:
    """The answer to a request whose process is harmed."""
    asking = asyncio.create_task(web.http.get(path, timeout=PATIENCE_SECONDS))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not asking.done():
            for child in psutil.Process(web.process.pid).children():
                with suppress(psutil.NoSuchProcess):
                    if "spawn_main" in " ".join(child.cmdline()):
                        harm(child)
                        return await asking
            await asyncio.sleep(0.005)
    return await asking


def killed(process: psutil.Process) -> None:
    process.kill()


def starved(process: psutil.Process) -> None:
    """No memory beyond what it has."""
    resource.prlimit(process.pid, resource.RLIMIT_AS, (process.memory_info().vms, resource.RLIM_INFINITY))
