"""Object keys and types of scans: made and checked here, so that no client text ever becomes a path."""

import mimetypes
import re
import uuid
from datetime import UTC, datetime
from typing import Final

from app.errors import UnprocessableError
from app.scans.kinds import NAMES, Kind

UNSUPPORTED: Final = "UNSUPPORTED_IMAGE_TYPE"

_SUFFIXES: Final = {
    Kind.PNG: "png",
    Kind.JPEG: "jpg",
    Kind.WEBP: "webp",
    Kind.GIF: "gif",
    Kind.PDF: "pdf",
    Kind.HEIC: "heic",
    Kind.TIFF: "tif",
    Kind.JPEG2000: "jp2",
    Kind.BMP: "bmp",
}
_KINDS: Final = {suffix: kind for kind, suffix in _SUFFIXES.items()}
_ALIASES: Final = {
    "image/jpg": Kind.JPEG,
    "image/heif": Kind.HEIC,
    "image/heic-sequence": Kind.HEIC,
    "image/heif-sequence": Kind.HEIC,
    "image/tif": Kind.TIFF,
    "image/x-tiff": Kind.TIFF,
    "image/jpx": Kind.JPEG2000,
    "image/j2k": Kind.JPEG2000,
    "image/jpeg2000": Kind.JPEG2000,
    "image/x-ms-bmp": Kind.BMP,
    "image/x-bmp": Kind.BMP,
    "application/x-pdf": Kind.PDF,
}
# What browsers call a file whose kind they do not know.
_UNKNOWN: Final = ("", "application/octet-stream", "binary/octet-stream")
_NAMED: Final = {"heif": Kind.HEIC, "j2k": Kind.JPEG2000, "jpf": Kind.JPEG2000, "jpx": Kind.JPEG2000}
_KEY: Final = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}/[0-9a-f]{{32}}(-p[0-9]{{4}})?\.({'|'.join(_KINDS)})")


def image_type(content_type: str, filename: str = "") -> Kind:
    """The kind that a client announces: case, parameters and other spellings are forgiven. Where it names none, the
    ending of `filename` does.

    Raises UnprocessableError (UNSUPPORTED_IMAGE_TYPE) for what is no scan.
    """
    bare = content_type.split(";", maxsplit=1)[0].strip().lower()
    if bare in _UNKNOWN:
        bare = (mimetypes.guess_type(filename)[0] or "").lower()
        suffix = filename.rpartition(".")[2].lower()
        found = _NAMED.get(suffix) or _KINDS.get(suffix)
        if found is not None:
            return found
    found = _ALIASES.get(bare) or next((kind for kind in Kind if kind == bare), None)
    if found is None:
        raise UnprocessableError.field("content_type", f"must be a scan: {NAMES}", code=UNSUPPORTED)
    return found


def new_key(kind: Kind) -> str:
    """A key that nobody can guess: `2026-11/<32 hex digits>.png`."""
    return f"{datetime.now(UTC):%Y-%m}/{uuid.uuid4().hex}.{_SUFFIXES[kind]}"


def page_key(key: str, number: int, kind: Kind) -> str:
    """The key of a page that was made of the upload `key`. Numbers count from 1 and have at most four digits."""
    return f"{key.rpartition('.')[0]}-p{number:04}.{_SUFFIXES[kind]}"


def is_key(path: str) -> bool:
    return _KEY.fullmatch(path) is not None


def declared_type(key: str) -> Kind:
    """The kind that the client announced for an upload; for a page that was made here, its kind."""
    return _KINDS[key.rpartition(".")[2]]
