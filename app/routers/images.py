"""Images: signed uploads, stable addresses, registration."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, RedirectResponse
from starlette.requests import ClientDisconnect

from app.dependencies import SettingsDep, StorageDep, StoreDep
from app.errors import BadRequestError, NotFoundError
from app.names import ServerNames, base_url
from app.schemas.base import Ok, SessionId
from app.schemas.images import ImagesRes, RegisterImageReq, SignedUrlReq, SignedUrlRes, UploadRes
from app.storage.admission import admit
from app.storage.keys import is_key
from app.storage.local import LocalStorage
from app.storage.storage import ImageStorage

# Clients follow a redirect at once. Ten minutes cover a page that loads images when they scroll into view.
_REDIRECT_SECONDS = 600

IMAGE_CONTENT = {"image/*": {"schema": {"type": "string", "format": "binary"}}}

router = APIRouter(prefix="/images", tags=["images"])
"""These routes need the caller's key or token, on servers that ask for one."""

signed_router = APIRouter(prefix="/images", tags=["images"])
"""These routes carry their permission in `?token=` and must not ask for a key as well."""


async def _base_url(request: Request, settings: SettingsDep) -> str:
    return settings.public_base_url or base_url(request.scope, ServerNames.of(settings))


async def _local_storage(storage: StorageDep) -> LocalStorage:
    if not isinstance(storage, LocalStorage):
        raise NotFoundError("This server stores its images elsewhere.")
    return storage


BaseUrl = Annotated[str, Depends(_base_url)]
LocalStorageDep = Annotated[LocalStorage, Depends(_local_storage)]


@router.post("/signed-url")
async def sign_upload(body: SignedUrlReq, storage: StorageDep, own_address: BaseUrl) -> SignedUrlRes:
    """Sign an address to which the client PUTs one png, jpeg, webp or gif file, once and within two hours."""
    return SignedUrlRes.model_validate(
        await storage.sign_upload(body.content_type, base_url=own_address), from_attributes=True
    )


@router.post("/register")
async def register_image(
    body: RegisterImageReq, storage: StorageDep, store: StoreDep, settings: SettingsDep, own_address: BaseUrl
) -> Ok:
    """Add an image to a session. The same url a second time changes nothing."""
    await store.register_image(
        session_id=body.session_id,
        role=body.role,
        url=body.url,
        order_index=body.order_index,
        storage_path=await admit(body.url, storage, base_url=own_address, allowed_hosts=settings.image_url_hosts),
    )
    return Ok()


@router.get("/{session_id}")
async def list_images(session_id: SessionId, store: StoreDep) -> ImagesRes:
    """The registered images in order."""
    return ImagesRes.model_validate({"session_id": session_id, "images": await store.images(session_id)})


@router.head("/object/{path:path}", include_in_schema=False)
@router.get("/object/{path:path}", status_code=307, response_class=RedirectResponse)
async def get_image(path: str, storage: StorageDep, own_address: BaseUrl) -> RedirectResponse:
    """The lasting address of an uploaded image. It redirects to a freshly signed address."""
    return RedirectResponse(
        await _signed_read(storage, path, own_address), status_code=307, headers={"Cache-Control": "no-store"}
    )


@signed_router.put("/upload/{path:path}", status_code=200)
async def upload_image(path: str, request: Request, storage: LocalStorageDep, token: str = "") -> UploadRes:
    """Take the raw file, on a server that stores images itself."""
    await storage.receive(path, token, _chunks(request), length=_announced_length(request))
    return UploadRes(key=path)


@signed_router.head("/file/{path:path}", include_in_schema=False)
@signed_router.get("/file/{path:path}", response_class=FileResponse, responses={200: {"content": IMAGE_CONTENT}})
async def read_image_file(path: str, storage: LocalStorageDep, token: str = "") -> FileResponse:
    """The file, on a server that stores images itself."""
    return _file_response(*await storage.open_read(path, token))


async def _signed_read(storage: ImageStorage, path: str, base_url: str) -> str:
    if not is_key(path):
        raise NotFoundError("There is no such image.")
    signed = await storage.sign_reads([path], base_url=base_url, expires_in=_REDIRECT_SECONDS)
    if path not in signed:
        raise NotFoundError("There is no such image.")
    return signed[path]


def _file_response(file: Path, content_type: str) -> FileResponse:
    # A file never changes under its key. `private` keeps it out of shared caches, which would outlive the token.
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, media_type=content_type, headers=headers)


def _announced_length(request: Request) -> int | None:
    announced = request.headers.get("content-length", "")
    return int(announced[:20]) if announced.isdecimal() else None  # int() refuses thousands of digits


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise BadRequestError("The upload broke off. Send the whole file again.") from None
