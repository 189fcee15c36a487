"""Vowel signs of Arabic and Hebrew, put behind the letters that they belong to. Pure.

Browsers draw a letter and its signs as several glyphs, set some letters off the line, and write the text of all beside
the first glyph. pdfium gives the letter and its signs one place, but in any order, and ends lines between them.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from app.documents.pdf_blanks import Sides
from app.documents.pdf_glyph import Character
from app.documents.pdf_right_to_left import lam_first

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# From this share of letters with signs on a text is vocalised, and pdfium tears its lines.
_VOCALISED = 0.1


def with_signs(drawn: Sequence[Character], sides: Callable[[], Mapping[int, Sides]] = dict) -> list[Character]:
    """`drawn` with one character in place of each letter and the signs that share its place.

    `sides` gives where the glyphs of a letter and its signs begin and end, by the object that has their text.
    """
    groups: dict[tuple[float, float, int], list[Character]] = defaultdict(list)
    for character in drawn:
        if not character.made:
            groups[_place(character)].append(character)
    with_sign = {place: group for place, group in groups.items() if _has_signs(group)}
    known = sides() if with_sign else {}
    signed = {place: _together(group, known) for place, group in with_sign.items()}
    kept: list[Character] = []
    for character in drawn:
        if character.made or _place(character) not in signed:
            kept.append(character)
        elif character is groups[_place(character)][0]:
            kept.append(signed[_place(character)])
    return kept


def is_vocalised(drawn: Iterable[Character]) -> bool:
    letters = [c for c in drawn if _is_letter(c)]
    return sum(len(c.text) > 1 for c in letters) > _VOCALISED * len(letters)


def _place(character: Character) -> tuple[float, float, int]:
    return character.x, character.y, character.text_object


def _is_letter(character: Character) -> bool:
    return unicodedata.bidirectional(character.text[:1] or " ") in _RIGHT_TO_LEFT


def _is_sign(character: Character) -> bool:
    return unicodedata.combining(character.text[:1] or " ") > 0


def _has_signs(group: Sequence[Character]) -> bool:
    return any(map(_is_sign, group)) and any(map(_is_letter, group))


def _together(group: Sequence[Character], sides: Mapping[int, Sides]) -> Character:
    letters = lam_first([c for c in group if not _is_sign(c)])
    signs = sorted((c.text for c in group if _is_sign(c)), key=lambda sign: unicodedata.combining(sign[0]))
    text = "".join([*(c.text for c in letters), *signs])
    left, right = sides.get(letters[0].text_object, (letters[0].x, max(c.right for c in group)))
    return replace(letters[0], text=text, x=left, right=right)
