"""Whether the process lives, and whether it can work."""

import asyncio
from dataclasses import asdict

from fastapi import APIRouter

from app import __version__
from app.dependencies import GatesDep, SettingsDep, StoreDep
from app.errors import UpstreamUnavailableError
from app.schemas.health import Health, ModelState, ModelStates, Readiness
from app.storage.disk import FULL, is_full

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
async def get_health(settings: SettingsDep) -> Health:
    """Answers while the process lives. Names the version and where the rows are."""
    return Health(version=__version__, mode=settings.mode)


@router.get("/ready")
async def get_readiness(settings: SettingsDep, store: StoreDep) -> Readiness:
    """Answers 200 while the server can work, and 503 while the database is away or the disk is full."""
    if await asyncio.to_thread(is_full, settings.data_dir):
        raise UpstreamUnavailableError(FULL, code="INSUFFICIENT_STORAGE")
    await store.ping()
    return Readiness(version=__version__, mode=settings.mode)


@router.get("/models")
async def get_model_states(gates: GatesDep) -> ModelStates:
    """How each model that this process asked fares: its learned rate limit and its share of errors."""
    return ModelStates(models=[ModelState(model=name, **asdict(known)) for name, known in gates.health().items()])
