"""What models are billed for an image inside a request, by the makers' published rules.

Written apart from the product's own estimate, which is tested against it.
"""

import struct
from base64 import b64decode
from binascii import Error

# Roughly what vision models charge for the scan of a page. An image that is fetched by its address counts as one.
TOKENS_PER_IMAGE = 1100
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PNG = b"\x89PNG\r\n\x1a\n"


def tokens_of_image(model: str, url: str) -> int:
    """The tokens of one image. Only images inside the request have a size; models of other makers bill a flat sum."""
    size = _size(url) if url.startswith("data:image/") else None
    if size is None:
        return TOKENS_PER_IMAGE
    maker, _, name = model.partition("/")
    match maker:
        case "google" if "gemini-3" not in name:
            return _google(*size)
        case "openai" if name.startswith("gpt-4o") and "mini" not in name:
            return _gpt_4o(*size)
        case "anthropic":
            return min(1600, -(-size[0] * size[1] // 750))
    return TOKENS_PER_IMAGE


def _google(width: int, height: int) -> int:
    """https://ai.google.dev/gemini-api/docs/tokens: 258 for an image of at most 384 pixels, else 258 for each tile."""
    short = min(width, height)
    if max(width, height) <= 384:  # noqa: PLR2004 - the limit of a small image
        return 258
    tile = min(768, max(256, short * 2 // 3))
    return 258 * -(-width // tile) * -(-height // tile)


def _gpt_4o(width: int, height: int) -> int:
    """https://platform.openai.com/docs/guides/images-vision: 85, and 170 for each tile of 512 after two reductions."""
    for limit, side in ((2048, max), (768, min)):
        longer = side(width, height)
        if longer > limit:
            width, height = -(-width * limit // longer), -(-height * limit // longer)
    return 85 + 170 * -(-width // 512) * -(-height // 512)


def _size(url: str) -> tuple[int, int] | None:
    """The width and height of a PNG or JPEG that a data: address holds; None for what is neither."""
    try:
        content = b64decode(url.partition(",")[2], validate=True)
        if content.startswith(_PNG):
            return struct.unpack_from(">II", content, 16)
        return _size_of_jpeg(content) if content.startswith(b"\xff\xd8") else None
    except (Error, struct.error, IndexError):
        return None


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while content[at + 1] not in _START_OF_FRAME:
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    height, width = struct.unpack_from(">HH", content, at + 5)
    return width, height
