"""Documents: upload, list, read, delete."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, UploadFile

from app.dependencies import DocumentStoreDep, ReaderDep
from app.documents.pages import as_read
from app.documents.upload import receive
from app.errors import PayloadTooLargeError
from app.schemas.base import DocumentId
from app.schemas.documents import Document, DocumentsPage, DocumentText

router = APIRouter(prefix="/documents", tags=["documents"])


@router.post("/upload", status_code=201, response_model=Document)
async def upload_document(file: UploadFile, store: DocumentStoreDep, reader: ReaderDep) -> dict[str, Any]:
    """Take a PDF, DOCX, HTML, Markdown or plain text file; its text is read in the background."""
    if file.size is not None and file.size > reader.reading.limits.max_bytes:
        raise PayloadTooLargeError(f"The file has more than {reader.reading.limits.max_bytes >> 20} MB.")
    document = await receive(store, await file.read(), file.filename or "", reader.reading)
    reader.launcher.launch(document["id"])
    return document


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
    """The text, page by page."""
    return DocumentText.model_validate(as_read(await store.text(document_id)))


@router.delete("/{document_id}", status_code=204)
async def delete_document(document_id: DocumentId, store: DocumentStoreDep, reader: ReaderDep) -> None:
    """The document with its text goes; tests that were made from it stay. Also 204 when it is gone already."""
    if await store.delete(document_id):
        reader.launcher.drop(document_id)
