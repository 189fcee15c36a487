"""Models: what OpenRouter offers."""

from fastapi import Response

from app.dependencies import CatalogueDep
from app.openapi import described_router
from app.schemas.models import ModelsRes

router = described_router(prefix="/models", tag="models")


@router.get("", response_class=Response, responses={200: {"model": ModelsRes}})
async def list_models(catalogue: CatalogueDep) -> Response:
    """OpenRouter's list of models, unchanged, from the last fetch."""
    return Response(await catalogue.raw(), media_type="application/json")
