"""Numbers as people write them in tables."""

import re

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,2})?", re.ASCII)
# 1,234 is a thousand to some and one and a bit to others.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def number(text: str) -> float | None:
    """The number, with a decimal point or a decimal comma; None for everything else.

    1,234 is None: it may be either.
    """
    if not _NUMBER.fullmatch(text) or _EITHER.fullmatch(text):
        return None
    return float(text.replace(",", "."))
