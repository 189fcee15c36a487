"""Pages that belong to no one noun, and the files that all pages share."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.pages.frame import STATIC, page, swagger_files

router = APIRouter(include_in_schema=False)

STATIC_PATH = "/static"


class SharedFiles(StaticFiles):
    """Files that a browser keeps but asks about: a new version of the server brings new ones under the same names."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_files(app: FastAPI) -> None:
    """Serves the pages' stylesheets and modules, and Swagger UI's, from this machine alone."""
    if swagger := swagger_files():
        app.mount(f"{STATIC_PATH}/swagger", SharedFiles(directory=swagger), name="swagger")
    app.mount(STATIC_PATH, SharedFiles(directory=STATIC), name="static")


@router.get("/docs")
async def get_docs(request: Request) -> HTMLResponse:
    """Every route with a form to try it, by Swagger UI."""
    return page(request, "docs.html")
