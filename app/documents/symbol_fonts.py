"""Characters of the fonts Symbol and Wingdings, which files store by their place in the font, as the ones they show."""

_SYMBOL = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_UPPER = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
_WINGDINGS = {
    0x6C: "●",
    0x6E: "■",
    0x71: "❑",
    0x76: "❖",
    0xA7: "▪",
    0xA8: "◻",
    0xD8: "➢",
    0xE0: "→",
    0xE8: "➔",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
    0x4A: "☺",
}
_PRIVATE = 0xF000


def symbol(font: str, character: str) -> str:
    """`character` of `font`; itself where the font is none of these."""
    code = ord(character)
    is_private = _PRIVATE <= code <= _PRIVATE + 0xFF
    family = font.lower()
    if "wingdings" in family:
        return _WINGDINGS.get(code & 0xFF, "•" if is_private else character)
    # Segoe UI Symbol is another one, whose places are those of Unicode.
    if not family.startswith("symbol") or not (is_private or code <= 0xFF):  # noqa: PLR2004 - one byte
        return character
    return in_symbol(code & 0xFF) or character


def in_symbol(code: int) -> str:
    """The character at this place of the font Symbol, empty where it has none."""
    for start, row in ((0x20, _SYMBOL), (0xA0, _SYMBOL_UPPER)):
        if start <= code < start + len(row):
            return row[code - start]
    return ""
