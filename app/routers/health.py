"""Whether the process lives, and whether it can work."""

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import Header, Request

from app import __version__
from app.credentials import Credentials
from app.dependencies import GatesDep, SettingsDep, StoreDep, WorkDep, parts_of
from app.errors import UnauthorizedError, UpstreamUnavailableError
from app.openapi import described_router
from app.schemas.health import Health, ModelState, ModelStates, QueueReadiness, WaitingJobs, WaitingWork, worker_state
from app.storage.disk import FULL, is_full

BearerDep = Annotated[str | None, Header(include_in_schema=False)]

router = described_router(prefix="/health", tag="health")


@router.get("")
async def get_health(settings: SettingsDep) -> Health:
    """Answers while the process lives. Names the version and where the rows are."""
    return Health(version=__version__, mode=settings.mode)


@router.get("/live")
async def get_liveness(settings: SettingsDep) -> Health:
    """As `/health`: for supervisors that start a process again which does not answer."""
    return Health(version=__version__, mode=settings.mode)


@router.get("/ready", response_model_exclude_none=True)
async def get_readiness(
    request: Request, settings: SettingsDep, store: StoreDep, work: WorkDep, authorization: BearerDep = None
) -> QueueReadiness:
    """Answers 200 while the process can work, and 503 while the database is away, the disk is full or a loop of the
    queue is down. With a queue it names the workers, and to callers with an API key also their hosts and what each
    works on.
    """
    if await asyncio.to_thread(is_full, settings.data_dir):
        raise UpstreamUnavailableError(FULL, code="INSUFFICIENT_STORAGE")
    await store.ping()
    if (trouble := parts_of(request).trouble) is not None:
        raise UpstreamUnavailableError(trouble)
    ready = QueueReadiness(version=__version__, mode=settings.mode, queue=settings.queue)
    if not settings.has_queue:
        return ready
    found = await work.workers()
    in_full = await _sees_everything(request.app.state.credentials, authorization)
    workers = [worker_state(one, in_full=in_full) for one in found["workers"]]
    jobs = None if found["jobs"] is None else WaitingJobs(**found["jobs"])
    return ready.model_copy(update={"workers": workers, "waiting": WaitingWork(**found["waiting"]), "jobs": jobs})


async def _sees_everything(credentials: Credentials, authorization: str | None) -> bool:
    """Whether the caller sends an API key, or none is needed. A wrong key is refused elsewhere; here it sees less."""
    if not credentials:
        return True
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    try:
        return await credentials.owner(token.strip().encode("latin-1")) is None
    except UnauthorizedError:
        return False


@router.get("/models")
async def get_model_states(gates: GatesDep) -> ModelStates:
    """How each model that this process asked fares: its learned rate limit and its share of errors."""
    return ModelStates(models=[ModelState(model=name, **asdict(known)) for name, known in gates.health().items()])
