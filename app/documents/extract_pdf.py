"""The text of a PDF page by page, by pdfium. Not thread-safe: for the subprocess only."""

from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean
from app.documents.garbled import is_garbled
from app.documents.left_out import Left, LeftOut
from app.documents.pdf_headings import stands_out
from app.documents.pdf_lines import HYPHEN, joined, without_heads
from app.documents.pdf_open import damaged, flattened, is_placeholder, open_pdf
from app.documents.pdf_page import page_text

_XFA = (
    "The PDF is a form that only Adobe's programs can show (XFA). Open it in Acrobat Reader, print it to PDF, and "
    "upload that."
)


def read_pdf(data: bytes, limits: ExtractionLimits, left_out: LeftOut, *, first_only: bool = False) -> Iterator[Page]:
    """All pages, or only the first one. A page whose text is not what it shows is a scan without text."""
    document = open_pdf(data, limits)
    texts: list[str] = []
    drawn: list[bool] = []
    n_characters = 0
    for index in range(1 if first_only else len(document)):
        with flattened(document, index, limits) as page:
            texts.append(_text(page, index, left_out))
            drawn.append(raw.FPDFPage_CountObjects(page) > 0)
        n_characters += len(texts[-1])
        if n_characters > limits.max_characters:
            break
    if is_placeholder(" ".join(texts[0].split())):
        raise ExtractionError(Refusal.UNSUPPORTED_TYPE, _XFA)
    garbled = [is_garbled(text.replace(HYPHEN, "")) for text in texts]
    whole, lost = without_heads(
        ["" if bad else text for text, bad in zip(texts, garbled, strict=True)],
        lambda index, line: stands_out(document[index], line),
    )
    n_shown = [len(clean(text).strip()) for text in texts]
    for number, (text, n_heads) in enumerate(zip(joined(whole), lost, strict=True), start=1):
        left_out.add(Left.RUNNING_HEADS, n_heads, page=number)
        shown = clean(text).strip()
        is_empty = n_shown[number - 1] < limits.ocr_threshold and drawn[number - 1]
        yield Page(number, shown, garbled[number - 1] or is_empty)


def _text(page: pypdfium2.PdfPage, index: int, left_out: LeftOut) -> str:
    try:
        return page_text(page, index + 1, left_out)
    except pypdfium2.PdfiumError:
        raise damaged(index) from None
