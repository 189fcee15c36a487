"""Which kind of scan a file is by its first bytes: names and headers only say what the sender believes."""

from enum import StrEnum
from typing import Final

SNIFF_BYTES: Final = 1024
"""How many first bytes `kind_of` needs: a PDF may begin with as much of something else."""

# Brands of the ISO container that hold HEVC pictures; AVIF's are avif and avis.
_HEIF: Final = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF: Final = (b"avif", b"avis")


class Kind(StrEnum):
    """What scanners and phones write. The value is the media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    PDF = "application/pdf"
    HEIC = "image/heic"
    TIFF = "image/tiff"
    JPEG2000 = "image/jp2"
    BMP = "image/bmp"


FOR_MODELS: Final = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF})
"""What providers take as it is."""

NAMES: Final = "png, jpeg, webp, gif, PDF, HEIC, TIFF, JPEG 2000 or BMP"

_MARKS: Final = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Kind.TIFF),
    (b"MM\0+", Kind.TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind.JPEG2000),
    (b"\xffO\xffQ", Kind.JPEG2000),
)
_BMP_HEADERS: Final = (12, 40, 52, 56, 64, 108, 124)


def kind_of(head: bytes) -> Kind | None:
    """The kind of the file that starts with `head`; None for what is no scan."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp":
        return _iso_kind(head)
    if head[:2] == b"BM" and len(head) > 18 and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:  # noqa: PLR2004
        return Kind.BMP
    found = next((kind for mark, kind in _MARKS if head.startswith(mark)), None)
    return found or (Kind.PDF if b"%PDF-" in head[:SNIFF_BYTES] else None)


_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_SAVE_AS_PDF: Final = "document, no scan: save it as PDF"
_BY_SUFFIX: Final = {
    **dict.fromkeys((".docx", ".docm", ".doc", ".odt", ".rtf", ".pages"), f"is a text {_SAVE_AS_PDF}"),
    **dict.fromkeys((".pptx", ".ppt", ".odp", ".key"), f"is a slide {_SAVE_AS_PDF}"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv"), "is a table: only marks and maxima are read"),
}


def other_kind(head: bytes, suffix: str) -> str:
    """What to say of a file that is no scan; `suffix` is the end of its name, with the dot."""
    if not head:
        return "is empty"
    is_text = b"\0" not in head and not head.startswith((*_ARCHIVES, b"\xd0\xcf\x11\xe0"))
    if not is_text or suffix in {".rtf", ".csv", ".tsv"}:
        named = _BY_SUFFIX.get(suffix)
        if named is not None:
            return named
    if head.startswith(_ARCHIVES):
        return "is an archive, such as a ZIP: unpack it into the student's folder"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return f"is an old Office {_SAVE_AS_PDF}"
    if head[4:8] == b"ftyp":
        return "is AVIF: save it as JPEG" if any(brand in head[8:64] for brand in _AVIF) else "is a video or sound"
    return "is a text file, no scan" if is_text else f"is of an unknown kind: scans are {NAMES}"


def _iso_kind(head: bytes) -> Kind | None:
    brands = [head[start : start + 4] for start in (8, *range(16, min(int.from_bytes(head[:4], "big"), len(head)), 4))]
    # An AVIF names mif1 among its brands too.
    if any(brand in _AVIF for brand in brands):
        return None
    return Kind.HEIC if any(brand in _HEIF for brand in brands) else None
