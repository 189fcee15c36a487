"""Taking a document: what can be refused at once is refused before anything is kept of the file."""

import asyncio
import hashlib

from app.documents.encodings import transcoded
from app.documents.extract import preflight
from app.documents.extraction import DocumentKind, ExtractionError, Refusal
from app.documents.reading import Reading
from app.errors import AppError, PayloadTooLargeError, UnprocessableError
from app.store.base import Row
from app.store.documents import DocumentStore

_LONGEST_NAME = 300
_MEDIA_TYPES = {
    DocumentKind.PDF: "application/pdf",
    DocumentKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentKind.ODT: "application/vnd.oasis.opendocument.text",
    DocumentKind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    DocumentKind.RTF: "application/rtf",
    DocumentKind.HTML: "text/html",
    DocumentKind.MARKDOWN: "text/markdown",
    DocumentKind.TEXT: "text/plain",
}
# Nothing to keep a row of.
_WITHOUT_ROW = frozenset({Refusal.EMPTY, Refusal.TOO_LARGE})


async def receive(
    store: DocumentStore, content: bytes, filename: str, reading: Reading, encoding: str | None = None
) -> Row:
    """The document, being processed. `encoding`, where the uploader names one, is that of a text or HTML file; its text
    is kept as UTF-8. Raises PayloadTooLargeError, and UnprocessableError whose code says why; the document is then
    kept as rejected, without its file.
    """
    name, sha256 = _name(filename), await _sha256(content)
    try:
        content = await asyncio.to_thread(_as_utf8, content, encoding)
        async with reading.turns.of(store.owner_id):
            kind = await preflight(content, name, reading.limits)
    except ExtractionError as refusal:
        details: dict[str, str] = {}
        if refusal.reason not in _WITHOUT_ROW:
            row = await store.create_rejected(
                refusal.message, name=name, sha256=sha256, content_type="application/octet-stream"
            )
            details = {"id": row["id"]}
        raise _error(refusal, details) from None
    return await store.create(content, name=name, sha256=sha256, content_type=_MEDIA_TYPES[kind])


def _as_utf8(content: bytes, encoding: str | None) -> bytes:
    """Text of the named encoding as UTF-8. A PDF or an archive has no encoding and comes back unchanged."""
    is_binary = content.startswith((b"%PDF", b"PK", b"{\\rtf"))
    return content if encoding is None or is_binary or not content else transcoded(content, encoding)


def _name(filename: str) -> str:
    """The name without its folders: old browsers send the whole path."""
    return filename.replace("\\", "/").rsplit("/", 1)[-1][-_LONGEST_NAME:] or "document"


async def _sha256(content: bytes) -> str:
    return (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()


def _error(refusal: ExtractionError, details: dict[str, str]) -> AppError:
    errors = {"errors": [{"field": "file", "message": refusal.message}]}
    if refusal.reason is Refusal.TOO_LARGE:
        return PayloadTooLargeError(refusal.message, details=errors)
    code = f"DOCUMENT_{refusal.reason.name}"
    return UnprocessableError(refusal.message, code=code, details=errors | details)
