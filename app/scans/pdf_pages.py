"""Pages of a PDF, by pdfium. Not thread-safe: for the subprocess only."""

from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from PIL import Image, ImageChops
from pypdfium2 import raw

from app.scans.image_pages import encoded
from app.scans.pages import PageLimits, ScanPage, ScanRefusedError

CUT_OFF = "The PDF ends too early: part of the file is missing."
_POINTS_PER_INCH = 72
_ENCRYPTED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
# Where the last mark of a complete file is looked for: readers accept some bytes after it.
_TAIL_BYTES = 2048
# Noise of a scanner's channels lies below, the faintest pencil of a colour above; looked at are squares of pixels.
_COLOURED = 40
_LOOKED_AT = 4


def pdf_pages(content: bytes, limits: PageLimits) -> Iterator[ScanPage]:
    """Every page in order, its longer side `limits.long_side` pixels. Raises ScanRefusedError."""
    document = open_pdf(content, limits)
    for index in range(len(document)):
        yield ScanPage(index + 1, "image/jpeg", _page(document, index, limits))


def open_pdf(content: bytes, limits: PageLimits) -> pypdfium2.PdfDocument:
    """Raises ScanRefusedError for a PDF that is damaged, cut off, protected, empty or too long."""
    is_cut_off = b"%%EOF" not in content.rstrip(b"\0 \t\r\n")[-_TAIL_BYTES:]
    try:
        document = pypdfium2.PdfDocument(content)
        # Filled boxes of a form are drawn only then.
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if error.err_code in _ENCRYPTED:
            raise ScanRefusedError("The PDF is protected by a password. Save it without one.") from None
        raise ScanRefusedError(CUT_OFF if is_cut_off else "The PDF is damaged and cannot be opened.") from None
    if is_cut_off:
        # pdfium mends such a file by leaving out what is missing, and nobody would know.
        raise ScanRefusedError(CUT_OFF)
    if len(document) > limits.max_pages:
        raise ScanRefusedError(f"The PDF has {len(document)} pages; at most {limits.max_pages} are read.")
    if not len(document):
        raise ScanRefusedError("The PDF has no pages.")
    return document


def _page(document: pypdfium2.PdfDocument, index: int, limits: PageLimits) -> bytes:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        raise ScanRefusedError(f"Page {index + 1} of the PDF is damaged and cannot be read.") from None
    longest = max(page.get_size())
    if not 0 < longest / _POINTS_PER_INCH <= limits.max_page_inches:
        raise ScanRefusedError(f"Page {index + 1} of the PDF is {longest / _POINTS_PER_INCH * 2.54:.0f} cm long.")
    bitmap = page.render(scale=limits.long_side / longest, may_draw_forms=True)
    image = bitmap.to_pil()
    content = encoded(_grey_where_grey(image), limits.long_side)
    bitmap.close()
    page.close()
    return content


def _is_coloured(difference: float) -> bool:
    return difference >= _COLOURED


def _grey_where_grey(image: Image.Image) -> Image.Image:
    """A scan without colours as one channel: a third of the work, and a smaller file. A stroke of red pen stays red."""
    red, green, blue = image.convert("RGB").reduce(_LOOKED_AT).split()
    differences = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    is_grey = not any(difference.point(_is_coloured).getbbox() for difference in differences)
    return image.convert("L" if is_grey else "RGB")
