"""What a downloaded file is called: like its test."""

import re
import unicodedata
from urllib.parse import quote

# Most file systems end at 255; the ending and what a browser adds to a second copy come on top.
_MOST_BYTES = 180
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_NAMELESS = "test"


def disposition(title: str, ending: str) -> str:
    """The header Content-Disposition of RFC 6266: `filename` in ASCII, and `filename*` for all who read it."""
    name = _storable(title)
    return f"attachment; filename=\"{_plain(name)}{ending}\"; filename*=UTF-8''{quote(name + ending, safe='')}"


def _storable(title: str) -> str:
    """Without what file systems refuse, and without characters that are not seen and turn a name round."""
    seen = "".join(character if character.isprintable() else " " for character in title)
    words = " ".join(_NOT_IN_NAMES.sub(" ", seen).split())
    return words.encode()[:_MOST_BYTES].decode(errors="ignore").strip(" .") or _NAMELESS


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_PLAIN.sub("-", ascii_only).strip("-.") or _NAMELESS
