"""The numbers that Word writes before the items of a list: "1.", "a)", "2.1". A DOCX holds only their form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import regex

from app.documents.docx_names import name_of, value_of

_PLACE = regex.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
_HAN = "〇一二三四五六七八九"
# Letters in their order; after the last one Word doubles them: z, aa, bb.
_ALPHABETS: Mapping[str, str] = {
    "lowerLetter": "abcdefghijklmnopqrstuvwxyz",
    "upperLetter": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщыэюя",
    "russianUpper": "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "arabicAbjad": "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
    "hebrew2": "אבגדהוזחטיכלמנסעפצקרשת",
    "hindiConsonants": "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
    "thaiLetters": "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
}
_DIGITS: Mapping[str, str] = {
    "hindiNumbers": "०१२३४५६७८९",
    "thaiNumbers": "๐๑๒๓๔๕๖๗๘๙",
    "decimalFullWidth": "０１２３４５６７８９",
}
_COUNTED_IN_HAN = frozenset({"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting"})
_SILENT = frozenset({"bullet", "none"})
_HIGHEST = 9_999


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered. `text` has %1 to %9 in place of the numbers of the levels."""

    form: str
    text: str
    start: int
    is_legal: bool
    style: str
    # The level whose next item sets this one back; 0 for none. By default any level above.
    restart: int | None


@dataclass(slots=True)
class Numbering:
    """The lists of one document and how far each has counted. `nums`: lists by the number in a paragraph."""

    lists: dict[str, dict[int, Level]] = field(default_factory=dict)
    nums: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)
    # What a style says of its paragraphs: the list, and the level where it names one.
    styles: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    # A list that is a style's: its levels stand where the style points.
    links: dict[str, str] = field(default_factory=dict)
    _reached: dict[tuple[str, int], int] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def read(self, elements: Iterable[ET.Element]) -> None:
        """Take in the parts of `numbering.xml`."""
        for element in elements:
            if name_of(element) == "w:abstractNum":
                self._read_list(element)
            elif name_of(element) == "w:num":
                of = next((value_of(child) for child in element if name_of(child) == "w:abstractNumId"), "")
                self.nums[value_of(element, "numId")] = (of, _overrides(element))

    def read_style(self, identifier: str, numbering: ET.Element | None) -> None:
        if numbering is not None and (num := _value(numbering, "w:numId")):
            level = _value(numbering, "w:ilvl")
            self.styles[identifier] = (num, _number(level, 0) if level else None)

    def label(self, numbering: ET.Element | None, styles: Iterable[str]) -> str | None:
        """Count the paragraph and return its label; None for a bullet and for a paragraph without a number. `styles`:
        the paragraph's style and those it is based on.
        """
        num, level = self._place_of(numbering, styles)
        of, overrides = self.nums.get(num, ("", {}))
        levels = self._levels(of)
        if level not in levels:
            return None
        self._count(num, of, level, levels, overrides)
        if levels[level].form in _SILENT and "%" not in levels[level].text:
            return None
        return _PLACE.sub(lambda match: self._shown(of, int(match[1]) - 1, levels, levels[level]), levels[level].text)

    def _place_of(self, numbering: ET.Element | None, styles: Iterable[str]) -> tuple[str, int]:
        own, own_level = _value(numbering, "w:numId"), _value(numbering, "w:ilvl")
        if own:
            return own, _number(own_level, 0)
        for style in styles:
            if style in self.styles:
                num, level = self.styles[style]
                levels = self._levels(self.nums.get(num, ("", {}))[0])
                linked = next((at for at, one in levels.items() if one.style == style), 0)
                return num, _number(own_level, linked if level is None else level)
        return "", 0

    def _levels(self, of: str) -> dict[int, Level]:
        if not self.lists.get(of) and of in self.links:
            num, _ = self.styles.get(self.links[of], ("", None))
            of = self.nums.get(num, ("", {}))[0]
        return self.lists.get(of, {})

    def _count(self, num: str, of: str, level: int, levels: Mapping[int, Level], overrides: Mapping[int, int]) -> None:
        first = overrides.get(level) if (num, level) not in self._begun else None
        self._begun.add((num, level))
        before = self._reached.get((of, level), levels[level].start - 1)
        self._reached[of, level] = before + 1 if first is None else first
        for deeper, one in levels.items():
            if deeper > level and (one.restart is None or one.restart == level + 1):
                self._reached.pop((of, deeper), None)

    def _shown(self, of: str, level: int, levels: Mapping[int, Level], within: Level) -> str:
        one = levels.get(level)
        if one is None:
            return ""
        return numeral(self._reached.get((of, level), one.start), "decimal" if within.is_legal else one.form)

    def _read_list(self, element: ET.Element) -> None:
        identifier = value_of(element, "abstractNumId")
        self.lists[identifier] = {
            _number(value_of(child, "ilvl"), 0): _level(child) for child in element if name_of(child) == "w:lvl"
        }
        if link := _value(element, "w:numStyleLink"):
            self.links[identifier] = link


def numeral(number: int, form: str) -> str:
    """`number` as Word writes it; in digits where the form is not known."""
    if form in _ALPHABETS and number > 0:
        letters = _ALPHABETS[form]
        times, at = divmod(number - 1, len(letters))
        return letters[at] * (times + 1) if times < 10 else str(number)  # noqa: PLR2004 - zzzzzzzzzz
    if form in {"upperRoman", "lowerRoman"} and 0 < number <= _HIGHEST:
        return _roman(number) if form == "upperRoman" else _roman(number).lower()
    if form in _DIGITS:
        return str(number).translate({ord("0") + at: digit for at, digit in enumerate(_DIGITS[form])})
    if form in _COUNTED_IN_HAN and 0 < number < 100:  # noqa: PLR2004 - lists are shorter
        tens, ones = divmod(number, 10)
        return (_HAN[tens] if tens > 1 else "") + ("十" if tens else "") + (_HAN[ones] if ones else "")
    return f"{number:02}" if form == "decimalZero" else "" if form in _SILENT else str(number)


def _roman(number: int) -> str:
    shown = ""
    for value, sign in _ROMAN:
        shown += sign * (number // value)
        number %= value
    return shown


def _level(element: ET.Element) -> Level:
    legal = next((child for child in element if name_of(child) == "w:isLgl"), None)
    restart = _value(element, "w:lvlRestart")
    return Level(
        _value(element, "w:numFmt") or "decimal",
        _value(element, "w:lvlText"),
        _number(_value(element, "w:start"), 1),
        legal is not None and value_of(legal) not in {"0", "false", "off"},
        _value(element, "w:pStyle"),
        _number(restart, 0) if restart else None,
    )


def _overrides(num: ET.Element) -> dict[int, int]:
    found = {}
    for child in num:
        start = _value(child, "w:startOverride") if name_of(child) == "w:lvlOverride" else ""
        if start:
            found[_number(value_of(child, "ilvl"), 0)] = _number(start, 1)
    return found


def _value(element: ET.Element | None, name: str) -> str:
    return "" if element is None else next((value_of(child) for child in element if name_of(child) == name), "")


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise  # noqa: PLR2004 - no list is longer
