"""Models: what OpenRouter offers."""

from fastapi import APIRouter, Response

from app.dependencies import CatalogueDep
from app.schemas.models import ModelsRes

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", response_class=Response, responses={200: {"model": ModelsRes}})
async def list_models(catalogue: CatalogueDep) -> Response:
    """OpenRouter's list of models, unchanged, from the last fetch."""
    return Response(await catalogue.raw(), media_type="application/json")
