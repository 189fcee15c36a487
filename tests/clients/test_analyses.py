"""Large analyses over real sockets: 202 for those who ask again, and an end when nobody waits any more."""

import asyncio
import multiprocessing
import time
from typing import Any

import httpx
import pytest

from app.reporting.analyses import Analysed
from tests.bench.beside import HEADER
from tests.bench.sizes import stored_lines


def slow(*_: Any) -> Analysed:
    time.sleep(60)
    raise AssertionError("nobody ended it")


@pytest.fixture
async def exam_url(tab, monkeypatch) -> str:
    """An exam that counts as large and whose analysis would take a minute."""
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    monkeypatch.setattr("app.reporting.analyses.analysed", slow)
    monkeypatch.setattr("app.routers.waiting.PATIENCE_SECONDS", 0.5)
    exam_id = (await tab.ask("POST", "/exams", {"name": "large"}))["exam_id"]
    file = "\n".join([HEADER, *stored_lines(3, 2, 1, 1)])
    await tab.http.post("/results/import", files={"file": ("marks.csv", file)}, data={"exam_id": exam_id})
    return f"/exams/{exam_id}"


async def n_processes(wanted: int) -> int:
    """How many computations run, after up to ten seconds in which it should become `wanted`."""
    for _ in range(100):
        if len(multiprocessing.active_children()) == wanted:
            break
        await asyncio.sleep(0.1)
    return len(multiprocessing.active_children())


async def test_a_poller_hears_how_far_the_analysis_is_and_it_goes_on_between_polls(tab, exam_url):
    first = await tab.http.get(f"{exam_url}/agreement")
    assert (first.status_code, first.headers["retry-after"], first.json()["status"]) == (202, "1", "computing")
    assert await n_processes(1) == 1
    await asyncio.sleep(2)
    second = await tab.http.get(f"{exam_url}/review-queue")
    assert second.status_code == 202
    assert second.json()["seconds"] > first.json()["seconds"] + 1.5


@pytest.mark.parametrize("path", ["agreement?wait=true", "report", "export.xlsx"])
async def test_the_process_ends_when_the_client_that_waited_closes_its_connection(tab, exam_url, path):
    asking = asyncio.create_task(tab.http.get(f"{exam_url}/{path}"))
    assert await n_processes(1) == 1
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await n_processes(0) == 0


async def test_the_process_stays_while_one_of_two_clients_waits(tab, exam_url):
    async with httpx.AsyncClient(base_url=tab.http.base_url, timeout=30) as other:
        stays = asyncio.create_task(other.get(f"{exam_url}/agreement?wait=true"))
        leaves = asyncio.create_task(tab.http.get(f"{exam_url}/agreement?wait=true"))
        assert await n_processes(1) == 1
        await asyncio.sleep(0.5)
        leaves.cancel()
        await asyncio.sleep(2)
        assert await n_processes(1) == 1
        stays.cancel()
        await asyncio.gather(stays, leaves, return_exceptions=True)
    assert await n_processes(0) == 0
