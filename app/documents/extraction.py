"""What comes out of a document, and why nothing does."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.marks.model import Json


class DocumentKind(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    ODT = "odt"
    PPTX = "pptx"
    RTF = "rtf"
    MARKDOWN = "md"
    TEXT = "txt"


class Refusal(StrEnum):
    """Why a document gives no text."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    ENCODING = "encoding"
    ENCRYPTED = "encrypted"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    TOO_MANY_PAGES = "too_many_pages"
    PAGE_TOO_LARGE = "page_too_large"
    TOO_MUCH_TEXT = "too_much_text"
    BOMB = "bomb"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    CRASHED = "crashed"


class ExtractionError(Exception):
    """The document gives no text. `message` is for the teacher who uploaded it."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class ExtractionLimits:
    """Limits of one document. The defaults suit the documents of teachers, and stop files that are made to do harm."""

    max_pages: int = 100
    # Below this many characters a PDF page with anything drawn on it is taken for a scan.
    ocr_threshold: int = 50
    max_bytes: int = 50 * 1024 * 1024
    # A0 is 47 inches long. Beyond this a page is a mistake or an attack.
    max_page_inches: float = 100
    # 100 densely set pages have some 500,000 characters.
    max_characters: int = 2_000_000
    # The XML of a DOCX, unpacked: 100 pages of text have some 2 MB, of tracked changes 20 MB.
    max_unpacked_bytes: int = 60 * 1024 * 1024
    # A text PDF of 100 pages takes about half a second.
    seconds: float = 30
    # Address space of the subprocess. A text PDF of 100 pages needs less than 100 MB of it beside its own bytes.
    memory_bytes: int = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """One page; numbers count from 1. `is_scan` means that its text has yet to be read off its image."""

    number: int
    text: str
    is_scan: bool = False


@dataclass(frozen=True, slots=True)
class Extraction:
    """All pages, in order. What has no pages of its own (HTML, Markdown, text) is one page."""

    kind: DocumentKind
    pages: tuple[Page, ...]
    # The subprocess's largest resident memory in bytes, and what it took from spawn to end.
    peak_bytes: int = 0
    seconds: float = 0.0
    # `{what, count, pages, message}` of everything that is not in the text.
    left_out: tuple[dict[str, Json], ...] = ()

    @property
    def scans(self) -> tuple[int, ...]:
        return tuple(page.number for page in self.pages if page.is_scan)

    @property
    def text(self) -> str:
        return "\n\n".join(page.text for page in self.pages if page.text)


_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str, keep: str = "") -> str:
    """`text` as it may be stored and shown: no NUL, U+FFFE, lone surrogates or control characters but tab, newline and
    those to `keep`.

    pdfium writes U+FFFE where a word was hyphenated at the end of a line; without it the word is whole again.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(
        _DROPPED if not keep else {code: _DROPPED[code] for code in _DROPPED if chr(code) not in keep}
    )
    return _SURROGATE.sub("", text)


# The control characters of C1 are what Windows' quotation marks become in a wrong encoding; the next line is a newline.
_CONTROLS = [*(code for code in range(0x20) if chr(code) not in "\t\n"), *range(0x7F, 0xA0)]
_DROPPED: dict[int, str | None] = dict.fromkeys([*_CONTROLS, 0xFFFE, 0xFFFF, 0xFEFF]) | {
    0x85: "\n",
    0x2028: "\n",
    0x2029: "\n\n",
}
