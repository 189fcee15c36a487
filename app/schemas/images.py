"""Wire models of `/images`. Existing clients fix the camelCase names."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from app.marks.model import Role
from app.schemas.base import ImageId, Ok, Request, SessionId, Text, Wire, storable_text

_KEY = "2026-11/5a1f4c0de0f14b6f8f3a0f4c1f2d9b7e.png"
_PUBLIC_URL = f"http://127.0.0.1:8000/images/object/{_KEY}"
_TOKEN = "1795299581.n2qVhZ3rJ9xH0pXkYw7eT5cGm1uLs8aBfDvQoRi4jKE"  # noqa: S105 -- an example that opens nothing
_SESSION_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

_IMAGE_ID = "9a1f2c74-6d43-4a0e-8d8e-2c4f5b1d7a60"

_LARGEST_INT4 = 2**31 - 1


class SignedUrlReq(Request):
    """`filename` may be any name of a file. The server makes the object's key itself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"filename": "Mai, page 1 (scan).png", "content_type": "image/png"}]}
    )

    filename: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024), AfterValidator(storable_text)
    ]
    content_type: Annotated[Text, Field(max_length=255)]


class SignedUrlRes(Wire):
    """PUT the raw file to `uploadUrl` with exactly `headers`, then register `publicUrl`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "uploadUrl": f"http://127.0.0.1:8000/images/upload/{_KEY}?token={_TOKEN}",
                    "token": _TOKEN,
                    "path": _KEY,
                    "headers": {"Content-Type": "image/png"},
                    "publicUrl": _PUBLIC_URL,
                }
            ]
        }
    )

    upload_url: str = Field(serialization_alias="uploadUrl")
    token: str
    path: str
    headers: Mapping[str, str]
    public_url: str = Field(serialization_alias="publicUrl")


class RegisterImageReq(Request):
    """`url` is a `publicUrl`, or the https address of an image elsewhere. A role's images have no gaps. The pages of a
    PDF or TIFF take as many places as they are.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"session_id": _SESSION_ID, "role": "student", "url": _PUBLIC_URL, "order_index": 0}]
        }
    )

    session_id: SessionId
    role: Role
    url: Text
    order_index: Annotated[int, Field(strict=True, ge=0, le=_LARGEST_INT4)]


class RegisterImageRes(Ok):
    """`pages` counts what was registered. `notes` are for the teacher, such as that an animated file has one page."""

    pages: int = 1
    notes: list[str] = Field(default_factory=list)


class OrderImagesReq(Request):
    """Every image of the role, in the order that they are to have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "student", "image_ids": [_IMAGE_ID]}]})

    role: Role
    image_ids: Annotated[list[ImageId], Field(min_length=1, max_length=10_000)]


class ReplaceImageReq(Request):
    """`url` as in `POST /images/register`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": _PUBLIC_URL}]})

    url: Text


class RegisteredImage(Wire):
    image_id: str
    role: Role
    url: str
    order_index: int


class ImagesRes(Wire):
    """The registered images, in order within each role."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": _SESSION_ID,
                    "images": [{"image_id": _IMAGE_ID, "role": "student", "url": _PUBLIC_URL, "order_index": 0}],
                }
            ]
        }
    )

    session_id: str
    images: list[RegisteredImage]


class UploadRes(Wire):
    """`Key` is the stored object's key, as Supabase Storage answers."""

    key: str = Field(serialization_alias="Key")
