"""Object keys and image types: made and checked here, so that no client text ever becomes a path."""

import re
import uuid
from datetime import UTC, datetime
from typing import Final

from app.errors import UnprocessableError
from app.storage.sniff import sniff

UNSUPPORTED: Final = "UNSUPPORTED_IMAGE_TYPE"

_SUFFIXES: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
_CONTENT_TYPES: Final = {suffix: content_type for content_type, suffix in _SUFFIXES.items()}
_ALIASES: Final = {"image/jpg": "image/jpeg"}
_KEY: Final = re.compile(r"[0-9]{4}-[0-9]{2}/[0-9a-f]{32}\.(png|jpg|webp|gif)")


def image_type(content_type: str) -> str:
    """The canonical content type: case, parameters and `image/jpg` are forgiven.

    Raises UnprocessableError (UNSUPPORTED_IMAGE_TYPE) for anything but png, jpeg, webp and gif.
    """
    bare = content_type.split(";", maxsplit=1)[0].strip().lower()
    bare = _ALIASES.get(bare, bare)
    if bare not in _SUFFIXES:
        raise UnprocessableError.field("content_type", f"must be one of {', '.join(_SUFFIXES)}", code=UNSUPPORTED)
    return bare


def new_key(content_type: str) -> str:
    """A key nobody can guess, for an image of a canonical content type: `2026-11/<32 hex digits>.png`."""
    return f"{datetime.now(UTC):%Y-%m}/{uuid.uuid4().hex}.{_SUFFIXES[content_type]}"


def is_key(path: str) -> bool:
    return _KEY.fullmatch(path) is not None


def declared_type(key: str) -> str:
    """The content type that the image was announced with."""
    return _CONTENT_TYPES[key.rpartition(".")[2]]


def check_bytes(head: bytes, key: str, *, field: str) -> None:
    """Refuses a file whose first bytes are not the image that was announced.

    Raises UnprocessableError naming `field`: UNSUPPORTED_IMAGE_TYPE where they are no image that can be used.
    """
    if not head:
        raise UnprocessableError.field(field, "the file is empty")
    found, declared = sniff(head), declared_type(key)
    if found is None:
        raise UnprocessableError.field(field, "the file is not a png, jpeg, webp or gif image", code=UNSUPPORTED)
    if found != declared:
        raise UnprocessableError.field(field, f"the file was announced as {declared} and is {found}")
