"""Large analyses over real sockets: 202 for those who ask again, and an end when nobody waits any more."""

import asyncio
import multiprocessing
import time
from multiprocessing.process import BaseProcess
from typing import Any

import httpx
import pytest

from app.reporting import jobs as jobs_module
from app.reporting.analyses import Analysed
from app.reporting.jobs import Job, Waiter
from tests.bench.beside import HEADER
from tests.bench.sizes import stored_lines
from tests.clients.react import until


def slow(*_: Any) -> Analysed:
    time.sleep(600)
    raise AssertionError("nobody ended it")


@pytest.fixture
async def exam_url(tab, monkeypatch) -> str:
    """An exam that counts as large and whose analysis would take ten minutes."""
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    monkeypatch.setattr("app.reporting.analyses.analysed", slow)
    monkeypatch.setattr("app.routers.waiting.PATIENCE_SECONDS", 0.5)
    exam_id = (await tab.ask("POST", "/exams", {"name": "large"}))["exam_id"]
    file = "\n".join([HEADER, *stored_lines(3, 2, 1, 1)])
    await tab.http.post("/results/import", files={"file": ("marks.csv", file)}, data={"exam_id": exam_id})
    return f"/exams/{exam_id}"


@pytest.fixture
def waiting(monkeypatch) -> list[Job]:
    """The job of each client that waits now. Whether clients are gone is looked at often."""
    jobs: list[Job] = []
    wait = Job._wait

    async def noting(job: Job, waiter: Waiter) -> None:
        jobs.append(job)
        try:
            await wait(job, waiter)
        finally:
            jobs.remove(job)

    monkeypatch.setattr(Job, "_wait", noting)
    monkeypatch.setattr("app.reporting.jobs.LOOK_SECONDS", 0.1)
    return jobs


async def processes(wanted: int) -> list[BaseProcess]:
    """The processes of computations, once there are as many as `wanted`."""
    await until(lambda: len(multiprocessing.active_children()) == wanted)
    return multiprocessing.active_children()


async def test_a_poller_hears_how_far_the_analysis_is_and_it_goes_on_between_polls(tab, exam_url):
    first = await tab.http.get(f"{exam_url}/agreement")
    assert (first.status_code, first.headers["retry-after"], first.json()["status"]) == (202, "1", "computing")
    began = await processes(1)
    later = first
    while later.json()["seconds"] < first.json()["seconds"] + 1:
        later = await tab.http.get(f"{exam_url}/review-queue")
        assert later.status_code == 202
    assert multiprocessing.active_children() == began


@pytest.mark.parametrize("path", ["agreement?wait=true", "report", "export.xlsx"])
async def test_the_process_ends_when_the_client_that_waited_closes_its_connection(tab, exam_url, path):
    asking = asyncio.create_task(tab.http.get(f"{exam_url}/{path}"))
    await processes(1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await processes(0) == []


async def test_the_process_stays_while_one_of_two_clients_waits(tab, exam_url, waiting):
    async with httpx.AsyncClient(base_url=tab.http.base_url, timeout=30) as other:
        stays = asyncio.create_task(other.get(f"{exam_url}/agreement?wait=true"))
        leaves = asyncio.create_task(tab.http.get(f"{exam_url}/agreement?wait=true"))
        began = await processes(1)
        await until(lambda: len(waiting) == 2)
        leaves.cancel()
        await until(lambda: len(waiting) == 1)
        await asyncio.sleep(5 * jobs_module.LOOK_SECONDS)
        assert multiprocessing.active_children() == began
        stays.cancel()
        await asyncio.gather(stays, leaves, return_exceptions=True)
    assert await processes(0) == []
