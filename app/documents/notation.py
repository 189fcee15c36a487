"""Raised and lowered characters, fractions and roots in one line of plain characters that keeps them apart. Pure."""

import re

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
# 19th, 1er, 2ème, n.º: nothing else is meant by them, raised or not.
_ORDINALS = frozenset("st|nd|rd|th|er|re|e|ème|eme|o|a|º|ª|os|as|er°|tm|®|™|©|*|†|‡|,|.|;|:".split("|"))  # noqa: SIM905 - one line


# A private character at both ends of a fraction. No text keeps it: it becomes a blank, or nothing.
EDGE = "\ue02f"
# Between them 1/2mv would be 1/(2mv), and 31/2 would be 31 halves.
_BEFORE, _AFTER = r"[\w)\]}|²³¹⁰-ⁿ₀-ₜ]", r"[\w(\[{√|∫∑]"
_RUNS_ON = re.compile(f"(?<={_BEFORE}){EDGE}+(?={_AFTER})")


def settled(text: str) -> str:
    """`text` with a blank where a fraction would run into what stands beside it."""
    return _RUNS_ON.sub(" ", text).replace(EDGE, "") if EDGE in text else text


def raised(text: str) -> str:
    """`23` as ²³, `x+1` as ^(x+1), `a` as ^a; ordinals and marks stay as they are."""
    return _set(text, _RAISED, "^")


def lowered(text: str) -> str:
    """`2` as ₂, `max` as _(max), `i` as _i."""
    return _set(text, _LOWERED, "_")


def _set(text: str, table: dict[int, int], sign: str) -> str:
    text = settled(text)
    core = text.strip()
    if not core or core.casefold() in _ORDINALS or core[0] in sign:
        return text
    if all(ord(character) in table for character in core):
        changed = core.translate(table)
    else:
        changed = sign + (core if len(core) == 1 else f"({core})")
    return text.replace(core, changed, 1)


def fraction(upper: str, lower: str) -> str:
    """`1` and `2a` as 1/(2a), between edges that `settled` turns into what must stand there."""
    return f"{EDGE}{grouped(upper)}/{grouped(lower)}{EDGE}"


def root(radicand: str, degree: str = "") -> str:
    return f"{raised(degree.strip())}√{grouped(radicand)}"


def grouped(text: str) -> str:
    """`text` in brackets if it is more than one number, one name or one bracket."""
    core = settled(text).strip()
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
