"""Wire models of `/documents`."""

from typing import Literal

from app.schemas.base import Wire

DocumentStatus = Literal["processing", "ready", "extraction_failed", "rejected"]


class LeftOut(Wire):
    """A kind of content that is missing from the text, with its count, and with its pages if the document has pages."""

    what: str
    count: int
    pages: list[int]
    message: str


class Document(Wire):
    """A document and the progress of reading it. `elapsed_time` is in seconds; `left_out` is complete at the end."""

    id: str
    name: str
    status: DocumentStatus
    content_type: str
    sha256: str
    total_pages: int
    extracted_pages: int
    word_count: int
    character_count: int
    cost_usd: float
    extraction_error: str | None
    left_out: list[LeftOut]
    created_at: str
    finished_at: str | None
    elapsed_time: float


class DocumentsPage(Wire):
    items: list[Document]
    total: int


class DocumentPage(Wire):
    page: int
    text: str
    source: Literal["text", "ocr"]


class DocumentText(Wire):
    """The text of a document so far. `ocr_pages` lists the pages that a model read."""

    id: str
    status: DocumentStatus
    text: str
    word_count: int
    character_count: int
    total_pages: int
    extracted_pages: int
    ocr_pages: list[int]
    extraction_error: str | None
    left_out: list[LeftOut]
    pages: list[DocumentPage]
