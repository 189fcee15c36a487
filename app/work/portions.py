"""Takes portions of sessions from the queue as long as this process has room for them, and works on them."""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from app.errors import AppError, NotFoundError, UpstreamUnavailableError
from app.monitoring.about import run_about
from app.store.work import ClaimedPortion, ClaimedPortions
from app.work.background import Background
from app.work.launcher import POLL_SECONDS, SETTLE_SECONDS, Run
from app.work.leased_work import Phases

log = logging.getLogger(__name__)

# So many attempts are held beyond those that fit at once, so that none has to be fetched while a slot is free.
AHEAD = 25
# Every so many look-ups the worker also looks for sessions that nobody divided into portions.
_MEND_EVERY = 5


class PortionWork(Run, Protocol):
    """A run of a portion. `unfinished` counts its attempts that have not ended."""

    unfinished: int


class Portions(Protocol):
    """How portions are claimed and made into runs."""

    async def claim(self, lease_owner: str, attempts: int, *, free: int, mend: bool) -> ClaimedPortions: ...

    async def run_of(
        self, portion: ClaimedPortion, lease_owner: str, claimed_at: float, on_end: Callable[[], None]
    ) -> PortionWork | None: ...

    async def fail(self, portion: ClaimedPortion, lease_owner: str) -> None: ...


class _Held:
    """A portion of this process; `run` is None until it is prepared."""

    def __init__(self, portion: ClaimedPortion) -> None:
        self.portion = portion
        self.run: PortionWork | None = None

    @property
    def unfinished(self) -> int:
        return self.portion.n_attempts if self.run is None else self.run.unfinished


class PortionLauncher:
    """Runs portions as tasks of this process. `capacity` is how many calls it may make at once.

    `jobs` is None where this process takes no work: it only stores work for others.
    """

    def __init__(
        self,
        jobs: Portions | None,
        background: Background,
        *,
        lease_owner: str,
        capacity: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._jobs = jobs
        self._background = background
        self._lease_owner = lease_owner
        self._capacity = capacity
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._held: dict[str, _Held] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        # The last look-up found less than there was room for.
        self._is_dry = False
        # So little waits that nothing is fetched before it can begin.
        self._is_scarce = False
        self._n_looks = 0
        self._closing = False

    def start(self) -> None:
        if self._jobs is not None:
            self._background.keep(partial(self._keep_taking, self._jobs), name="take portions of sessions")

    def launch(self, job_id: str) -> None:  # noqa: ARG002 - whatever is next is taken, from any session
        self.wake()

    def wake(self) -> None:
        """Look for work now."""
        self._is_dry = self._is_scarce = False
        self._wake.set()

    async def stop(self, job_id: str, reason: str) -> None:
        """End a session's portions of this process; those of other processes hear of it with their next beat."""
        runs = self._runs(job_id)
        for run in runs:
            run.stop(reason)
        await asyncio.gather(*(run.settled(SETTLE_SECONDS) for run in runs))

    def drop(self, job_id: str) -> None:
        for run in self._runs(job_id):
            run.leave()
            run.abandon()

    def close(self) -> None:
        self._closing = True
        for run in self._runs():
            run.leave()

    async def wait(self, seconds: float) -> None:
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def abandon(self) -> None:
        for run in self._runs():
            run.abandon()

    def phases(self, job_id: str) -> Phases[Any] | None:  # noqa: ARG002 - this process knows of its portions alone
        return None

    def live(self) -> dict[str, Run]:
        """The runs of this process by the ids under which the database knows that it holds them."""
        return {portion_id: held.run for portion_id, held in self._held.items() if held.run is not None}

    def stopped(self, session_id: str, reason: str) -> None:
        """Another process stopped the session."""
        for run in self._runs(session_id):
            run.stop(reason)

    def _runs(self, session_id: str | None = None) -> list[PortionWork]:
        return [
            held.run
            for held in self._held.values()
            if held.run is not None and session_id in {None, held.portion.run.session_id}
        ]

    def _room(self) -> int:
        """How many more attempts this process takes; 0 until it is worth asking for them."""
        if self._is_scarce:
            return self._free()
        ahead = min(self._capacity(), AHEAD)
        room = self._free() + ahead
        return room if 2 * room > ahead else 0

    def _free(self) -> int:
        """How many more attempts could begin at once; below 0 where some wait."""
        return self._capacity() - sum(held.unfinished for held in self._held.values())

    def _ended_one(self) -> None:
        if not self._is_dry and self._room() > 0:
            self._wake.set()

    async def _keep_taking(self, jobs: Portions) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                await self._take(jobs)
            except AppError as error:
                log.warning("cannot look for work: %s", error)
            except Exception:
                # This loop must survive every fault: without it this worker would do nothing more.
                log.exception("cannot look for work")
            try:
                async with asyncio.timeout(self._poll_seconds):
                    await self._wake.wait()
            except TimeoutError:
                self._is_dry = self._is_scarce = False

    async def _take(self, jobs: Portions) -> None:
        self._n_looks += 1
        mend = self._n_looks % _MEND_EVERY == 1
        while (room := self._room()) > 0 and not self._closing:
            claimed_at = self._clock()
            claimed = await jobs.claim(self._lease_owner, room, free=max(self._free(), 0), mend=mend)
            for portion in claimed.portions:
                self._begin(portion, jobs, claimed_at)
            self._is_scarce = claimed.is_scarce and bool(claimed.portions)
            if not claimed.portions or sum(max(one.n_attempts, 1) for one in claimed.portions) < room:
                self._is_dry = not self._is_scarce
                return

    def _begin(self, portion: ClaimedPortion, jobs: Portions, claimed_at: float) -> None:
        self._held[portion.portion_id] = held = _Held(portion)
        session_id = portion.run.session_id
        named = run_about(self._work(held, jobs, claimed_at), session=session_id)
        work = self._background.start(named, name=f"run {portion.n_attempts} attempts of session {session_id}")
        self._working.add(work)
        work.add_done_callback(self._working.discard)

    async def _work(self, held: _Held, jobs: Portions, claimed_at: float) -> None:
        portion = held.portion
        what = f"session {portion.run.session_id}"
        try:
            run = await jobs.run_of(portion, self._lease_owner, claimed_at, self._ended_one)
            if run is not None:
                held.run = run
                if self._closing:
                    run.leave()
                await run.run()
        except UpstreamUnavailableError as error:
            log.warning("%s waits: %s", what, error)
            self._is_dry = True
        except NotFoundError:
            log.info("%s was deleted", what)
        except Exception:
            log.exception("%s failed", what)
            await self._fail(portion, jobs)
        finally:
            del self._held[portion.portion_id]
            self._ended_one()

    async def _fail(self, portion: ClaimedPortion, jobs: Portions) -> None:
        try:
            await jobs.fail(portion, self._lease_owner)
        except AppError as error:
            log.error("session %s: its end cannot be stored: %s", portion.run.session_id, error)  # noqa: TRY400
