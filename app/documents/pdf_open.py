"""Opening a PDF and its pages by pdfium, with what a teacher can do about a file that cannot be opened."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.extraction import ExtractionError, ExtractionLimits, Refusal

POINTS_PER_INCH = 72
_HEADER = b"%PDF-"
# Where a header may still stand behind what a download or a mail has put before it.
_HEADER_WITHIN = 1 << 20
# Where the last mark of a complete file is looked for: readers accept some bytes after it.
_TAIL_BYTES = 2048
_ENCRYPTED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
_LINEARIZED_LENGTH = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d{1,12})", re.DOTALL)
# They have nothing to show beside what the page shows already.
_UNSEEN_ANNOTATIONS = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})


def open_pdf(data: bytes, limits: ExtractionLimits) -> pypdfium2.PdfDocument:
    """The document, ready to be read. Raises ExtractionError: encrypted, cut off, damaged, empty or too long."""
    data = _from_header(data)
    is_cut_off = _is_cut_off(data)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _cannot_open(error, is_cut_off=is_cut_off) from None
    if is_cut_off:
        # pdfium repairs such a file by leaving out the missing part, without a word to the user.
        raise _cut_off()
    if len(document) > limits.max_pages:
        raise ExtractionError(
            Refusal.TOO_MANY_PAGES, f"The document has {len(document)} pages; at most {limits.max_pages} are read."
        )
    if not len(document):
        raise ExtractionError(Refusal.EMPTY, "The document has no pages.")
    if document.get_formtype() != raw.FORMTYPE_NONE:
        # So that fields that store no picture of their value are given one.
        document.init_forms()
    return document


def is_placeholder(text: str) -> bool:
    """Whether a first page is all that forms of Adobe's (XFA) show to other programs."""
    return text.lstrip().startswith("Please wait") and "not be able to display this type of document" in text


@contextmanager
def flattened(document: pypdfium2.PdfDocument, index: int, limits: ExtractionLimits) -> Iterator[pypdfium2.PdfPage]:
    """A page with its notes and form fields drawn into it, closed again behind it."""
    page = _page(document, index, limits)
    if _has_annotations(page) and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
        # What was drawn into it is there when it is loaded anew.
        page.close()
        page = _page(document, index, limits)
    try:
        yield page
    finally:
        page.close()


def damaged(index: int) -> ExtractionError:
    return ExtractionError(Refusal.CORRUPT, f"Page {index + 1} of the PDF is damaged and cannot be read.")


def _from_header(data: bytes) -> bytes:
    """The file from its header on: places in it count from there. A header that is missing is put before it."""
    start = data.find(_HEADER, 0, _HEADER_WITHIN)
    return data[start:] if start >= 0 else b"%PDF-1.7\n" + data


def _is_cut_off(data: bytes) -> bool:
    length = _LINEARIZED_LENGTH.search(data[:1024])
    is_short = length is not None and int(length[1]) > len(data)
    end = data.rfind(b"%%EOF")
    # Signatures, pages of a web server and padding follow the end of files that are whole; a file that is cut off ends
    # amid its objects.
    is_open = end < 0 or (len(data.rstrip(b"\0 \t\r\n")) - end > _TAIL_BYTES and b" obj" in data[end:])
    return is_short or is_open


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
        raise damaged(index) from None
    width, height = (side / POINTS_PER_INCH for side in page.get_size())
    if max(width, height) > limits.max_page_inches:
        raise ExtractionError(
            Refusal.PAGE_TOO_LARGE,
            f"Page {index + 1} measures {width * 2.54:.0f} × {height * 2.54:.0f} cm; "
            f"at most {limits.max_page_inches * 2.54:.0f} cm are read.",
        )
    return page


def _has_annotations(page: pypdfium2.PdfPage) -> bool:
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        subtype = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if subtype not in _UNSEEN_ANNOTATIONS:
            return True
    return False
