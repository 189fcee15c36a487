"""Raised and lowered characters, fractions and roots in one line of plain characters that keeps them apart. Pure."""

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
# 19th, 1er, 2ème, n.º: nothing else is meant by them, raised or not.
_ORDINALS = frozenset("st|nd|rd|th|er|re|e|ème|eme|o|a|º|ª|os|as|er°|tm|®|™|©|*|†|‡|,|.|;|:".split("|"))  # noqa: SIM905 - one line


def raised(text: str) -> str:
    """`23` as ²³, `x+1` as ^(x+1), `a` as ^a; ordinals and marks stay as they are."""
    return _set(text, _RAISED, "^")


def lowered(text: str) -> str:
    """`2` as ₂, `max` as _(max), `i` as _i."""
    return _set(text, _LOWERED, "_")


def _set(text: str, table: dict[int, int], sign: str) -> str:
    core = text.strip()
    if not core or core.casefold() in _ORDINALS or core[0] in sign:
        return text
    if all(ord(character) in table for character in core):
        changed = core.translate(table)
    else:
        changed = sign + (core if len(core) == 1 else f"({core})")
    return text.replace(core, changed, 1)


def fraction(upper: str, lower: str) -> str:
    """`1` and `2a` as 1/(2a)."""
    return f"{grouped(upper)}/{grouped(lower)}"


def root(radicand: str, degree: str = "") -> str:
    return f"{raised(degree.strip())}√{grouped(radicand)}"


def grouped(text: str) -> str:
    """`text` in brackets if it is more than one number, one name or one bracket."""
    core = text.strip()
    is_bracket = core[:1] == "(" and core[-1:] == ")" and _closes_last(core)
    is_number = core.replace(".", "", 1).replace(",", "", 1).isdecimal()
    return core if is_bracket or is_number or len(core) <= 1 else f"({core})"


def _closes_last(text: str) -> bool:
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return index == len(text) - 1
    return False
