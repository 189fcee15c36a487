"""Whether a line of a PDF page is set as a heading: larger or bolder than the text. Not thread-safe: it asks pdfium."""

import ctypes
import math
import re
from statistics import median

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

# One letter in so many tells how large the page's text is.
_SAMPLE = 8
_LARGER = 1.12
_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600


def stands_out(page: pypdfium2.PdfPage, line: str) -> bool:
    """Whether `line`, where it first stands on the page, has larger letters than most, or bold ones amid others."""
    text_page = page.get_textpage()
    try:
        at = _first(text_page, line)
        return at is not None and _is_set_apart(text_page, at)
    finally:
        text_page.close()
        page.close()


def _first(text_page: pypdfium2.PdfTextPage, line: str) -> int | None:
    """The place of the line's first character."""
    search = text_page.search(" ".join(line.split()), match_case=True)
    found = search.get_next()
    search.close()
    return None if found is None else int(found[0])


def _is_set_apart(text_page: pypdfium2.PdfTextPage, at: int) -> bool:
    places = range(0, text_page.count_chars(), _SAMPLE)
    usual = median(_size(text_page, place) for place in places)
    is_bold = _is_bold(text_page, at) and 2 * sum(_is_bold(text_page, place) for place in places) < len(places)
    return is_bold or _size(text_page, at) > _LARGER * usual


def _size(text_page: pypdfium2.PdfTextPage, at: int) -> float:
    matrix = raw.FS_MATRIX()
    known = raw.FPDFText_GetMatrix(text_page, at, matrix)
    return float(raw.FPDFText_GetFontSize(text_page, at)) * (math.hypot(matrix.c, matrix.d) if known else 1.0)


def _is_bold(text_page: pypdfium2.PdfTextPage, at: int) -> bool:
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text_page, at, name, len(name), None)
    return _BOLD.search(name.value) is not None or raw.FPDFText_GetFontWeight(text_page, at) >= _BOLD_WEIGHT
