"""Models: what OpenRouter offers."""

from fastapi import APIRouter, Response

from app.dependencies import CatalogueDep

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def list_models(catalogue: CatalogueDep) -> Response:
    """OpenRouter's list of models, unchanged, as last fetched."""
    return Response(await catalogue.raw(), media_type="application/json")
