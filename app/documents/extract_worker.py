"""The subprocess that opens documents: bytes on stdin, frames on stdout, and limits it cannot lift.

A frame is one line of JSON with `type` and `size`, then `size` bytes: `page` (UTF-8 text), `image` (PNG), `error`
(the message), `end`. Arguments: one JSON object `{"hint", "limits", "first_only", "render"}`, `render` a
list of pages or null; `first_only` asks for the first page as soon as it can be had.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO

from app.documents.encodings import decode
from app.documents.extract_text import read_text
from app.documents.extraction import DocumentKind, ExtractionError, ExtractionLimits, Page, Refusal
from app.documents.left_out import LeftOut
from app.documents.sniff import kind_of
from app.marks.model import Json
from app.sandbox.worker import limit, order, own_stdout, peak_bytes, send


def main() -> None:
    asked = order()
    limits = ExtractionLimits(**asked["limits"])
    out = own_stdout()
    limit(limits.seconds, limits.memory_bytes)
    try:
        data = sys.stdin.buffer.read(limits.max_bytes + 1)
        left_out = LeftOut()
        if asked["render"] is None:
            _send_pages(out, data, asked, limits, left_out)
        else:
            _send_images(out, data, asked["render"], limits)
    except ExtractionError as error:
        send(out, {"type": "error", "reason": error.reason.value}, error.message.encode())
    except MemoryError:
        send(out, {"type": "error", "reason": Refusal.MEMORY_LIMIT.value})
    else:
        send(out, {"type": "end", "peak_bytes": peak_bytes(), "left_out": left_out.rows()})


def _send_pages(
    out: BinaryIO, data: bytes, asked: dict[str, Json], limits: ExtractionLimits, left_out: LeftOut
) -> None:
    if len(data) > limits.max_bytes:
        raise ExtractionError(Refusal.TOO_LARGE, f"The file has more than {limits.max_bytes >> 20} MB.")
    kind = kind_of(data, asked["hint"])
    n_characters, has_content = 0, False
    for page in _read(data, kind, limits, left_out, first_only=asked["first_only"]):
        n_characters += len(page.text)
        if n_characters > limits.max_characters:
            raise ExtractionError(
                Refusal.TOO_MUCH_TEXT, f"The document has more than {limits.max_characters:,} characters of text."
            )
        has_content = has_content or bool(page.text) or page.is_scan
        head = {"type": "page", "kind": kind.value, "number": page.number, "is_scan": page.is_scan}
        send(out, head, page.text.encode())
    if not has_content:
        raise ExtractionError(Refusal.EMPTY, _NOTHING.get(kind, "The document has neither text nor images."))


_NOTHING = {
    DocumentKind.HTML: "The page has no text that a browser would show.",
    DocumentKind.TEXT: "The file has no text.",
    DocumentKind.MARKDOWN: "The file has no text that a reader would see.",
}


def _read(
    data: bytes, kind: DocumentKind, limits: ExtractionLimits, left_out: LeftOut, *, first_only: bool
) -> Iterator[Page]:
    """Read the document. Loads only the library for its format."""
    if kind is DocumentKind.PDF:
        from app.documents.extract_pdf import read_pdf  # noqa: PLC0415 - see above

        yield from read_pdf(data, limits, left_out, first_only=first_only)
    elif kind is DocumentKind.HTML:
        from app.documents.extract_html import read_html  # noqa: PLC0415 - see above

        yield Page(1, read_html(decode(data, kind, left_out), left_out))
    elif kind in _OFFICE:
        module, name = _OFFICE[kind]
        yield from getattr(import_module(module), name)(data, limits, left_out)
    else:
        yield from read_text(data, kind, limits, left_out)


_OFFICE = {
    DocumentKind.DOCX: ("app.documents.extract_docx", "read_docx"),
    DocumentKind.ODT: ("app.documents.extract_odt", "read_odt"),
    DocumentKind.PPTX: ("app.documents.extract_pptx", "read_pptx"),
    DocumentKind.RTF: ("app.documents.extract_rtf", "read_rtf"),
}


def _send_images(out: BinaryIO, data: bytes, numbers: list[int], limits: ExtractionLimits) -> None:
    from app.documents.pdf_render import render_pdf  # noqa: PLC0415 - pdfium is loaded for PDFs only

    for number, png in render_pdf(data, numbers, limits):
        send(out, {"type": "image", "number": number}, png)


if __name__ == "__main__":
    main()
