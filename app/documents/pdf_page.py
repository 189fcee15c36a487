"""The text of one page of a PDF: plainly where that is right, character by character where it is not."""

import re
from collections.abc import Mapping, Sequence

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.left_out import Left, LeftOut
from app.documents.notation import settled
from app.documents.pdf_blanks import false_blanks, sides_of_letters
from app.documents.pdf_characters import blanks_behind, boxes, characters, repeated, text_of
from app.documents.pdf_code import has_code, may_have_program, stepped
from app.documents.pdf_columns import by_columns, rectangles
from app.documents.pdf_edges import Borders, borders, edges_in_place, in_bands
from app.documents.pdf_fractions import has_fractions, with_fractions
from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box, cut_away, suspects, without_ink
from app.documents.pdf_markers import markers_first, may_have_late_markers
from app.documents.pdf_places import in_lines, is_torn
from app.documents.pdf_shifts import has_shifts, shrunk
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
    with_bars = has_fractions(page, runs)
    if hidden or with_code or with_bars or _needs_characters(plain) or _has_odd_places(runs):
        drawn = characters(text_page, with_fonts=with_code)
        unseen = without_ink(page, hidden, boxes(text_page, drawn)) if hidden else frozenset()
        left_out.add(Left.HIDDEN, len(unseen), page=number)
        within = _within(cut_away(page) if hidden else {}, _shown(page, drawn, unseen), number, left_out)
        shown = with_signs(within, lambda: sides_of_letters(page, drawn))
        whole = with_fractions(page, shrunk(shown), text_of) if with_bars else shrunk(shown)
        in_order = in_lines(whole) if is_torn(shown) or is_vocalised(shown) else markers_first(whole)
        placed = edges_in_place(in_order, cut) if cut else in_order
        plain = settled(text_of(list(stepped(closed_up(placed)))))
    elif cut is not None:
        plain = _in_bands(text_page, page.get_bbox(), runs, cut)
    elif (parted := by_columns(text_page, runs)) is not None:
        plain = parted
    text_page.close()
    return plain.replace("\x02", "\ufffe")


def _needs_characters(plain: str) -> bool:
    return bool(_NEEDS_CHARACTERS.search(plain)) or may_have_spaced_words(plain) or may_have_program(plain)


def _has_odd_places(runs: Sequence[Box]) -> bool:
    return has_shifts(runs) or may_have_late_markers(runs)


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


def _within(cut: Mapping[int, Box], drawn: Sequence[Character], number: int, left_out: LeftOut) -> list[Character]:
    """`drawn` without what a clip path cuts away."""
    gone = {
        at
        for at, c in enumerate(drawn)
        if not c.made and c.text_object in cut and not _is_on(cut[c.text_object], c.middle, c.y)
    }
    left_out.add(Left.HIDDEN, len({drawn[at].text_object for at in gone}), page=number)
    return [c for at, c in enumerate(drawn) if at not in gone]


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


def _is_on(box: Sequence[float], x: float, y: float) -> bool:
    left, bottom, right, top = box
    return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1
