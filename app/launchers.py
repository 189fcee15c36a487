"""Builds the launchers of a process: its work is all its own, or it shares work with others through a queue."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.documents.reading import MOST_OPEN
from app.grading.portion_run import PortionJobs
from app.grading.session_jobs import SessionJobs
from app.openrouter.gates import ModelGates, UseElsewhere
from app.openrouter.limits import FairLimiter
from app.reporting.jobs import PROCESSES
from app.settings import Settings
from app.store.transport import Transport
from app.store.wakeups import Wakeups
from app.store.work import Beat, WorkStore
from app.work.background import Background
from app.work.heartbeat import Heartbeat
from app.work.launcher import InlineLauncher, Jobs, Launcher
from app.work.learned_rates import account_of
from app.work.portions import PortionLauncher


@dataclass(frozen=True, slots=True)
class Others:
    """The launchers of a process beside that of sessions; `computations` is None without a queue."""

    documents: InlineLauncher
    tests: InlineLauncher
    computations: InlineLauncher | None

    def by_task(self) -> dict[str, InlineLauncher]:
        """By the names that their jobs have in the queue."""
        named = {"read_document": self.documents, "make_test": self.tests, "analyse": self.computations}
        return {task: launcher for task, launcher in named.items() if launcher is not None}


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the launchers of a process share. `lease_owner` names the process; `limiter` counts its calls, and `gates`
    pace those of each model.
    """

    settings: Settings
    transport: Transport
    background: Background
    lease_owner: str
    limiter: FairLimiter
    gates: ModelGates
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    @property
    def takes_work(self) -> bool:
        return self.settings.queue_worker or not self.settings.has_queue

    def sessions(self, jobs: SessionJobs | None) -> InlineLauncher | PortionLauncher:
        """The launcher of sessions. `jobs` is None where OpenRouter has no key."""
        if not self.settings.has_queue:
            return InlineLauncher(jobs, self.background, lease_owner=self.lease_owner, sleep=self.sleep)
        portions = None
        if jobs is not None and self.takes_work:
            portions = PortionJobs(jobs, WorkStore(self.transport))
        return PortionLauncher(
            portions, self.background, lease_owner=self.lease_owner, capacity=lambda: self.limiter.capacity
        )

    def documents(self, jobs: Jobs) -> InlineLauncher:
        return self._bounded(jobs, MOST_OPEN)

    def tests(self, jobs: Jobs | None) -> InlineLauncher:
        settings = self.settings
        return self._bounded(jobs, math.ceil(settings.grading_max_concurrency / settings.mcq_candidate_count))

    def computations(self, jobs: Jobs) -> InlineLauncher | None:
        return self._bounded(jobs, PROCESSES) if self.settings.has_queue else None

    def _bounded(self, jobs: Jobs | None, most: int) -> InlineLauncher:
        """With a queue a process takes only as many jobs as it can work on, and leaves the others to other workers."""
        return InlineLauncher(
            jobs if self.takes_work else None,
            self.background,
            lease_owner=self.lease_owner,
            most=most if self.settings.has_queue else None,
            sleep=self.sleep,
        )

    def heartbeat(self, sessions: Launcher, others: Others) -> Heartbeat | None:
        """None for a process that takes no work from a queue."""
        if not self.takes_work or not isinstance(sessions, PortionLauncher):
            return None
        return Heartbeat(
            WorkStore(self.transport),
            self.lease_owner,
            sessions,
            tuple(others.by_task().values()),
            on_beat=self._share_limits,
            account=self._account(),
            models=self.gates.in_use,
            sleep=self.sleep,
        )

    def _account(self) -> str:
        key = self.settings.openrouter_api_key
        return "" if key is None else account_of(key.get_secret_value(), self.settings.openrouter_base_url)

    def _share_limits(self, beat: Beat) -> None:
        self.gates.share_with({name: UseElsewhere(one.workers, one.rates) for name, one in beat.models.items()})
        own, whole = self.settings.grading_max_concurrency, self.settings.queue_max_concurrency
        self.limiter.resize(own if whole is None else share(whole, beat.workers, own))

    def wakeups(self, sessions: Launcher, others: Others) -> Wakeups | None:
        """None as of `heartbeat`."""
        url = self.settings.database_url
        if url is None or not self.takes_work or not isinstance(sessions, PortionLauncher):
            return None
        launchers = others.by_task()

        async def wake(task: str, job_id: str | None) -> None:
            if task in launchers and job_id is not None:
                launchers[task].launch(job_id)
            else:
                sessions.wake()

        return Wakeups(url.get_secret_value(), wake, self.sleep)


def share(whole: int, workers: int, most: int) -> int:
    """How many of `whole` calls at once each living worker makes: an equal part, at least one, `most` at most."""
    return max(1, min(most, whole // max(workers, 1)))
