"""What workers ask the database: portions of sessions to work on, and which other workers live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.store.base import LEASE_SECONDS, Row, StoreBase
from app.store.queued import PORTION_ATTEMPTS
from app.store.runs import CallKey, ClaimedRun, Lease
from app.store.sessions import claimed_run

# A worker that said nothing for so long counts as dead. It says something every second, also over a slow network.
DEAD_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class ClaimedPortion:
    """Some attempts of a session; `run` holds their calls alone."""

    portion_id: str
    n_attempts: int
    run: ClaimedRun


@dataclass(frozen=True, slots=True)
class ClaimedPortions:
    """`is_scarce`: so little waits that this worker may not get more than it can begin at once."""

    portions: tuple[ClaimedPortion, ...]
    is_scarce: bool


@dataclass(frozen=True, slots=True)
class PortionEnding:
    """`last`: no attempt of the run is left to anybody, and the caller stores how it ended."""

    last: bool
    stop_reason: str | None


@dataclass(frozen=True, slots=True)
class AskedModel:
    """How many `workers` ask a model, and its whole limit in calls a second as some of them know it."""

    workers: int
    rates: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """The answer to a beat: how many workers live, which sessions were stopped and why, the ids of all that this worker
    holds, how many dead workers' work was released, and by model the workers that ask it beside this one.
    """

    workers: int
    stops: Mapping[str, str]
    held: frozenset[str]
    released: int
    models: Mapping[str, AskedModel] = field(default_factory=dict)


class WorkStore(StoreBase):
    """The queue of portions, and the workers on it."""

    async def claim_portions(
        self, lease_owner: str, attempts: int, *, free: int | None = None, mend: bool
    ) -> ClaimedPortions:
        """The next portions with so many attempts together, of which `free` could begin at once (None: all). `mend`:
        also of sessions that nobody divided.
        """
        row = await self._ask(
            "claim_portions",
            lease_owner=lease_owner,
            lease_seconds=LEASE_SECONDS,
            attempts=attempts,
            free=attempts if free is None else free,
            portion_size=PORTION_ATTEMPTS,
            mend=mend,
        )
        portions = tuple(
            ClaimedPortion(one["portion_id"], one["n_attempts"], claimed_run(one)) for one in row["portions"]
        )
        return ClaimedPortions(portions, is_scarce=row["scarce"])

    async def renew_portion(
        self, portion_id: str, lease_owner: str, *, running: Sequence[CallKey], waiting: Sequence[CallKey]
    ) -> Lease:
        row = await self._ask(
            "renew_portion",
            portion_id=portion_id,
            lease_owner=lease_owner,
            lease_seconds=LEASE_SECONDS,
            running=[key.as_json() for key in running],
            waiting=[key.as_json() for key in waiting],
        )
        return Lease(row["held"], row["stop_reason"])

    async def release_portion(self, portion_id: str, lease_owner: str) -> None:
        await self._ask("release_portion", portion_id=portion_id, lease_owner=lease_owner)

    async def finish_portion(self, portion_id: str, lease_owner: str, stop_reason: str | None) -> PortionEnding:
        """Its attempts have ended. With a `stop_reason` the whole run ends for it."""
        row = await self._ask(
            "finish_portion",
            portion_id=portion_id,
            lease_owner=lease_owner,
            lease_seconds=LEASE_SECONDS,
            stop_reason=stop_reason,
        )
        return PortionEnding(row["last"], row["stop_reason"])

    async def beat(
        self, worker: str, host: str, pid: int, *, account: str = "", models: Mapping[str, float | None] | None = None
    ) -> Beat:
        """Say that this worker lives and asks these `models` of the account, whose limits it knows or not (None); give
        the work of dead workers free.
        """
        row = await self._ask(
            "beat", worker=worker, host=host, pid=pid, dead_seconds=DEAD_SECONDS, account=account, models=models or {}
        )
        asked = {name: AskedModel(one["workers"], tuple(one["rates"])) for name, one in row["models"].items()}
        return Beat(row["workers"], row["stops"], frozenset(row["held"]), row["released"], asked)

    async def leave(self, worker: str) -> None:
        """This worker ends: others may take what it still holds."""
        await self._ask("leave_work", worker=worker)

    async def workers(self) -> Row:
        """{workers: [{id, host, pid, started_at, silent_seconds, work}], waiting}"""
        return dict(await self._ask("workers"))
