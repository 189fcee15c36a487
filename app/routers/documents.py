"""Documents: upload, list, read, delete."""

from email.message import Message
from typing import Annotated, Any

from fastapi import Form, Query, UploadFile

from app.dependencies import DocumentStoreDep, ReaderDep
from app.documents.pages import as_read
from app.documents.upload import receive
from app.errors import PayloadTooLargeError
from app.openapi import described_router
from app.schemas.base import DocumentId
from app.schemas.documents import Document, DocumentsPage, DocumentText

router = described_router(prefix="/documents", tag="documents")


@router.post("/upload", status_code=201, response_model=Document)
async def upload_document(
    file: UploadFile,
    store: DocumentStoreDep,
    reader: ReaderDep,
    encoding: Annotated[str | None, Form(max_length=40)] = None,
) -> dict[str, Any]:
    """Take a PDF, DOCX, ODT, RTF, PPTX, HTML, Markdown or plain text file; its text is read in the background.

    `encoding` names that of a text or HTML file that is not UTF-8 and does not say so itself (windows-1252, shift_jis),
    as does a charset in the part's media type.
    """
    if file.size is not None and file.size > reader.reading.limits.max_bytes:
        raise PayloadTooLargeError(f"The file has more than {reader.reading.limits.max_bytes >> 20} MB.")
    declared = encoding or _charset(file.headers.get("content-type", ""))
    document = await receive(store, await file.read(), file.filename or "", reader.reading, declared)
    reader.launcher.launch(document["id"])
    return document


def _charset(media_type: str) -> str | None:
    message = Message()
    message["content-type"] = media_type
    charset = message.get_content_charset()
    # Clients that know nothing of the file write it out of habit.
    return charset if charset not in {"utf-8", "us-ascii"} else None


@router.get("", response_model=DocumentsPage)
async def list_documents(
    store: DocumentStoreDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> dict[str, Any]:
    """Documents, newest first."""
    return await store.documents(limit=limit, offset=offset)


@router.get("/{document_id}", response_model=Document)
async def get_document(document_id: DocumentId, store: DocumentStoreDep) -> dict[str, Any]:
    """How far a document has been read."""
    return await store.document(document_id)


@router.get("/{document_id}/extract")
async def get_document_text(document_id: DocumentId, store: DocumentStoreDep) -> DocumentText:
    """The text of a document, page by page."""
    return DocumentText.model_validate(as_read(await store.text(document_id)))


@router.delete("/{document_id}", status_code=204)
async def delete_document(document_id: DocumentId, store: DocumentStoreDep, reader: ReaderDep) -> None:
    """Delete a document with its text. Tests made from it stay. An id that does not exist answers 204 too."""
    if await store.delete(document_id):
        reader.launcher.drop(document_id)
