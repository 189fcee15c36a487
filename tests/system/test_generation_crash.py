import asyncio
import signal
import time

from app.simulator.config import SimulatorConfig
from tests.support.teacher import prose


async def upload(server):
    files = {"file": ("plants.txt", prose(400).encode())}
    document = (await server.http.post("/documents/upload", files=files)).raise_for_status().json()
    async with asyncio.timeout(60):
        while document["status"] == "processing":
            await asyncio.sleep(0.05)
            document = (await server.http.get(f"/documents/{document['id']}")).json()
    return document["id"]


async def until(server, test, is_so, seconds=40):
    async with asyncio.timeout(seconds):
        while not is_so(status := (await server.http.get(f"/tests/{test}/status")).raise_for_status().json()):  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.02)
    return status


async def test_a_killed_server_makes_only_the_unfinished_questions_after_a_restart(make_server, simulator):
    simulator.config = SimulatorConfig(latency_seconds=0.5)
    server = make_server()
    await server.start()
    document = await upload(server)
    body = {
        "document_id": document,
        "num_questions": 12,
        "model": "simulated/writer",
        "solver_models": ["simulated/solver"],
    }
    test = (await server.post("/tests/generate", body))["id"]
    half_way = await until(server, test, lambda status: status["questions_generated"] >= 4)
    before = (await server.http.get(f"/tests/{test}")).json()["questions"]
    killed_at = time.time()
    await server.end(signal.SIGKILL)
    in_flight = [one for one in simulator.log if one.answered_at is None or one.answered_at > killed_at - 0.1]
    await server.start()
    status = await until(server, test, lambda status: status["status"] not in {"pending", "generating"})
    after = (await server.http.get(f"/tests/{test}")).json()["questions"]
    attempts = (await server.http.get(f"/tests/{test}/attempts")).json()["attempts"]

    assert half_way["status"] == "generating"
    assert (status["status"], len(after)) == ("completed", 12)
    assert [question for question in after if question["id"] in {q["id"] for q in before}] == before
    # Every stored answer was asked for once; only what was in flight at the kill is paid twice.
    assert len(in_flight) <= 8
    assert simulator.stats.calls <= len(attempts) + len(in_flight)
