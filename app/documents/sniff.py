"""What kind of document some bytes are, and if none, what they are instead. The name is never asked about bytes."""

import io
import re
import zipfile

from app.documents.extraction import DocumentKind, ExtractionError, Refusal

# Readers accept a header that does not stand at the very start, within this many bytes.
_PDF_HEADER_WITHIN = 1024
_WHAT_ELSE = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"SQLite format 3", "a database"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE_PARTS = (
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
    ("content.xml", "an ODF document"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta)\b", re.IGNORECASE | re.DOTALL
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ACCEPTED = "Upload a PDF, DOCX, HTML, Markdown or plain text file."


def kind_of(data: bytes, hint: str = "") -> DocumentKind:
    """The kind, by content. `hint`, a file name or a media type, decides only between kinds of text.

    Raises ExtractionError for everything that cannot be read.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise ExtractionError(Refusal.EMPTY, "The file is empty.")
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN] and not data.startswith(b"MZ"):
        return DocumentKind.PDF
    if data.startswith(b"PK"):
        return _kind_of_zip(data)
    if data.startswith(_OLE):
        raise _ole(data)
    for mark, name in _WHAT_ELSE:
        if data.startswith(mark) and not _is_plain_words(data, mark):
            raise _unsupported(name)
    return _kind_of_text(data, hint.lower())


def decode(data: bytes, kind: DocumentKind) -> str:
    """The text of a text file: UTF-8, UTF-16 with its mark, or what an HTML page declares. Never a guess."""
    if data.startswith(_UTF16_MARKS):
        encoding = "utf-16"
    else:
        declared = _CHARSET.search(data[:2048]) if kind is DocumentKind.HTML else None
        encoding = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
        # A declaration that could be read byte by byte is not in UTF-16; browsers take UTF-8 for it as well.
        encoding = "utf-8-sig" if encoding.startswith(("utf-8", "utf8", "utf-16")) else encoding
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):
        name = encoding.removesuffix("-sig").upper()
        message = f"The text is not encoded as {name}. Save it as UTF-8 and upload it again."
        raise ExtractionError(Refusal.ENCODING, message) from None


def _unsupported(name: str) -> ExtractionError:
    return ExtractionError(Refusal.UNSUPPORTED_TYPE, f"The file is {name}, whatever its name says. {_ACCEPTED}")


def _is_plain_words(data: bytes, mark: bytes) -> bool:
    """Two letters such as MZ may begin a text; programs have NULs near the start."""
    return mark.isalpha() and b"\0" not in data[:1024]


def _kind_of_zip(data: bytes) -> DocumentKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ExtractionError(
            Refusal.TRUNCATED, "The file ends too early or is damaged: its archive has no readable directory."
        ) from None
    if "word/document.xml" in names:
        return DocumentKind.DOCX
    for part, name in _OFFICE_PARTS:
        if any(entry.startswith(part) for entry in names):
            raise _unsupported(name)
    raise _unsupported("a ZIP archive")


def _ole(data: bytes) -> ExtractionError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return ExtractionError(
            Refusal.ENCRYPTED, "The document is protected by a password. Save it without one and upload it again."
        )
    return _unsupported("an old Office file (.doc, .xls or .ppt)")


def _kind_of_text(data: bytes, hint: str) -> DocumentKind:
    if b"\0" in data[:65536] and not data.startswith(_UTF16_MARKS):
        raise _without_a_mark(data)
    if _HTML.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]) or _hints_at(hint, "html", "htm"):
        return DocumentKind.HTML
    return DocumentKind.MARKDOWN if _hints_at(hint, "markdown", "md") else DocumentKind.TEXT


def _hints_at(hint: str, *endings: str) -> bool:
    return hint.partition(";")[0].strip().endswith(tuple(f"{sign}{ending}" for ending in endings for sign in "./+-"))


def _without_a_mark(data: bytes) -> ExtractionError:
    sample = data[:4096]
    # Western text in UTF-16 has a NUL in every other byte.
    if 0.8 < 2 * max(sample[::2].count(0), sample[1::2].count(0)) / len(sample) <= 1:  # noqa: PLR2004 - explained above
        return ExtractionError(
            Refusal.ENCODING, "The text seems to be UTF-16 without its mark. Save it as UTF-8 and upload it again."
        )
    return _unsupported("no document that can be read here")
