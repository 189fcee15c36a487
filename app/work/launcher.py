"""Runs jobs inside the web process: starts them, continues those that another process left, ends them at shutdown."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from app.errors import AppError, NotFoundError, UpstreamUnavailableError
from app.monitoring.about import run_about
from app.work.background import Background
from app.work.leased_work import Phases

log = logging.getLogger(__name__)

# A job of a killed process is continued within 2 s under the same kernel (work/holder.py), else when its lease of 15 s
# has run out.
POLL_SECONDS = 1.0
SETTLE_SECONDS = 5.0


class Run(Protocol):
    """One claimed job. `run()` returns when nothing is left to do in this process."""

    async def run(self) -> None: ...

    @property
    def phases(self) -> Phases[Any]:
        """Which of its calls run and wait."""

    def stop(self, reason: str) -> None:
        """End the job for good: queued calls are cancelled at once, running calls finish and are stored."""

    async def settled(self, seconds: float) -> None:
        """Wait at most `seconds` until the calls that a stop interrupted are stored; do not wait for running calls."""

    def leave(self) -> None:
        """End the job in this process; another process (or this one, later) continues. Running calls finish and are
        stored.
        """

    def abandon(self) -> None:
        """Cancel the running calls too. Answers that have arrived are still stored."""


class Jobs(Protocol):
    """One kind of job: sessions to grade, tests to generate or documents to read. `noun` is its name in the log."""

    @property
    def noun(self) -> str: ...

    async def unclaimed(self) -> list[str]:
        """Ids of the unfinished jobs that no living process works on."""

    async def claim(self, job_id: str, lease_owner: str, claimed_at: float) -> Run | None:
        """The run if this process may work on the job, else None. `claimed_at` is on the launcher's clock."""

    async def fail(self, job_id: str, lease_owner: str) -> None:
        """Store that a fault of this program ended the job, so that it does not stay unfinished for ever."""


class Launcher(Protocol):
    """How routes and the process use a launcher of any kind; `InlineLauncher` describes each method."""

    def start(self) -> None: ...

    def launch(self, job_id: str) -> None: ...

    async def stop(self, job_id: str, reason: str) -> None: ...

    def drop(self, job_id: str) -> None: ...

    def close(self) -> None: ...

    async def wait(self, seconds: float) -> None: ...

    def abandon(self) -> None: ...

    def phases(self, job_id: str) -> Phases[Any] | None: ...


class InlineLauncher:
    """Runs jobs as tasks of this process. The lease, not this class, keeps two processes from working on one job.

    `jobs` is None if no job can run because OpenRouter has no key, or because only other processes work. `lease_owner`
    names this process. It works on `most` jobs at once; what is beyond that waits until it, or another process, has
    room.
    """

    def __init__(
        self,
        jobs: Jobs | None,
        background: Background,
        *,
        lease_owner: str | None = None,
        most: int | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._background = background
        self._sleep = sleep
        self._clock = clock
        self._lease_owner = lease_owner or str(uuid4())
        self._most = most
        # Jobs that this process works on. It never claims one of these again, even if the lease has run out.
        self._live: dict[str, Run | None] = {}
        self._again: set[str] = set()
        self._dropped: set[str] = set()
        # Jobs whose end the database refuses to store. This process does not claim them again, because it would pay for
        # their calls at every look-up.
        self._refused: set[str] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self) -> None:
        """Start the loop that continues unfinished jobs that no process works on."""
        if self._jobs is not None:
            self._background.keep(partial(self._pick_up, self._jobs), name=f"pick up unfinished {self._jobs.noun}s")

    def launch(self, job_id: str) -> None:
        """Work on a job that was just started, unless this process already works on it."""
        if self._jobs is None or self._closing:
            return
        self._refused.discard(job_id)
        if job_id in self._live:
            # Its run may be about to end without the new calls: look once more afterwards.
            self._again.add(job_id)
            return
        if self._most is not None and len(self._live) >= self._most:
            return
        self._live[job_id] = None
        named = run_about(self._work(job_id, self._jobs), **{self._jobs.noun: job_id})
        work = self._background.start(named, name=f"run {self._jobs.noun} {job_id}")
        self._working.add(work)
        work.add_done_callback(self._working.discard)

    async def stop(self, job_id: str, reason: str) -> None:
        """Cancel the queued calls of a job for good and return when that is stored. Running calls finish later."""
        if (run := self._live.get(job_id)) is not None:
            run.stop(reason)
            await run.settled(SETTLE_SECONDS)

    def drop(self, job_id: str) -> None:
        """End all calls of a job that is being deleted: nobody will read their answers."""
        if (run := self._live.get(job_id)) is not None:
            run.leave()
            run.abandon()
        elif job_id in self._live:
            self._dropped.add(job_id)

    def close(self) -> None:
        """Start no more jobs. Queued calls are left to the next process, running calls go on."""
        self._closing = True
        for run in self._runs():
            run.leave()

    async def wait(self, seconds: float) -> None:
        """Wait at most `seconds` until this process works on no job."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def abandon(self) -> None:
        """Cancel the calls that are still running."""
        for run in self._runs():
            run.abandon()

    def phases(self, job_id: str) -> Phases[Any] | None:
        """Which calls of a job run and which wait; None if this process does not work on it."""
        run = self._live.get(job_id)
        return None if run is None else run.phases

    def live(self) -> dict[str, Run]:
        """The runs of this process by the ids of their jobs."""
        return {job_id: run for job_id, run in self._live.items() if run is not None}

    def _runs(self) -> list[Run]:
        return list(self.live().values())

    async def _pick_up(self, jobs: Jobs) -> None:
        while not self._closing:
            try:
                for job_id in await jobs.unclaimed():
                    if job_id not in self._live and job_id not in self._refused:
                        self.launch(job_id)
            except AppError as error:
                log.warning("cannot look for unfinished %ss: %s", jobs.noun, error)
            except Exception:
                # This loop must survive every fault: without it a job would stay unfinished for ever.
                log.exception("cannot look for unfinished %ss", jobs.noun)
            await self._sleep(POLL_SECONDS)

    async def _work(self, job_id: str, jobs: Jobs) -> None:
        try:
            run = await jobs.claim(job_id, self._lease_owner, self._clock())
            if run is not None and job_id not in self._dropped:
                self._live[job_id] = run
                if self._closing:
                    run.leave()
                await run.run()
        except UpstreamUnavailableError as error:
            # What was not stored is still pending in the database: the next look-up tries again.
            log.warning("%s %s waits for the database: %s", jobs.noun, job_id, error)
        except NotFoundError:
            log.info("%s %s was deleted", jobs.noun, job_id)
        except Exception:
            # The next look-up would meet the same fault: the job ends with that reason.
            log.exception("%s %s failed", jobs.noun, job_id)
            await self._fail(job_id, jobs)
        finally:
            del self._live[job_id]
            self._dropped.discard(job_id)
            if job_id in self._again:
                self._again.discard(job_id)
                self.launch(job_id)

    async def _fail(self, job_id: str, jobs: Jobs) -> None:
        try:
            await jobs.fail(job_id, self._lease_owner)
        except UpstreamUnavailableError as error:
            log.warning("%s %s waits for the database: %s", jobs.noun, job_id, error)
        except AppError as error:
            self._refused.add(job_id)
            log.error("%s %s is not tried again, because its end cannot be stored: %s", jobs.noun, job_id, error)  # noqa: TRY400
