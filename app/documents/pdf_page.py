"""The text of one page of a PDF: plainly where that is right, character by character where it is not."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.left_out import Left, LeftOut
from app.documents.pdf_blanks import false_blanks
from app.documents.pdf_characters import blanks_behind, boxes, characters, repeated, text_of
from app.documents.pdf_code import has_code
from app.documents.pdf_columns import by_columns, rectangles
from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box, suspects, without_ink
from app.documents.pdf_places import in_lines, is_torn

# Letters of Hebrew and Arabic, whose order may be wrong; syllables of India and its neighbours, which may have
# blanks in them; places in a font of signs.
_NEEDS_CHARACTERS = re.compile("[\u05d0-\u06d3]{2}|[\u0900-\u109f\u1780-\u17d3]|[\uf020-\uf0ff]")
# Radians: letters of a page that stand upright in its own terms.
_UPRIGHT = 0.1


def page_text(page: pypdfium2.PdfPage, number: int, left_out: LeftOut) -> str:
    """U+FFFE stands for a hyphen at the end of a line. Raises PdfiumError for a page that is damaged."""
    text_page = _upright(page)
    # Only what lies on the page: readers do not see text outside it.
    plain: str = text_page.get_text_bounded().replace("\x02", "\ufffe")
    runs = rectangles(text_page)
    hidden = suspects(page) if plain.strip() else {}
    with_code = has_code(text_page)
    if hidden or with_code or _NEEDS_CHARACTERS.search(plain) or _has_shifts(runs):
        drawn = characters(text_page, with_fonts=with_code)
        unseen = without_ink(page, hidden, boxes(text_page, drawn)) if hidden else frozenset()
        left_out.add(Left.HIDDEN, len(unseen), page=number)
        shown = _shown(page, drawn, unseen)
        plain = text_of(in_lines(shown) if is_torn(shown) else shown)
    elif (parted := by_columns(text_page, runs)) is not None:
        plain = parted.replace("\x02", "\ufffe")
    text_page.close()
    return plain


def _shown(page: pypdfium2.PdfPage, drawn: Sequence[Character], unseen: frozenset[int]) -> list[Character]:
    box, twice = page.get_bbox(), repeated(drawn, page)
    wrong = false_blanks(page, drawn) | twice | blanks_behind(drawn, twice)
    kept = (c for index, c in enumerate(drawn) if index not in wrong)
    return [c for c in kept if c.made or (c.text_object not in unseen and _is_on(box, c.x, c.y))]


def _upright(page: pypdfium2.PdfPage) -> pypdfium2.PdfTextPage:
    """A page that is turned, with letters that are not, is read as if it were not: its last line came first."""
    text_page = page.get_textpage()
    if (
        page.get_rotation() % 360
        and text_page.count_chars()
        and abs(raw.FPDFText_GetCharAngle(text_page, 0)) < _UPRIGHT
    ):
        text_page.close()
        page.set_rotation(0)
        text_page = page.get_textpage()
    return text_page


def _has_shifts(runs: Sequence[Box]) -> bool:
    """Whether a smaller run stands beside a larger one, above or below its middle: a power or an index."""
    for one, other in pairwise(runs):
        base, small = (one, other) if one[3] - one[1] >= other[3] - other[1] else (other, one)
        height = base[3] - base[1]
        is_beside = -0.2 * height < other[0] - one[2] < height
        is_small = 0.25 * height < small[3] - small[1] < 0.85 * height
        is_off = small[1] > base[1] + 0.25 * height or small[1] < base[1] - 0.02 * height
        if is_beside and is_small and is_off and small[2] - small[0] < 6 * height:
            return True
    return False


def _is_on(box: Sequence[float], x: float, y: float) -> bool:
    left, bottom, right, top = box
    return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1
