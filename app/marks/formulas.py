"""Texts that a spreadsheet would run as formulas, made harmless on the way out and read back equal on the way in."""

import re
from typing import Any

# What spreadsheets take for the beginning of a formula (full-width forms and a DDE bar included), after blanks and
# characters of no width, which they skip; and what stands there with apostrophes in front already.
_START = r"[\s\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*[=+\-@|\uff1d\uff0b\uff0d\uff20\uff5c\t\r\n]"
_FORMULA = re.compile("'*" + _START)
_ESCAPED = re.compile("'+" + _START)


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, with an apostrophe in front; any other value as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def unescaped(text: str) -> str:
    """The text that `harmless` put an apostrophe in front of; any other text comes back as it is."""
    return text[1:] if _ESCAPED.match(text) else text
