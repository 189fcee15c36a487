"""The stored form of the whole body of a reply: a better parser can read a paid answer again."""

import zlib
from base64 import b64decode, b64encode

from app.marks.model import Json

# Bodies up to this size are stored whole. A longer body that compression does not shrink below it is stored in part:
# its head and its tail.
MOST_BYTES = 256 * 1024
_HALF = MOST_BYTES // 2
# Longer bodies are not even tried: compressing takes some 10 ms a megabyte of the event loop.
_MOST_COMPRESSED = 4 * 1024 * 1024
_FAST = 1

Packed = dict[str, Json]


def pack(body: bytes) -> Packed:
    """{size, data} or {size, head, tail}: zlib in base64, fit for JSON."""
    if len(body) <= _MOST_COMPRESSED:
        data = zlib.compress(body, _FAST)
        if len(body) <= MOST_BYTES or len(data) <= MOST_BYTES:
            return {"size": len(body), "data": b64encode(data).decode()}
    return {"size": len(body), "head": _packed(body[:_HALF]), "tail": _packed(body[-_HALF:])}


def unpack(packed: Packed) -> bytes | None:
    """The whole body; None where only its head and tail were kept, or where it cannot be unpacked."""
    try:
        return zlib.decompress(b64decode(packed["data"]))
    except (KeyError, TypeError, ValueError, zlib.error):
        return None


def _packed(piece: bytes) -> str:
    return b64encode(zlib.compress(piece, _FAST)).decode()
