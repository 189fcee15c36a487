"""Large computations: in processes of their own, shared, bounded, and given up when nobody waits."""

import asyncio
import os
import time

import pytest

from app.errors import UpstreamUnavailableError
from app.reporting import large
from app.reporting.analyses import Analyses, Computing
from app.reporting.large import LargeJobs
from tests.bench.sizes import stored_text


def where(seconds=0.0):
    time.sleep(seconds)
    return os.getpid()


def refuse():
    raise ValueError("no")


def vanish():
    os._exit(1)


async def test_a_large_job_runs_in_another_process():
    job = LargeJobs().start(where)
    assert await job.wait()
    assert job.task.result() != os.getpid()


async def test_two_jobs_run_at_once_and_the_third_waits_its_turn():
    jobs = LargeJobs()
    slow = [jobs.start(where, 2.0) for _ in range(2)]
    third = jobs.start(where)
    assert not await third.wait(1.0)
    assert all(await asyncio.gather(*(job.wait() for job in (*slow, third))))
    assert len({job.task.result() for job in (*slow, third)}) == 3


async def test_what_the_function_raises_is_raised_where_it_was_asked_for():
    job = LargeJobs().start(refuse)
    await job.wait()
    with pytest.raises(ValueError, match="no"):
        job.task.result()


async def test_a_process_that_is_gone_is_an_error_and_no_endless_wait():
    job = LargeJobs().start(vanish)
    await job.wait()
    with pytest.raises(UpstreamUnavailableError, match="ended early"):
        job.task.result()


async def test_a_job_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(large, "LIMIT_SECONDS", 0.2)
    job = LargeJobs().start(where, 60.0)
    await job.wait()
    with pytest.raises(UpstreamUnavailableError, match="longer than"):
        job.task.result()


async def test_a_job_that_nobody_waits_for_is_given_up(monkeypatch):
    monkeypatch.setattr(large, "PATIENCE_SECONDS", 0.3)
    job = LargeJobs().start(where, 60.0)
    await asyncio.wait({job.task}, timeout=10)
    assert job.task.cancelled()


class Stored:
    """An exam store that knows one exam."""

    def __init__(self, text):
        self._text = text

    async def marks(self, _):
        return self._text


async def test_a_large_exam_is_said_to_be_computing_and_then_answered_as_any_other(monkeypatch):
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 0)
    analyses, exams = Analyses(), Stored(stored_text(40, 2, 2, 1).encode())
    with pytest.raises(Computing) as going_on:
        await analyses.agreement(exams, {"exam_id": "e"}, patience=0.0)
    assert going_on.value.as_json()["status"] == "computing"
    one, other = await asyncio.gather(*(analyses.agreement(exams, {"exam_id": "e"}) for _ in range(2)))
    assert one == other
    monkeypatch.setattr("app.reporting.analyses.LARGE_BYTES", 10**9)
    assert await Analyses().agreement(exams, {"exam_id": "e"}) == one
