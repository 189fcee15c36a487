"""Making any text a model may write storable: jsonb refuses NUL, lone surrogates and numbers that are not finite."""

import math
from typing import Any, NamedTuple

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Cleaned(NamedTuple):
    """`value` can be stored; `changed` says whether anything had to be replaced."""

    value: Any
    changed: bool


def storable(value: Any) -> Cleaned:
    """Replace NUL and lone surrogates by U+FFFD, non-finite numbers by their name. Everything else stays unchanged."""
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return Cleaned(str(value), changed=True)
    if isinstance(value, dict):
        items = [(_clean_text(str(key)), storable(item)) for key, item in value.items()]
        if any(key.changed or item.changed for key, item in items):
            return Cleaned({key.value: item.value for key, item in items}, changed=True)
    elif isinstance(value, list | tuple):
        cleaned = [storable(item) for item in value]
        if any(item.changed for item in cleaned):
            return Cleaned([item.value for item in cleaned], changed=True)
    return Cleaned(value, changed=False)


def _clean_text(text: str) -> Cleaned:
    if "\0" not in text:
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return Cleaned(text, changed=False)
    # Surrogate pairs become the character they stand for; a lone one becomes the replacement character.
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Cleaned(joined.replace("\0", REPLACEMENT), changed=True)
