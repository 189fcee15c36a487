"""The characters of a PDF page one by one, with their places: for pages whose plain text would be wrong."""

import ctypes
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.notation import lowered, raised
from app.documents.pdf_code import indented, is_fixed
from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box, address, text_objects
from app.documents.pdf_places import blank, is_gap
from app.documents.pdf_right_to_left import in_reading_order, lam_first
from app.documents.symbol_fonts import symbol

# Smaller than its neighbour by this, and this share of the neighbour's size above or below its line.
_SMALLER = 0.86
_RAISED_BY, _LOWERED_BY = 0.15, 0.07
NO_CHARACTER = "\ufffd"
_PRIVATE = range(0xE000, 0xF900)
_LEAST_SCALE = 0.5
# Of the size: how far apart the base lines of one line's characters are at most.
_ONE_LINE = 0.6
_ARABIC = range(0x0600, 0x0700)
_ARABIC_MARKS = range(0x064B, 0x0660)


def characters(text_page: pypdfium2.PdfTextPage, *, with_fonts: bool = False) -> list[Character]:
    """All of them, in the order of the page's text; of the fonts Symbol and Wingdings as they are seen."""
    found = [_character(text_page, index) for index in range(text_page.count_chars())]
    return [replace(c, is_fixed=is_fixed(text_page, at)) for at, c in enumerate(found)] if with_fonts else found


def _character(text_page: pypdfium2.PdfTextPage, index: int) -> Character:
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    code = raw.FPDFText_GetUnicode(text_page, index)
    if code in _PRIVATE:
        text = _in_its_font(text_page, index, code)
    else:
        # pdfium gives the number of a glyph as a letter where the font does not say what the glyph shows.
        text = NO_CHARACTER if raw.FPDFText_HasUnicodeMapError(text_page, index) == 1 else chr(code)
    made = raw.FPDFText_IsGenerated(text_page, index) == 1
    drawn_by = address(raw.FPDFText_GetTextObject(text_page, index))
    known = raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
    size = raw.FPDFText_GetFontSize(text_page, index) * _scale(text_page, index)
    return Character(text, x.value, y.value, size, made, drawn_by, right.value if known else x.value)


def _scale(text_page: pypdfium2.PdfTextPage, index: int) -> float:
    """How much taller a character is than its font's size says: many programs set fonts of size 1 and enlarge them.
    The pixels of browsers, 3/4 of a point, count as points, as they do in all distances here.
    """
    matrix = raw.FS_MATRIX()
    known = raw.FPDFText_GetMatrix(text_page, index, matrix)
    scale = math.hypot(matrix.c, matrix.d) if known else 1.0
    return 1.0 if not scale or _LEAST_SCALE < scale < 1 / _LEAST_SCALE else scale


def repeated(drawn: Sequence[Character], page: pypdfium2.PdfPage) -> frozenset[int]:
    """Places in `drawn` of letters that stand there twice. A syllable whose signs are pieces of their own has its text
    written beside it once; pdfium gives the text again where another letter's piece lies between its pieces.
    """
    if not any(unicodedata.category(c.text) == "Mn" for c in drawn):
        return frozenset()
    marks = {address(piece): mark for piece in text_objects(page) if (mark := _written_beside(piece))}
    first: dict[int, int] = {}
    return frozenset(
        at
        for at, c in enumerate(drawn)
        if not c.made and c.text_object in marks
        if first.setdefault(marks[c.text_object], c.text_object) != c.text_object
    )


def blanks_behind(drawn: Sequence[Character], twice: frozenset[int]) -> frozenset[int]:
    """Places of blanks that pdfium put behind repeated letters where no gap is."""
    found = set()
    last: Character | None = None
    for at, (character, following) in enumerate(pairwise(drawn)):
        is_blank = character.made and character.text == " " and at - 1 in twice
        if is_blank and last is not None and not is_gap(last.right, following):
            found.add(at)
        last = last if at in twice or character.made else character
    return frozenset(found)


def _written_beside(piece: object) -> int:
    """The address of the mark that holds the piece's text; 0 if it has none."""
    length = ctypes.c_ulong()
    for at in range(raw.FPDFPageObj_CountMarks(piece)):
        mark = raw.FPDFPageObj_GetMark(piece, at)
        if raw.FPDFPageObjMark_GetParamStringValue(mark, b"ActualText", None, 0, length):
            return address(mark)
    return 0


def boxes(text_page: pypdfium2.PdfTextPage, drawn: Sequence[Character]) -> dict[int, Box]:
    """Where each text object's characters lie, by address."""
    sides = [ctypes.c_double() for _ in range(4)]
    found: dict[int, Box] = {}
    for index, character in enumerate(drawn):
        if character.made or character.text.isspace() or not raw.FPDFText_GetCharBox(text_page, index, *sides):
            continue
        left, right, bottom, top = (side.value for side in sides)
        known = found.get(character.text_object, (left, bottom, right, top))
        found[character.text_object] = (
            min(known[0], left),
            min(known[1], bottom),
            max(known[2], right),
            max(known[3], top),
        )
    return found


def text_of(drawn: Sequence[Character]) -> str:
    """Their text, with raised and lowered characters marked, the letters of one Arabic glyph in their order, and the
    indentation of programs.
    """
    pieces: list[str] = []
    ended = _without_false_ends(list(_whole(drawn)))
    kept = indented(list(ended)) if any(c.is_fixed for c in drawn) else ended
    for run, place in _lower_first(_runs(in_reading_order(_glyphs(kept)))):
        text = "".join(character.text for character in run)
        pieces.append(place(text) if place else text)
    return "".join(pieces)


def _whole(drawn: Iterable[Character]) -> Iterator[Character]:
    """Characters beyond U+FFFF, the letters of formulas among them, come as two halves."""
    first: Character | None = None
    for character in drawn:
        if first is not None and "\udc00" <= character.text <= "\udfff":
            pair = (first.text + character.text).encode("utf-16", "surrogatepass")
            yield replace(first, text=pair.decode("utf-16"), right=character.right)
        elif not "\ud800" <= character.text <= "\udbff":
            yield character
        first = character if "\ud800" <= character.text <= "\udbff" else None


def _in_its_font(text_page: pypdfium2.PdfTextPage, index: int, code: int) -> str:
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), None)
    # A subset's name has six letters and a plus sign before it.
    return symbol(name.value.decode("utf-8", "replace").rpartition("+")[2], chr(code))


def _without_false_ends(drawn: Sequence[Character]) -> Iterator[Character]:
    """Pdfium ends the line behind a raised character where what follows stands on the line again, and between an index
    and the power above it. A blank stays where there is a gap.
    """
    kept: Character | None = None
    base: Character | None = None
    reach = 0.0
    for index, character in enumerate(drawn):
        if character.made and character.text in "\r\n":
            following = next((c for c in drawn[index + 1 : index + 3] if not c.made), None)
            if kept is not None and following is not None and _goes_on(kept, following, base):
                if character.text == "\n" and is_gap(reach, following) and not following.text.isspace():
                    yield blank(kept)
                continue
            base, reach = None, 0.0
        elif not character.made:
            kept, reach = character, max(reach, character.right)
            base = character if base is None or character.size > _SMALLER * base.size else base
        yield character


def _goes_on(before: Character, after: Character, base: Character | None) -> bool:
    size = max(before.size, after.size)
    is_shift = before.size != after.size and abs(before.y - after.y) < _ONE_LINE * size
    return (is_shift and -0.2 * size < after.x - before.x < 2 * size) or (
        base is not None and base is not before and _are_beside(base, before, after)
    )


def _are_beside(base: Character, before: Character, after: Character) -> bool:
    """Whether both are smaller than `base` and stand behind it, one above the other or one after the other."""
    are_near = all(abs(c.y - base.y) < _ONE_LINE * base.size for c in (before, after))
    is_small = max(before.size, after.size) <= _SMALLER * base.size
    return are_near and is_small and base.x < after.x and after.x - before.right < 0.3 * before.size


def _glyphs(drawn: Iterator[Character]) -> Iterator[Sequence[Character]]:
    """Letters of one Arabic glyph share its place, and pdfium turns them round with the line: لا came as ال."""
    group: list[Character] = []
    for character in drawn:
        if group and not _is_same_glyph(group[-1], character):
            yield lam_first(group)
            group = []
        group.append(character)
    if group:
        yield lam_first(group)


def _is_same_glyph(one: Character, other: Character) -> bool:
    same_place = one.x == other.x and one.y == other.y and one.text_object == other.text_object
    letters = all(ord(c.text[:1] or " ") in _ARABIC and ord(c.text[:1]) not in _ARABIC_MARKS for c in (one, other))
    return same_place and letters and not one.made and not other.made


_Place = Callable[[str], str] | None


def _runs(drawn: Iterator[Character]) -> Iterator[tuple[list[Character], _Place]]:
    """Neighbours that stand on one line, raised or lowered together."""
    base: Character | None = None
    run: list[Character] = []
    place: _Place = None
    for character in drawn:
        here = None if character.made else _place(base, character)
        if character.made and place is not None and character.text == " ":
            # A space between two raised words belongs to neither.
            here = None
        if here is not place and run:
            yield run, place
            run = []
        run.append(character)
        place = here
        if here is None and not character.text.isspace():
            base = character
        elif character.text in "\r\n":
            base = None
    if run:
        yield run, place


def _lower_first(runs: Iterable[tuple[list[Character], _Place]]) -> Iterator[tuple[list[Character], _Place]]:
    """Of an index and a power at one place the index comes first: SO₄²⁻."""
    held: tuple[list[Character], _Place] | None = None
    for run in runs:
        if held is not None and run[1] is lowered and abs(run[0][0].x - held[0][0].x) < held[0][0].size / 2:
            yield run
            continue
        if held is not None:
            yield held
        held = run if run[1] is raised else None
        if held is None:
            yield run
    if held is not None:
        yield held


def _place(base: Character | None, character: Character) -> _Place:
    if base is None or not 0 < character.size <= _SMALLER * base.size:
        return None
    by = character.y - base.y
    if _RAISED_BY * base.size < by < base.size:
        return raised
    return lowered if -base.size < by < -_LOWERED_BY * base.size else None
