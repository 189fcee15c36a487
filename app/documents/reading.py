"""Reading an uploaded document: its text in a subprocess, its scanned pages by a model, each stored as it comes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.documents.extract import extract, render
from app.documents.extraction import Extraction, ExtractionError, ExtractionLimits
from app.documents.left_out import Left, LeftOut
from app.documents.ocr import ocr_messages, parse_ocr
from app.documents.words import n_words
from app.marks.model import Json
from app.openrouter.call import CallResult
from app.storage.urls import data_url
from app.store.documents import ClaimedDocument, DocumentStore
from app.turns import Turns
from app.work.job import Job, ModelAccess, WantedCall, stored_replies
from app.work.leased_work import WorkTools, together

log = logging.getLogger(__name__)

OUR_FAULT = "The server failed while reading this document; its log says why."
INCOMPLETE = "The upload was interrupted. Upload the file again."
NO_KEY = "Scanned pages are read by a model: set OPENROUTER_API_KEY (see .env.example) and upload the file again."
NO_TEXT = "No text could be read out of the document."
# A densely printed page has some 1,500 tokens, in Chinese, Japanese and Korean twice that.
OCR_ROOM = 6_000
MOST_OPEN = 4
MOST_OF_ONE_USER = 3
# Of a long list of pages.
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """How documents are read. `model` reads scanned pages, `n_parallel` of them at once. Users take
    `turns` at opening a document: each is a subprocess that may take half a gigabyte. `prepare` gets the text of a
    document that is ready, in a thread: it loads what a test made of it will need.
    """

    limits: ExtractionLimits
    models: ModelAccess | None
    model: str
    n_parallel: int
    turns: Turns = field(default_factory=lambda: Turns(MOST_OPEN, most_of_one=MOST_OF_ONE_USER))
    prepare: Callable[[str], object] = str


class DocumentReading(Job):
    """One claimed document."""

    def __init__(self, claimed: ClaimedDocument, store: DocumentStore, reading: Reading, tools: WorkTools) -> None:
        super().__init__(claimed.document_id, store, reading.models, reading.n_parallel, tools, OUR_FAULT)
        self._claimed = claimed
        self._documents = store
        self._reading = reading
        self._error: str | None = None
        self._unread: dict[int, str] = {}
        self._left_out: tuple[dict[str, Json], ...] = ()
        # US dollars of all calls for the document, those of earlier readings included.
        self._spent = 0.0

    async def work(self) -> None:
        if not self._claimed.is_whole:
            self._error = INCOMPLETE
            return
        content = await self._documents.content(self._claimed)
        try:
            async with self._reading.turns.of(self._claimed.owner_id):
                extraction = await extract(content, self._claimed.name, self._reading.limits)
            self._left_out = extraction.left_out
            await self._store_text(extraction)
            await self._read_scans(content, extraction)
        except ExtractionError as error:
            self._error = error.message

    async def _store_text(self, extraction: Extraction) -> None:
        """The few words of a scan included: they are all that is left of it where no model can read it."""
        pages = [
            {"page": page.number, "text": page.text, "source": "text"}
            for page in extraction.pages
            if page.text or not page.is_scan
        ]
        await self.save(partial(self._documents.record_pages, self.job_id, len(extraction.pages), pages))

    async def _read_scans(self, content: bytes, extraction: Extraction) -> None:
        scans = [number for number in extraction.scans if number not in self._claimed.ocr_pages]
        if not scans:
            return
        if self.models is None:
            self._unread = dict.fromkeys(scans, NO_KEY)
            return
        self._spent = (await self._documents.document(self.job_id))["cost_usd"]
        # A few at a time: an image has up to some megabytes, and a hundred of them must not wait in memory.
        for start in range(0, len(scans), self._reading.n_parallel):
            some = scans[start : start + self._reading.n_parallel]
            async with self._reading.turns.of(self._claimed.owner_id):
                images = {number: png async for number, png in render(content, some, self._reading.limits)}
            work = {f"page {number}": self._read_scan(number, png, extraction) for number, png in images.items()}
            for number, ending in zip(some, await together(work), strict=True):
                if isinstance(ending, BaseException):
                    self._note(number, ending)

    async def _read_scan(self, number: int, png: bytes, extraction: Extraction) -> None:
        result = await self.ask(
            WantedCall(
                f"page {number}", self._reading.model, ocr_messages(data_url(png, "image/png")), OCR_ROOM, number
            )
        )
        pages = []
        if result.completion is None:
            self._unread[number] = _why(result)
        else:
            text = parse_ocr(result.completion.text) or extraction.pages[number - 1].text
            pages = [{"page": number, "text": text, "source": "ocr"}]
        # Before anything is awaited, so that no other page's sum is without it. A failure costs as well.
        self._spent = round(self._spent + result.usage.cost_usd, 10)
        n_pages = len(extraction.pages)
        calls = [{"page": number, "raw": stored_replies(result)["raw"]}]
        await self.save(
            partial(self._documents.record_pages, self.job_id, n_pages, pages, cost_usd=self._spent, calls=calls)
        )

    def _note(self, number: int, ending: BaseException) -> None:
        if isinstance(ending, asyncio.CancelledError):
            self._unread[number] = self.tenure.stop_reason or "It was interrupted."
        else:
            log.error("document %s: page %d broke", self.job_id, number, exc_info=ending)
            self._unread[number] = OUR_FAULT

    async def finish(self) -> None:
        stored = await self._documents.text(self.job_id)
        texts = [page["text"] for page in stored["pages"]]
        word_count = await asyncio.to_thread(lambda: sum(map(n_words, texts)))
        error = self._error or _unread(self._unread) or (None if word_count else NO_TEXT)
        failed = self._error is not None or not word_count
        status = "extraction_failed" if failed else "ready"
        n_characters = sum(map(len, texts))
        finish = partial(
            self._documents.finish,
            self.job_id,
            self.tools.lease_owner,
            status,
            error=error,
            word_count=word_count,
            character_count=n_characters,
            left_out=[*self._left_out, *_pages_left_out(self._unread)],
        )
        await self.save(finish)
        seconds = self.tools.clock() - self.tools.claimed_at
        figures = {
            "status": status,
            "pages": len(texts),
            "words": word_count,
            "unread_pages": len(self._unread),
            "cost_usd": self._spent,
            "seconds": round(seconds, 1),
        }
        log.info("%s: %s", self.name, document_line(figures), extra={"figures": figures})
        if not failed:
            await asyncio.to_thread(self._reading.prepare, "\n".join(texts))


def document_line(figures: Mapping[str, Any]) -> str:
    """What an operator asks first about a document that was read, in one sentence. Its error may quote a provider, so
    it stays in the database.
    """
    unread = f", {figures['unread_pages']} pages not read" if figures["unread_pages"] else ""
    return (
        f"{figures['status']} in {figures['seconds']:.1f} s: {figures['words']} words on {figures['pages']} pages"
        f"{unread}, {figures['cost_usd']:.4f} USD"
    )


@dataclass(frozen=True, slots=True)
class DocumentJobs:
    """Documents being processed, as a launcher sees them. `clock` is the launcher's."""

    store: DocumentStore
    reading: Reading
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    noun: str = "document"

    async def unclaimed(self) -> list[str]:
        return await self.store.unclaimed()

    async def claim(self, document_id: str, lease_owner: str, claimed_at: float) -> DocumentReading | None:
        claimed = await self.store.claim(document_id, lease_owner)
        if claimed is None:
            return None
        tools = WorkTools(lease_owner, claimed_at, self.sleep, self.clock, claimed.correlation_id)
        return DocumentReading(claimed, self.store, self.reading, tools)

    async def fail(self, document_id: str, lease_owner: str) -> None:
        await self.store.finish(
            document_id, lease_owner, "extraction_failed", error=OUR_FAULT, word_count=0, character_count=0
        )


def _why(result: CallResult) -> str:
    return result.failure.message if result.failure else "There was no answer."


def _pages_left_out(unread: dict[int, str]) -> list[dict[str, Json]]:
    pages = LeftOut()
    for number in unread:
        pages.add(Left.PAGES, page=number)
    return pages.rows()


def _unread(reasons: dict[int, str]) -> str | None:
    """One sentence for all pages that could not be read, with the first one's reason."""
    if not reasons:
        return None
    numbers: Sequence[int] = sorted(reasons)
    named = ", ".join(map(str, numbers[:_MOST_NAMED])) + (" and more" if len(numbers) > _MOST_NAMED else "")
    plural = "Pages" if len(numbers) > 1 else "Page"
    return f"{plural} {named} could not be read: {reasons[numbers[0]]}"
