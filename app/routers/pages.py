"""Pages that belong to no one noun, and the files that all pages share."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.credentials import COOKIE, COOKIE_SECONDS, Credentials, cookie_of
from app.dependencies import parts_of
from app.errors import ForbiddenError, UnauthorizedError
from app.pages.frame import STATIC, page, swagger_files

router = APIRouter(include_in_schema=False)

STATIC_PATH = "/static"
SIGN_IN = "/sign-in"
# RFC 6265bis 5.6: name and value together. Browsers drop a longer one without a word.
LONGEST_COOKIE = 4096


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


@router.get(SIGN_IN)
async def get_sign_in(
    request: Request,
    next: str = "/",  # noqa: A002 - the query's name
    signed: Annotated[bool, Query()] = False,  # noqa: FBT002 - the query's name
) -> Response:
    """The page that takes a key or token once. Who is signed in goes on to `next`; without keys nobody is asked.

    `signed`: a key was just taken, so the browser should bring its cookie.
    """
    if not _credentials(request):
        return RedirectResponse(_address(request, "/"), 303)
    if await _is_signed_in(request):
        return RedirectResponse(_address(request, _own_path(next)), 303)
    # A link on another site brings no SameSite=Strict cookie. The page asks again, and as it is ours, brings it.
    looks_again = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    problem = _not_kept(request) if signed else ""
    return page(request, "sign_in.html", next=_own_path(next), problem=problem, looks_again=looks_again)


@router.post(SIGN_IN)
async def sign_in(
    request: Request,
    key: Annotated[str, Form(max_length=8192)] = "",
    next: Annotated[str, Form(max_length=8192)] = "/",  # noqa: A002 - the field's name
) -> Response:
    """Takes the key or token, and sets the cookie of the pages."""
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise ForbiddenError("A page of another site may not sign you in.")
    try:
        cookie = await _credentials(request).cookie(key.strip().encode())
        _check_length(cookie)
    except (UnauthorizedError, UnicodeError) as error:
        problem = str(error) if isinstance(error, UnauthorizedError) else "This is no key."
        refused = page(request, "sign_in.html", next=_own_path(next), problem=problem, looks_again=False)
        refused.status_code = HTTPStatus.UNAUTHORIZED
        return refused
    onward = urlencode({"next": _own_path(next), "signed": "true"})
    response = RedirectResponse(_address(request, f"{SIGN_IN}?{onward}"), 303)
    response.set_cookie(COOKIE, cookie, max_age=COOKIE_SECONDS, **_cookie_rules(request))
    return response


@router.post("/sign-out", status_code=204)
async def sign_out(request: Request) -> Response:
    """Takes the cookie of the pages away."""
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.delete_cookie(COOKIE, **_cookie_rules(request))
    return response


def _credentials(request: Request) -> Credentials:
    credentials: Credentials = request.app.state.credentials
    return credentials


def _check_length(cookie: str) -> None:
    if len(COOKIE) + len(cookie) > LONGEST_COOKIE:
        raise UnauthorizedError(
            f"The token has {len(cookie)} characters. A browser keeps no cookie above {LONGEST_COOKIE}: sign in with a "
            "token that holds fewer claims."
        )


async def _is_signed_in(request: Request) -> bool:
    cookie = cookie_of(request.scope["headers"])
    if cookie is None:
        return False
    try:
        await _credentials(request).owner_of_cookie(cookie)
    except UnauthorizedError:
        return False
    return True


def _not_kept(request: Request) -> str:
    """Why a right key does not help: the browser keeps no cookie of this page."""
    if _cookie_rules(request)["secure"] and request.url.scheme != "https":
        public = parts_of(request).settings.public_base_url
        return f"The key is right, but the browser keeps the sign-in over HTTPS only. Open {public} instead."
    return (
        "The key is right, but the browser did not keep the cookie. Allow cookies for this address, then sign in again."
    )


def _own_path(wanted: str) -> str:
    """An address of this server; nobody is sent elsewhere after the sign-in."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_own else "/"


def _address(request: Request, path: str) -> str:
    return f"{request.scope.get('root_path', '')}{path}"


def _cookie_rules(request: Request) -> dict[str, Any]:
    secure = request.url.scheme == "https" or (parts_of(request).settings.public_base_url or "").startswith("https:")
    return {"httponly": True, "samesite": "strict", "secure": secure, "path": _address(request, "") or "/"}


@router.get("/")
async def get_start(request: Request) -> HTMLResponse:
    """Exams, scripts, tests and documents, and the start of a new exam."""
    return page(request, "start.html")
