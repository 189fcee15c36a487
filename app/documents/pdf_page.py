"""The text of one page of a PDF: plainly where that is right, character by character where it is not."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.left_out import Left, LeftOut
from app.documents.pdf_blanks import false_blanks, sides_of_letters
from app.documents.pdf_characters import blanks_behind, boxes, characters, repeated, text_of
from app.documents.pdf_code import has_code, may_have_program, stepped
from app.documents.pdf_columns import by_columns, rectangles
from app.documents.pdf_edges import Borders, borders, edges_in_place, in_bands
from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box, suspects, without_ink
from app.documents.pdf_places import in_lines, is_torn
from app.documents.pdf_signs import is_vocalised, with_signs
from app.documents.pdf_spaced import closed_up, may_have_spaced_words

# Letters of Hebrew and Arabic, whose order may be wrong; syllables of India and its neighbours, which may have
# blanks in them; places in a font of signs.
_NEEDS_CHARACTERS = re.compile("[\u05d0-\u06d3]{2}|[\u0900-\u109f\u1780-\u17d3]|[\uf020-\uf0ff]")
# Radians: letters of a page that stand upright in its own terms.
_UPRIGHT = 0.1


def page_text(page: pypdfium2.PdfPage, number: int, left_out: LeftOut) -> str:
    """U+FFFE stands for a hyphen at the end of a line. Raises PdfiumError for a page that is damaged."""
    text_page = _upright(page)
    # Only what lies on the page: readers do not see text outside it.
    plain: str = text_page.get_text_bounded()
    runs = rectangles(text_page)
    cut = None if page.get_rotation() else borders(runs)
    hidden = suspects(page) if plain.strip() else {}
    with_code = has_code(text_page)
    if hidden or with_code or _needs_characters(plain) or _has_shifts(runs):
        drawn = characters(text_page, with_fonts=with_code)
        unseen = without_ink(page, hidden, boxes(text_page, drawn)) if hidden else frozenset()
        left_out.add(Left.HIDDEN, len(unseen), page=number)
        shown = with_signs(_shown(page, drawn, unseen), lambda: sides_of_letters(page, drawn))
        in_order = in_lines(shown) if is_torn(shown) or is_vocalised(shown) else shown
        placed = edges_in_place(in_order, cut) if cut else in_order
        plain = text_of(list(stepped(closed_up(placed))))
    elif cut is not None:
        plain = _in_bands(text_page, page.get_bbox(), runs, cut)
    elif (parted := by_columns(text_page, runs)) is not None:
        plain = parted
    text_page.close()
    return plain.replace("\x02", "\ufffe")


def _needs_characters(plain: str) -> bool:
    return bool(_NEEDS_CHARACTERS.search(plain)) or may_have_spaced_words(plain) or may_have_program(plain)


def _in_bands(text_page: pypdfium2.PdfTextPage, box: Box, runs: Sequence[Box], cut: Borders) -> str:
    left, bottom, right, top = box

    def read(lower: float, upper: float) -> str:
        within = [run for run in runs if lower <= run[1] and run[3] <= upper]
        plain: str = text_page.get_text_bounded(left, lower, right, upper)
        return (by_columns(text_page, within) or plain).strip()

    return "\n".join(filter(None, in_bands(read, cut, bottom, top)))


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
