"""The text of a PDF page by page, and its pages as images, by pdfium. Not thread-safe: for the subprocess only."""

import re
import struct
import zlib
from collections.abc import Iterator, Sequence

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean

_POINTS_PER_INCH = 72
_OCR_DPI = 200
# A3 at 200 dpi is 3307 pixels long; vision models scale down what is longer than some 2000.
_LONGEST_SIDE = 4000
# Where the last mark of a complete file is looked for: readers accept some bytes after it.
_TAIL_BYTES = 2048
_ENCRYPTED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
_LINEARIZED_LENGTH = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d{1,12})", re.DOTALL)


def read_pdf(data: bytes, limits: ExtractionLimits) -> Iterator[Page]:
    document = _open(data, limits)
    for index in range(len(document)):
        page = _page(document, index, limits)
        text = _text(page, index)
        is_scan = len(text) < limits.ocr_threshold and raw.FPDFPage_CountObjects(page) > 0
        yield Page(index + 1, text, is_scan)
        page.close()


def render_pdf(data: bytes, numbers: Sequence[int], limits: ExtractionLimits) -> Iterator[tuple[int, bytes]]:
    """Pages as greyscale PNGs at 200 dpi, smaller where a side would have more than 4000 pixels."""
    document = _open(data, limits)
    for number in numbers:
        page = _page(document, number - 1, limits)
        inches = max(page.get_size()) / _POINTS_PER_INCH
        dpi = min(_OCR_DPI, _LONGEST_SIDE / inches)
        bitmap = page.render(scale=dpi / _POINTS_PER_INCH, grayscale=True)
        yield number, _png(bitmap)
        bitmap.close()
        page.close()


def _open(data: bytes, limits: ExtractionLimits) -> pypdfium2.PdfDocument:
    is_cut_off = _is_cut_off(data)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _cannot_open(error, is_cut_off=is_cut_off) from None
    if is_cut_off:
        # pdfium mends such a file by leaving out what is missing, and nobody would know.
        raise _cut_off()
    if len(document) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(document)} pages; at most {limits.max_pages} are read."
        )
    if not len(document):
        raise ExtractionError(Refusal.EMPTY, "The document has no pages.")
    return document


def _is_cut_off(data: bytes) -> bool:
    length = _LINEARIZED_LENGTH.search(data[:1024])
    is_short = length is not None and int(length[1]) > len(data)
    return is_short or b"%%EOF" not in data.rstrip(b"\0 \t\r\n")[-_TAIL_BYTES:]


def _cannot_open(error: pypdfium2.PdfiumError, *, is_cut_off: bool) -> ExtractionError:
    if error.err_code in _ENCRYPTED:
        return ExtractionError(
            Refusal.ENCRYPTED, "The PDF is protected by a password. Save it without one and upload it again."
        )
    return _cut_off() if is_cut_off else ExtractionError(Refusal.CORRUPT, "The PDF is damaged and cannot be opened.")


def _cut_off() -> ExtractionError:
    return ExtractionError(
        Refusal.TRUNCATED, "The PDF ends too early: part of the file is missing. Upload the complete file."
    )


def _page(document: pypdfium2.PdfDocument, index: int, limits: ExtractionLimits) -> pypdfium2.PdfPage:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        raise _damaged(index) from None
    width, height = (side / _POINTS_PER_INCH for side in page.get_size())
    if max(width, height) > limits.max_page_inches:
        raise ExtractionError(
            Refusal.PAGE_TOO_LARGE,
            f"Page {index + 1} measures {width * 2.54:.0f} × {height * 2.54:.0f} cm; "
            f"at most {limits.max_page_inches * 2.54:.0f} cm are read.",
        )
    return page


def _damaged(index: int) -> ExtractionError:
    return ExtractionError(Refusal.CORRUPT, f"Page {index + 1} of the PDF is damaged and cannot be read.")


def _text(page: pypdfium2.PdfPage, index: int) -> str:
    try:
        text_page = page.get_textpage()
        # Only what lies on the page: text outside it is seen by nobody.
        text: str = text_page.get_text_bounded()
        text_page.close()
    except pypdfium2.PdfiumError:
        raise _damaged(index) from None
    return clean(text).strip()


def _png(bitmap: pypdfium2.PdfBitmap) -> bytes:
    pixels = memoryview(bitmap.buffer).cast("B")
    rows = (b"\0" + pixels[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height))
    # Eight bits of grey a pixel.
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
