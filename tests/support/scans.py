"""Small whole images, for tests that need one and look at none of its pixels."""

import zlib


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(shade: int = 0, padding: int = 0) -> bytes:
    """One grey pixel; `padding` bytes more in a chunk that nobody reads."""
    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    more = _chunk(b"teSt", bytes(padding)) if padding else b""
    pixels = _chunk(b"IDAT", zlib.compress(bytes([0, shade])))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + more + pixels + _chunk(b"IEND", b"")


PNG = png()
