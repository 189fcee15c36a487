"""Messages for a teacher about what went wrong. They never hold the API key, an image's address or a student's text."""

import re
from collections.abc import Mapping

from app.marks.model import Json
from app.openrouter.reply import as_text

_LONGEST_QUOTE = 200
SHORTEST_SECRET = 16

_SECRETS = re.compile(r"\bBearer\s+\S+|\bsk-[\w-]+|\beyJ[\w.-]+", re.IGNORECASE)
_ADDRESSES = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]*://|data:|www\.)\S*|\S+\.(?:png|jpe?g|webp|gif)\S*|\S*\?\S*=\S*", re.IGNORECASE
)
# Long unbroken strings are base64 or tokens; long quotations are pieces of the request.
_UNREADABLE = re.compile(r"\S{60,}")
_QUOTATIONS = re.compile(r"([\"`]).{40,}?\1", re.DOTALL)


def say(text: str, *, status: int | None = None, quote: str = "") -> str:
    """One sentence of `text`, with the HTTP status and OpenRouter's own words where there are any."""
    text = text.removesuffix(".")
    said = text if status is None else f"{text} (HTTP {status})"
    return f"{said}: {quote}" if quote else f"{said}."


def quoted(error: Mapping[str, Json] | None, secret: str) -> str:
    """OpenRouter's error message, safe to show and to store: at most 200 characters, "" if there is none."""
    text = as_text((error or {}).get("message")) or ""
    # A shorter key may be a word of the message, such as the simulator's.
    if len(secret) >= SHORTEST_SECRET:
        text = text.replace(secret, "[key]")
    # A provider's raw JSON may hold the request itself; nothing after its opening brace is OpenRouter's own words.
    text = text[:4000].split("{", 1)[0]
    text = _SECRETS.sub("[key]", text)
    text = _ADDRESSES.sub("[address]", text)
    text = _UNREADABLE.sub("[...]", _QUOTATIONS.sub("[...]", text))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 3].rstrip() + "..."
