"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter

from app import __version__
from app.dependencies import SettingsDep, StoreDep
from app.schemas.health import Health, Readiness

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
async def get_health(settings: SettingsDep) -> Health:
    """Answers while the process lives. Names the version and where the rows are."""
    return Health(version=__version__, mode=settings.mode)


@router.get("/ready")
async def get_readiness(settings: SettingsDep, store: StoreDep) -> Readiness:
    """Answers 200 while the server can work, and 503 while the database is away."""
    await store.ping()
    return Readiness(version=__version__, mode=settings.mode)
