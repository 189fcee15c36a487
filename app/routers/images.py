"""Images: signed uploads, stable addresses, registration, and the order of a session's pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import FileResponse, RedirectResponse
from starlette.requests import ClientDisconnect

from app.dependencies import BaseUrlDep, IntakeDep, SettingsDep, StorageDep, StoreDep, UploadStoreDep
from app.errors import BadRequestError, ConflictError, NotFoundError, PayloadTooLargeError, UnprocessableError
from app.openapi import described_router
from app.schemas.base import ImageId, Ok, SessionId
from app.schemas.images import (
    ImagesRes,
    OrderImagesReq,
    RegisterImageReq,
    RegisterImageRes,
    ReplaceImageReq,
    SignedUrlReq,
    SignedUrlRes,
    UploadRes,
)
from app.storage.intake import Intake, Pages
from app.storage.keys import image_type, is_key
from app.storage.local import LocalStorage
from app.storage.storage import ImageStorage
from app.storage.urls import absolute
from app.store.uploads import UploadStore

# Clients follow a redirect at once. Ten minutes cover a page that loads images when they scroll into view.
_REDIRECT_SECONDS = 600

IMAGE_CONTENT = {"image/*": {"schema": {"type": "string", "format": "binary"}}}

router = described_router(prefix="/images", tag="images")
"""These routes need the caller's key or token, on servers that ask for one."""

signed_router = described_router(prefix="/images", tag="images")
"""These routes carry their permission in `?token=` and must not ask for a key as well."""


async def _local_storage(storage: StorageDep) -> LocalStorage:
    if not isinstance(storage, LocalStorage):
        raise NotFoundError("This server stores its images elsewhere.")
    return storage


LocalStorageDep = Annotated[LocalStorage, Depends(_local_storage)]


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes what a caller uploaded, and nobody else's upload."""

    intake: Intake
    uploads: UploadStore
    quota: int
    base_url: str

    async def take(self, url: str) -> Pages:
        """As `Intake.take`. Raises NotFoundError for another owner's upload, PayloadTooLargeError beyond the quota."""
        path = self.intake.upload_of(url, base_url=self.base_url)
        if path is not None:
            await self.uploads.check(path)
        taken = await self.intake.take(url, base_url=self.base_url, owner_id=self.uploads.owner_id)
        if path is not None:
            files = [path, *(page for _, page in taken.pages if page is not None)]
            await self.uploads.keep(path, files, taken.n_bytes, self.quota)
        return taken


async def _taking(intake: IntakeDep, uploads: UploadStoreDep, settings: SettingsDep, own_address: BaseUrlDep) -> Taking:
    return Taking(intake, uploads, settings.owner_storage_bytes, own_address)


TakingDep = Annotated[Taking, Depends(_taking)]


@router.post("/signed-url")
async def sign_upload(
    body: SignedUrlReq, storage: StorageDep, uploads: UploadStoreDep, settings: SettingsDep, own_address: BaseUrlDep
) -> SignedUrlRes:
    """An address to PUT one scan to, good for two hours and for one upload: png, jpeg, webp, gif, PDF, HEIC, TIFF,
    JPEG 2000 or BMP. Register it within a day: what is in no session then is deleted.
    """
    signed = await storage.sign_upload(image_type(body.content_type, body.filename), base_url=own_address)
    await uploads.begin(signed.path, settings.owner_storage_bytes)
    return SignedUrlRes.model_validate(signed, from_attributes=True)


@router.post("/register", response_model_exclude_unset=True)
async def register_image(
    body: RegisterImageReq, taking: TakingDep, intake: IntakeDep, store: StoreDep, own_address: BaseUrlDep
) -> RegisterImageRes:
    """Makes an upload's pages part of a session: one image, or from `order_index` on every page of a PDF or TIFF. The
    same url again changes nothing. Where pages were made of the upload, the answer says how many.
    """
    source = intake.upload_of(body.url, base_url=own_address)
    known = [image for image in await store.images(body.session_id) if source and image["source_path"] == source]
    if known and (known[0]["role"], known[0]["order_index"]) == (body.role, body.order_index):
        return RegisterImageRes(ok=True, pages=len(known), notes=[])
    taken = await taking.take(body.url)
    await store.register_pages(
        session_id=body.session_id,
        role=body.role,
        order_index=body.order_index,
        pages=taken.pages,
        source_path=taken.source_path,
    )
    if taken.source_path is None:
        return RegisterImageRes(ok=True)
    return RegisterImageRes(ok=True, pages=len(taken.pages), notes=taken.notes)


@router.get("/{session_id}")
async def list_images(session_id: SessionId, store: StoreDep, own_address: BaseUrlDep) -> ImagesRes:
    """The registered images in order."""
    images = [{**image, "url": absolute(image["url"], own_address)} for image in await store.images(session_id)]
    return ImagesRes.model_validate({"session_id": session_id, "images": images})


@router.put("/{session_id}/order")
async def order_images(session_id: SessionId, body: OrderImagesReq, store: StoreDep) -> Ok:
    """Puts a role's images into another order. Marks made from the old one become unmarked `pages_changed`."""
    await store.order_images(session_id, body.role, body.image_ids)
    return Ok()


@router.put("/{session_id}/{image_id}")
async def replace_image(
    session_id: SessionId,
    image_id: ImageId,
    body: ReplaceImageReq,
    taking: TakingDep,
    storage: StorageDep,
    store: StoreDep,
) -> Ok:
    """Puts another page in an image's place. Marks made from the old one become unmarked `pages_changed`."""
    await store.images(session_id)  # refuses another's session before anything is converted
    taken = await taking.take(body.url)
    if len(taken.pages) != 1:
        raise UnprocessableError.field("url", f"one page takes the place of one page; the file has {len(taken.pages)}")
    [(url, path)] = taken.pages
    await storage.delete(
        await store.replace_image(session_id, image_id, url=url, storage_path=path, source_path=taken.source_path)
    )
    return Ok()


@router.delete("/{session_id}/{image_id}", status_code=204)
async def delete_image(session_id: SessionId, image_id: ImageId, storage: StorageDep, store: StoreDep) -> None:
    """Removes one image; those behind it move up. Marks made from it become unmarked `pages_changed`. Also 204 when it
    is gone already.
    """
    await storage.delete(await store.delete_image(session_id, image_id))


@router.head("/object/{path:path}", include_in_schema=False)
@router.get("/object/{path:path}", status_code=307, response_class=RedirectResponse)
async def get_image(
    path: str, storage: StorageDep, uploads: UploadStoreDep, own_address: BaseUrlDep
) -> RedirectResponse:
    """The stable address of an uploaded image: leads to a freshly signed one."""
    if is_key(path):
        await uploads.check(path)
    return RedirectResponse(
        await _signed_read(storage, path, own_address), status_code=307, headers={"Cache-Control": "no-store"}
    )


@signed_router.put("/upload/{path:path}", status_code=200)
async def upload_image(
    path: str,
    request: Request,
    storage: LocalStorageDep,
    uploads: UploadStoreDep,
    settings: SettingsDep,
    token: str = "",
) -> UploadRes:
    """Take the raw file, on a server that stores images itself."""
    await storage.check_upload(path, token)
    if await uploads.is_spent(path):
        raise ConflictError("A file was already uploaded to this address. Ask for a new one.")
    n_bytes = await storage.receive(path, token, _chunks(request), length=_announced_length(request))
    try:
        await uploads.keep(path, [path], n_bytes, settings.owner_storage_bytes)
    except PayloadTooLargeError:
        await storage.delete([path])
        raise
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
