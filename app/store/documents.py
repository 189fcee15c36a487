"""What the app asks the database about documents that tests are made from."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from app.marks.model import Json
from app.store.base import LEASE_SECONDS, Row
from app.store.leases import JobStore
from app.store.storable import storable

# A part is 700 KB of JSON: a few milliseconds of the event loop.
PART_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class ClaimedDocument:
    """A document that this process reads. `is_whole`: its whole file is stored. `ocr_pages` were read before."""

    document_id: str
    name: str
    content_type: str
    n_parts: int
    is_whole: bool
    ocr_pages: frozenset[int]
    # Whose it is; None for a document of an API key.
    owner_id: str | None = None
    correlation_id: str | None = None


class DocumentStore(JobStore):
    """Documents and their pages. A file is stored until its text is."""

    kind = "document"

    async def create(self, content: bytes, *, name: str, sha256: str, content_type: str) -> Row:
        """Store a document with its file, and return its row. Its status is `processing`."""
        parts = [content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES)]
        document = await self._create(len(parts), name=name, sha256=sha256, content_type=content_type)
        for number, part in enumerate(parts, start=1):
            text = b64encode(part).decode()
            await self._ask("add_document_part", document_id=document["id"], part=number, content=text)
        return document

    async def create_rejected(self, error: str, *, name: str, sha256: str, content_type: str) -> Row:
        """Store a document that was refused, without its file, and return its row."""
        return await self._create(0, name=name, sha256=sha256, content_type=content_type, error=error)

    async def _create(self, n_parts: int, **fields: str) -> Row:
        return dict(
            await self._ask("create_document", document_id=str(uuid4()), n_parts=n_parts, **storable(fields).value)
        )

    async def documents(self, *, limit: int, offset: int) -> Row:
        """{items, total}, newest first."""
        return dict(await self._ask("list_documents", limit=limit, offset=offset))

    async def document(self, document_id: str) -> Row:
        return dict(await self._ask("document_detail", document_id=document_id))

    async def text(self, document_id: str) -> Row:
        """{document, pages: [{page, text, source}]}"""
        return dict(await self._ask("document_text", document_id=document_id))

    async def delete(self, document_id: str) -> bool:
        """Delete it, and return whether it was stored. Raises ConflictError while a test is made from it."""
        return bool((await self._ask("delete_document", document_id=document_id))["deleted"])

    async def claim(self, document_id: str, lease_owner: str) -> ClaimedDocument | None:
        row = await self._ask(
            "claim_document", document_id=document_id, lease_owner=lease_owner, lease_seconds=LEASE_SECONDS
        )
        if row is None:
            return None
        return ClaimedDocument(
            document_id,
            row["name"],
            row["content_type"],
            row["n_parts"],
            row["n_stored"] == row["n_parts"],
            frozenset(row["ocr_pages"]),
            row["owner_id"],
            row["correlation_id"],
        )

    async def content(self, document: ClaimedDocument) -> bytes:
        """The file."""
        parts = []
        for number in range(1, document.n_parts + 1):
            row = await self._ask("document_part_of", document_id=document.document_id, part=number)
            parts.append(b64decode(row["content"]))
        return await asyncio.to_thread(b"".join, parts)

    async def record_pages(
        self,
        document_id: str,
        total_pages: int,
        pages: Sequence[Row],
        *,
        cost_usd: float = 0.0,
        calls: Sequence[Row] = (),
    ) -> None:
        """`pages` are {page, text, source: text | ocr}. The first text of a page stays; only OCR replaces its own text.

        `cost_usd` is what all calls for the document have cost until now. `calls` are
        {page, raw}: the replies to them.
        """
        await self._ask(
            "record_pages",
            document_id=document_id,
            total_pages=total_pages,
            pages=storable(list(pages)).value,
            cost_usd=cost_usd,
            calls=storable(list(calls)).value,
        )

    async def finish(self, document_id: str, lease_owner: str, status: str, **fields: Json) -> None:
        """`fields`: error, word_count, character_count, left_out. The file is deleted."""
        await self._ask(
            "finish_document", document_id=document_id, lease_owner=lease_owner, status=status, **storable(fields).value
        )
