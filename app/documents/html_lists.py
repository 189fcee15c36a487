"""The numbers that a browser writes before the items of a list: `start`, `reversed`, `type` and `value` of HTML."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from app.documents.docx_numbers import numeral

LISTS = frozenset({"ol", "ul", "menu"})
_TYPES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_WHOLE = re.compile(r"\s*([+-]?\d{1,9})(?!\d)")
_HIGHEST_ROMAN = 3_999
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = {
    "lower-alpha": _LATIN,
    "lower-latin": _LATIN,
    "upper-alpha": _LATIN.upper(),
    "upper-latin": _LATIN.upper(),
    "lower-greek": "αβγδεζηθικλμνξοπρστυφχψω",
    "hiragana": "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわゐゑをん",
    "katakana": "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヰヱヲン",
    "hangul": "가나다라마바사아자차카타파하",
    "cjk-heavenly-stem": "甲乙丙丁戊己庚辛壬癸",
}
_DIGITS = {
    "arabic-indic": "٠١٢٣٤٥٦٧٨٩",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "urdu": "۰۱۲۳۴۵۶۷۸۹",
    "devanagari": "०१२३४५६७८९",
    "bengali": "০১২৩৪৫৬৭৮৯",
    "thai": "๐๑๒๓๔๕๖๗๘๙",
}
_HAN = frozenset(
    {"cjk-decimal", "simp-chinese-informal", "trad-chinese-informal", "japanese-informal", "cjk-ideographic"}
)
_EAST = _HAN | {"hiragana", "katakana", "cjk-heavenly-stem"}
_SIGNS = frozenset({"none", "disc", "circle", "square", "disclosure-open", "disclosure-closed"})


@dataclass(slots=True)
class _List:
    next_number: int
    step: int


class ListNumbers:
    """Tell it of each list and item in the order of the page. `is_seen`: whether the page shows an item."""

    def __init__(self, is_seen: Callable[[LexborNode], bool]) -> None:
        self._is_seen = is_seen
        self._open: list[_List] = []

    def enter(self, node: LexborNode, attributes: Mapping[str, str | None]) -> None:
        is_reversed = node.tag == "ol" and "reversed" in attributes
        first = _whole(attributes.get("start")) if node.tag == "ol" else None
        if first is None:
            first = self._count(node) if is_reversed else 1
        self._open.append(_List(first, -1 if is_reversed else 1))

    def leave(self) -> None:
        self._open.pop()

    def label(self, attributes: Mapping[str, str | None], form: str) -> str:
        """Count the item. Its number as it is shown in `form`, a word of CSS; empty where a list has signs."""
        if not self._open:
            return ""
        within = self._open[-1]
        number = _whole(attributes.get("value"))
        number = within.next_number if number is None else number
        within.next_number = number + within.step
        return _shown(number, form)

    def _count(self, node: LexborNode) -> int:
        n_items, child = 0, node.first_child
        while child is not None:
            n_items += child.tag == "li" and self._is_seen(child)
            child = child.next
        return n_items


def form_of(tag: str, attributes: Mapping[str, str | None], styled: str | None, inherited: str) -> str:
    """How the items of a list, or one item, are numbered: by its style, its `type`, or as the list around it."""
    if styled and styled not in {"inherit", "unset"}:
        return styled
    if named := _TYPES.get((attributes.get("type") or "").strip()):
        return named
    return {"ol": "decimal", "ul": "disc", "menu": "disc"}.get(tag, inherited)


def _whole(text: str | None) -> int | None:
    found = _WHOLE.match(text or "")
    return int(found[1]) if found else None


def _shown(number: int, form: str) -> str:
    if form in _SIGNS:
        return ""
    if form[:1] in "\"'":
        return form.strip("\"'").strip()
    return _numeral(number, form) + ("、" if form in _EAST else ".")


def _numeral(number: int, form: str) -> str:
    if form in _ALPHABETS and number > 0:
        return _in_letters(number, _ALPHABETS[form])
    if form in {"lower-roman", "upper-roman"} and 0 < number <= _HIGHEST_ROMAN:
        return numeral(number, "lowerRoman" if form == "lower-roman" else "upperRoman")
    if form in _DIGITS:
        return str(number).translate({ord("0") + at: digit for at, digit in enumerate(_DIGITS[form])})
    if form in _HAN:
        return numeral(number, "chineseCounting")
    return f"{number:02}" if form == "decimal-leading-zero" else str(number)


def _in_letters(number: int, letters: str) -> str:
    """From a to z, then aa, ab: not aa, bb as Word does."""
    shown = ""
    while number:
        number, at = divmod(number - 1, len(letters))
        shown = letters[at] + shown
    return shown
