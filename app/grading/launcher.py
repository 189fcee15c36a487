"""Grading inside the web process: starts runs, picks up those that another process left, ends them at shutdown."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from app.background import Background
from app.errors import AppError, UpstreamUnavailableError
from app.grading.requests import ImagesMissingError, RequestBuilder, RequestTools
from app.grading.run import OUR_FAULT, RunTools, SessionRun
from app.marks.model import SessionStatus
from app.openrouter.client import OpenRouterClient
from app.store.store import ClaimedRun, Store

log = logging.getLogger(__name__)

POLL_SECONDS = 3.0
SETTLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Grading:
    """What grading needs beside the store; absent as a whole where OpenRouter has no key."""

    client: OpenRouterClient
    requests: RequestTools


class InlineLauncher:
    """Runs sessions as tasks of this process. The lease keeps two processes from one session, not this class."""

    def __init__(
        self,
        store: Store,
        grading: Grading | None,
        background: Background,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._grading = grading
        self._background = background
        self._sleep = sleep
        self._clock = clock
        self._lease_owner = str(uuid4())
        # Sessions this process works on. One that is here is never claimed again, whatever became of its lease.
        self._live: dict[str, SessionRun | None] = {}
        self._again: set[str] = set()
        self._dropped: set[str] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self) -> None:
        """Begin to pick up sessions in grading that no process works on."""
        if self._grading is not None:
            self._background.start(self._pick_up(), name="pick up unfinished sessions", endless=True)

    def launch(self, session_id: str) -> None:
        """Work on a session that was just started, unless this process does already."""
        if self._grading is None or self._closing:
            return
        if session_id in self._live:
            # Its run may be at its very end and not see what was started since: look once more afterwards.
            self._again.add(session_id)
            return
        self._live[session_id] = None
        work = self._background.start(self._work(session_id, self._grading), name=f"run {session_id}")
        self._working.add(work)
        work.add_done_callback(self._working.discard)

    async def stop(self, session_id: str, reason: str) -> None:
        """Cancel what is queued here, for good; returns when that is stored. Running calls finish on their own."""
        if (run := self._live.get(session_id)) is not None:
            run.stop(reason)
            await run.settled(SETTLE_SECONDS)

    def drop(self, session_id: str) -> None:
        """Cut a session off that is about to be deleted: nobody will read what its calls would answer."""
        if (run := self._live.get(session_id)) is not None:
            run.leave()
            run.abandon()
        elif session_id in self._live:
            self._dropped.add(session_id)

    def close(self) -> None:
        """Start nothing more; queued calls are left to be resumed, running ones go on."""
        self._closing = True
        for run in self._runs():
            run.leave()

    async def wait(self, seconds: float) -> None:
        """Wait until no session is worked on here, `seconds` at most."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def abandon(self) -> None:
        """Cut off the calls that are still running."""
        for run in self._runs():
            run.abandon()

    def _runs(self) -> list[SessionRun]:
        return [run for run in self._live.values() if run is not None]

    async def _pick_up(self) -> None:
        while not self._closing:
            try:
                for session_id in await self._store.unclaimed_sessions():
                    if session_id not in self._live:
                        self.launch(session_id)
            except AppError as error:
                log.warning("unfinished sessions cannot be looked up: %s", error)
            except Exception:
                # This loop must outlive any fault: without it a session would stay in grading for ever.
                log.exception("unfinished sessions cannot be looked up")
            await self._sleep(POLL_SECONDS)

    async def _work(self, session_id: str, grading: Grading) -> None:
        try:
            claimed_at = self._clock()
            claimed = await self._store.claim_session(session_id, self._lease_owner)
            if claimed is not None:
                await self._run(claimed, grading, claimed_at)
        except AppError as error:
            # Whatever was not stored is still pending in the database: the next look-up tries again.
            log.warning("session %s is put off: %s", session_id, error)
        except Exception:
            # A fault of ours would meet every look-up: the session says so instead of staying in grading for ever.
            log.exception("session %s cannot be graded", session_id)
            await self._fail(session_id, OUR_FAULT)
        finally:
            del self._live[session_id]
            self._dropped.discard(session_id)
            if session_id in self._again:
                self._again.discard(session_id)
                self.launch(session_id)

    async def _fail(self, session_id: str, reason: str) -> None:
        try:
            await self._store.finish_session(session_id, self._lease_owner, SessionStatus.FAILED, reason)
        except AppError as error:
            log.warning("session %s is put off: %s", session_id, error)

    async def _run(self, claimed: ClaimedRun, grading: Grading, claimed_at: float) -> None:
        tools = RunTools(self._store, grading.client, self._lease_owner, sleep=self._sleep, clock=self._clock)
        try:
            requests = await RequestBuilder.prepare(claimed, grading.requests)
        except UpstreamUnavailableError:
            raise
        except (ImagesMissingError, AppError) as error:
            # Trying again would end the same way, and nobody would see why the session stays in grading.
            await self._fail(claimed.session_id, str(error))
            return
        if claimed.session_id in self._dropped:
            return
        run = self._live[claimed.session_id] = SessionRun(claimed, tools, requests, claimed_at=claimed_at)
        if self._closing:
            run.leave()
        await run.run()
