"""Work inside the web process: starts runs, picks up those that another process left, ends them at shutdown."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import uuid4

from app.errors import AppError, NotFoundError, UpstreamUnavailableError
from app.work.background import Background
from app.work.phases import Phases

log = logging.getLogger(__name__)

# A job of a process that was killed is taken up within 2 s under the same kernel (work/holder.py), else once its lease
# of 15 s has run out.
POLL_SECONDS = 1.0
SETTLE_SECONDS = 5.0


class Run(Protocol):
    """One claimed piece of work. `run()` returns when nothing is left to do here."""

    async def run(self) -> None: ...

    @property
    def phases(self) -> Phases[Any]:
        """Which of its calls run and wait."""

    def stop(self, reason: str) -> None:
        """End for good: what is queued is cancelled at once, running calls finish and are stored."""

    async def settled(self, seconds: float) -> None:
        """Wait until what a stop interrupted is stored, `seconds` at most; running calls are not waited for."""

    def leave(self) -> None:
        """End here, so that another process (or this one, later) carries on; running calls finish and are stored."""

    def abandon(self) -> None:
        """Cut the running calls off too: their moment is over. Answers that have come are still stored."""


class Jobs(Protocol):
    """What a launcher launches: sessions to grade, tests to write, documents to read. `noun` is for the log."""

    @property
    def noun(self) -> str: ...

    async def unclaimed(self) -> list[str]:
        """Ids of what no living process works on."""

    async def claim(self, job_id: str, lease_owner: str, claimed_at: float) -> Run | None:
        """The run, where this process may work on it. `claimed_at` is on the launcher's clock."""

    async def fail(self, job_id: str, lease_owner: str) -> None:
        """Say that a fault of ours ended it, so that it does not stay unfinished for ever."""


class InlineLauncher:
    """Runs jobs as tasks of this process. The lease keeps two processes from one job, not this class.

    `jobs` is None where nothing can be launched, for want of a key. `lease_owner` names this process.
    """

    def __init__(
        self,
        jobs: Jobs | None,
        background: Background,
        *,
        lease_owner: str | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._background = background
        self._sleep = sleep
        self._clock = clock
        self._lease_owner = lease_owner or str(uuid4())
        # Jobs this process works on. One that is here is never claimed again, whatever became of its lease.
        self._live: dict[str, Run | None] = {}
        self._again: set[str] = set()
        self._dropped: set[str] = set()
        # Jobs whose end the database refuses to store: this process leaves them alone, or it would pay for their calls
        # again with every look-up.
        self._refused: set[str] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self) -> None:
        """Begin to pick up unfinished jobs that no process works on."""
        if self._jobs is not None:
            pick_up = self._pick_up(self._jobs)
            self._background.start(pick_up, name=f"pick up unfinished {self._jobs.noun}s", endless=True)

    def launch(self, job_id: str) -> None:
        """Work on what was just started, unless this process does already."""
        if self._jobs is None or self._closing:
            return
        self._refused.discard(job_id)
        if job_id in self._live:
            # Its run may be at its very end and not see what was started since: look once more afterwards.
            self._again.add(job_id)
            return
        self._live[job_id] = None
        work = self._background.start(self._work(job_id, self._jobs), name=f"run {self._jobs.noun} {job_id}")
        self._working.add(work)
        work.add_done_callback(self._working.discard)

    async def stop(self, job_id: str, reason: str) -> None:
        """Cancel what is queued here, for good; returns when that is stored. Running calls finish on their own."""
        if (run := self._live.get(job_id)) is not None:
            run.stop(reason)
            await run.settled(SETTLE_SECONDS)

    def drop(self, job_id: str) -> None:
        """Cut off what is about to be deleted: nobody will read what its calls would answer."""
        if (run := self._live.get(job_id)) is not None:
            run.leave()
            run.abandon()
        elif job_id in self._live:
            self._dropped.add(job_id)

    def close(self) -> None:
        """Start nothing more; queued calls are left to be resumed, running ones go on."""
        self._closing = True
        for run in self._runs():
            run.leave()

    async def wait(self, seconds: float) -> None:
        """Wait until nothing is worked on here, `seconds` at most."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def abandon(self) -> None:
        """Cut off the calls that are still running."""
        for run in self._runs():
            run.abandon()

    def phases(self, job_id: str) -> Phases[Any] | None:
        """Which calls of a job run and wait; None where this process does not work on it."""
        run = self._live.get(job_id)
        return None if run is None else run.phases

    def _runs(self) -> list[Run]:
        return [run for run in self._live.values() if run is not None]

    async def _pick_up(self, jobs: Jobs) -> None:
        while not self._closing:
            try:
                for job_id in await jobs.unclaimed():
                    if job_id not in self._live and job_id not in self._refused:
                        self.launch(job_id)
            except AppError as error:
                log.warning("unfinished %ss cannot be looked up: %s", jobs.noun, error)
            except Exception:
                # This loop must outlive any fault: without it a job would stay unfinished for ever.
                log.exception("unfinished %ss cannot be looked up", jobs.noun)
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
            # Whatever was not stored is still pending in the database: the next look-up tries again.
            log.warning("%s %s is put off: %s", jobs.noun, job_id, error)
        except NotFoundError:
            log.info("%s %s is gone", jobs.noun, job_id)
        except Exception:
            # A fault of ours would meet every look-up: the job says so instead of staying unfinished for ever.
            log.exception("%s %s cannot be worked on", jobs.noun, job_id)
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
            log.warning("%s %s is put off: %s", jobs.noun, job_id, error)
        except AppError as error:
            self._refused.add(job_id)
            log.error("%s %s is left alone, its end cannot be stored: %s", jobs.noun, job_id, error)  # noqa: TRY400
