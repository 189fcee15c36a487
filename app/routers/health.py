"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter

from app import __version__
from app.dependencies import SettingsDep, StoreDep
from app.schemas.health import Health, Readiness

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
async def get_health(settings: SettingsDep) -> Health:
    """The process answers."""
    return Health(version=__version__, mode=settings.mode)


@router.get("/ready")
async def get_readiness(settings: SettingsDep, store: StoreDep) -> Readiness:
    """The database answers too; 503 while it does not."""
    await store.ping()
    return Readiness(version=__version__, mode=settings.mode)
