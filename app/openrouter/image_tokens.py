"""How many tokens an image takes, by the family of the model. Pure.

The rules are those that the makers publish (2025 and 2026); a family without a published rule is guessed from its size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

# An A4 page at 200 dpi: what is assumed of a page whose size is not known.
PAGE = (1700, 2200)
# Square, and larger than a page is made here by default: no such page takes more.
LARGEST_PAGE = (2200, 2200)


@dataclass(frozen=True, slots=True)
class ImageTokens:
    """`likely` is what to expect of one image, `most` what it takes at worst."""

    likely: int
    most: int


def image_tokens(model: str, width: int, height: int) -> ImageTokens:
    """Of one image of `width` × `height` pixels sent to `model` (provider/name)."""
    family = next((rule for start, rule in _FAMILIES if model.startswith(start)), _unknown)
    found = family(model, width, height)
    return ImageTokens(ceil(found[0]), ceil(max(found)))


_Found = tuple[float, float]
_OPENAI_PATCHES = {"gpt-4.1-mini": 1.62, "gpt-4.1-nano": 2.46, "gpt-5-mini": 1.62, "gpt-5-nano": 2.46, "o4-mini": 1.72}
_OPENAI_TILES = (("gpt-4o-mini", 2833, 5667), ("gpt-4", 85, 170), ("chatgpt-4o", 85, 170), ("o", 75, 150))
_PATCH, _MOST_PATCHES = 32, 1536


def _openai(model: str, width: int, height: int) -> _Found:
    """Patches of 32 pixels in some models; else tiles of 512 in an image scaled to a short side of 768."""
    name = model.partition("/")[2]
    patches = min(_MOST_PATCHES, ceil(width / _PATCH) * ceil(height / _PATCH))
    for start, factor in _OPENAI_PATCHES.items():
        if name.startswith(start):
            return patches * factor, _MOST_PATCHES * factor
    base, tile = next((one[1:] for one in _OPENAI_TILES if name.startswith(one[0])), (70, 140))
    width, height = _scaled(width, height, 2048, max)
    width, height = _scaled(width, height, 768, min)
    likely = base + tile * ceil(width / 512) * ceil(height / 512)
    return likely, max(base + tile * 8, _MOST_PATCHES * 2.46)


def _anthropic(_model: str, width: int, height: int) -> _Found:
    """A token for 750 pixels, 1,600 at most; models with a finer view take up to 4,784."""
    return min(1600, width * height / 750), 4784


def _google(model: str, width: int, height: int) -> _Found:
    """258 for a small image, else for each tile of up to 768 pixels; Gemini 3 takes 1,120 at its usual resolution."""
    tiles = 1
    if max(width, height) > 384:  # noqa: PLR2004 - the limit of a small image
        unit = max(256, min(768, int(min(width, height) / 1.5)))
        tiles = ceil(width / unit) * ceil(height / unit)
    return (1120, 2240) if "gemini-3" in model else (258 * tiles, max(258 * tiles, 2240))


def _qwen(_model: str, width: int, height: int) -> _Found:
    """Patches of 28 or 32 pixels, 16,384 at most."""
    return min(16_384, width * height / 32**2), min(16_384, width * height / 28**2)


def _mistral(_model: str, width: int, height: int) -> _Found:
    """Patches of 28 pixels in an image of at most 1,540; Pixtral cuts 1,024 into patches of 16."""
    width, height = _scaled(width, height, 1540, max)
    return ceil(width / 28) * (ceil(height / 28) + 1), 64 * 65


def _xai(_model: str, width: int, height: int) -> _Found:
    """256 for each tile of 448 pixels, six at most, and one for the whole."""
    return 256 * (1 + min(6, ceil(width / 448) * ceil(height / 448))), 1792


def _simulated(_model: str, _width: int, _height: int) -> _Found:
    return 1100, 1100


def _unknown(_model: str, width: int, height: int) -> _Found:
    return min(1600, width * height / 750), min(16_384, width * height / 16**2)


_FAMILIES: tuple[tuple[str, Callable[[str, int, int], _Found]], ...] = (
    ("openai/", _openai),
    ("anthropic/", _anthropic),
    ("google/", _google),
    ("qwen/", _qwen),
    ("mistralai/", _mistral),
    ("x-ai/", _xai),
    ("simulated/", _simulated),
)


def _scaled(width: int, height: int, limit: int, side: Callable[[int, int], int]) -> tuple[int, int]:
    """Made smaller until its longer or shorter `side` is within `limit`."""
    factor = min(1.0, limit / side(width, height))
    return ceil(width * factor), ceil(height * factor)
