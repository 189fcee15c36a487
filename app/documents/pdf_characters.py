"""The characters of a PDF page one by one, with their places: for pages whose plain text would be wrong."""

import ctypes
from collections.abc import Callable, Iterator, Sequence

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

from app.documents.notation import lowered, raised
from app.documents.pdf_glyph import Character
from app.documents.pdf_ink import Box, address
from app.documents.pdf_right_to_left import in_reading_order, lam_first
from app.documents.symbol_fonts import symbol

# Smaller than its neighbour by this, and this share of the neighbour's size above or below its line.
_SMALLER = 0.86
_RAISED_BY, _LOWERED_BY = 0.15, 0.07
_PRIVATE = range(0xE000, 0xF900)
_ARABIC = range(0x0600, 0x0700)
_ARABIC_MARKS = range(0x064B, 0x0660)


def characters(text_page: pypdfium2.PdfTextPage) -> list[Character]:
    """All of them, in the order of the page's text; of the fonts Symbol and Wingdings as they are seen."""
    return [_character(text_page, index) for index in range(text_page.count_chars())]


def _character(text_page: pypdfium2.PdfTextPage, index: int) -> Character:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    code = raw.FPDFText_GetUnicode(text_page, index)
    text = _in_its_font(text_page, index, code) if code in _PRIVATE else chr(code)
    made = raw.FPDFText_IsGenerated(text_page, index) == 1
    drawn_by = address(raw.FPDFText_GetTextObject(text_page, index))
    return Character(text, x.value, y.value, raw.FPDFText_GetFontSize(text_page, index), made, drawn_by)


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
    """Their text, with raised and lowered characters marked and the letters of one Arabic glyph in their order."""
    pieces: list[str] = []
    for run, place in _runs(in_reading_order(_glyphs(_without_false_ends(drawn)))):
        text = "".join(character.text for character in run)
        pieces.append(place(text) if place else text)
    return "".join(pieces)


def _in_its_font(text_page: pypdfium2.PdfTextPage, index: int, code: int) -> str:
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), None)
    # A subset's name has six letters and a plus sign before it.
    return symbol(name.value.decode("utf-8", "replace").rpartition("+")[2], chr(code))


def _without_false_ends(drawn: Sequence[Character]) -> Iterator[Character]:
    """Pdfium ends the line behind a raised character where what follows stands on the line again."""
    kept: Character | None = None
    for index, character in enumerate(drawn):
        if character.made and character.text in "\r\n":
            following = next((c for c in drawn[index + 1 : index + 3] if not c.made), None)
            if kept is not None and following is not None and _goes_on(kept, following):
                continue
        elif not character.made:
            kept = character
        yield character


def _goes_on(before: Character, after: Character) -> bool:
    size = max(before.size, after.size)
    is_shift = before.size != after.size and abs(before.y - after.y) < 0.6 * size
    return is_shift and -0.2 * size < after.x - before.x < 2 * size


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


def _place(base: Character | None, character: Character) -> _Place:
    if base is None or not 0 < character.size <= _SMALLER * base.size:
        return None
    by = character.y - base.y
    if _RAISED_BY * base.size < by < base.size:
        return raised
    return lowered if -base.size < by < -_LOWERED_BY * base.size else None
