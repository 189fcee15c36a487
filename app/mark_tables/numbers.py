"""Numbers as people write them in tables."""

import re

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,2})?", re.ASCII)
# 1,234 means 1234 in some countries and 1.234 in others.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_HALVES = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[./-]?\s?[^\W\d_]{3,9}\.?([./-]?\s?\d{2,4})?|[^\W\d_]{3,9}[./-]\d{2,4}"
)


def number(text: str) -> float | None:
    """The number, with a decimal point, a decimal comma or ½, ¼, ¾; None for everything else.

    1,234 is None: it may be either.
    """
    if text and text[-1] in _HALVES and (text[:-1] == "" or (text[:-1].isascii() and text[:-1].isdecimal())):
        return int(text[:-1] or "0") + _HALVES[text[-1]]
    if not _NUMBER.fullmatch(text) or _EITHER.fullmatch(text):
        return None
    return float(text.replace(",", "."))


def why_no_number(text: str) -> str:
    """Why a text is no number, and what to do about it."""
    if text.endswith(DATE):
        shown = text.removesuffix(DATE)
        return (
            f"holds the date {shown}: spreadsheets make one of 1/2 or 1.2; type the mark as a number into a text cell"
        )
    if text == NOT_CALCULATED:
        return "holds a formula without its result: open the file in a spreadsheet program and save it"
    if re.fullmatch(r"\d+\s*/\s*\d+", text):
        return f"{text!r} may be a fraction or a mark of a maximum: type the mark as a number"
    if re.fullmatch(r"[\d.,]+\s*%", text):
        return f"{text!r} is a percentage: type the mark itself"
    if _DATE.fullmatch(text):
        return f"{text[:40]!r} looks like a date: spreadsheets make one of 1/2 or 1.2; type the mark as a number"
    return f"{text[:40]!r} is no number"


DATE = " (a date)"
NOT_CALCULATED = "=?"
"""The texts of cells of a workbook that show a number but hold none."""
