"""Whether a png, jpeg, webp or gif file is whole, and whether a model may be shown it as it is.

Read from its structure alone, without a picture being made: it costs milliseconds and runs on every upload.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.scans.kinds import FOR_MODELS, Kind, kind_of

# Providers refuse images of more than some 5 MB or 8000 pixels, and scale down what is longer than some 2000.
LARGEST_AS_IT_IS = 4 * 1024 * 1024
LONGEST_AS_IT_IS = 4096
MAX_PIXELS = 120_000_000
_UPRIGHT = (0, 1)


class NotWholeError(Exception):
    """The file is cut off or damaged. The message ends a sentence that began with the file."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the structure says of an image: its size in pixels and why a model cannot be shown it as it is."""

    width: int
    height: int
    turned: bool = False
    many_colours: bool = False
    animated: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """`fits`: a model may be shown the file as it is. All below it is known only of the kinds that models take."""

    kind: Kind
    fits: bool
    width: int = 0
    height: int = 0
    animated: bool = False


def inspect(content: bytes) -> Inspected | None:
    """What kind of scan a file is; None for what is no scan. Raises NotWholeError."""
    kind = kind_of(content)
    if kind is None:
        return None
    if kind not in FOR_MODELS:
        return Inspected(kind, fits=False)
    try:
        seen = _READERS[kind](content)
    except (IndexError, ValueError):
        raise NotWholeError("ends too early: it is no whole image") from None
    if seen.width < 1 or seen.height < 1:
        raise NotWholeError("has no pixels")
    if seen.width * seen.height > MAX_PIXELS:
        raise NotWholeError(f"has {seen.width} × {seen.height} pixels; at most {MAX_PIXELS:,} are read")
    large = len(content) > LARGEST_AS_IT_IS or max(seen.width, seen.height) > LONGEST_AS_IT_IS
    fits = not (seen.turned or seen.many_colours or seen.animated or large)
    return Inspected(kind, fits, seen.width, seen.height, seen.animated)


def _png(content: bytes) -> Seen:
    width = height = depth = colour = 0
    interlaced = animated = turned = ended = False
    inflate, n_bytes = zlib.decompressobj(), 0
    for name, body in _chunks(content):
        if name == b"IHDR":
            width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
            depth, colour, interlaced = body[8], body[9], bool(body[12])
        elif name == b"acTL":
            animated = int.from_bytes(body[:4], "big") > 1
        elif name == b"eXIf":
            turned = _orientation(body) not in _UPRIGHT
        elif name == b"IDAT" and width * height <= MAX_PIXELS:
            n_bytes += _inflated(inflate, body)
        ended = ended or name == b"IEND"
    row = (width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 0) + 7) // 8 + 1
    wanted = 1 if interlaced else height * row
    if not ended or (n_bytes < wanted and width * height <= MAX_PIXELS):
        raise ValueError
    return Seen(width, height, turned=turned, many_colours=depth > 8, animated=animated)  # noqa: PLR2004 - bits


def _inflated(inflate: "zlib._Decompress", body: bytes) -> int:
    """How many bytes come out of a piece, a megabyte at a time: all of a bomb need not be in memory."""
    n_bytes, left = 0, body
    try:
        while left and not inflate.eof:
            n_bytes += len(inflate.decompress(left, 1 << 20))
            left = inflate.unconsumed_tail
    except zlib.error:
        raise NotWholeError("is damaged: its pixels cannot be unpacked") from None
    return n_bytes


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        name, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        if len(body) < length or len(content) < place + 12 + length:
            raise ValueError
        yield name, body
        if name == b"IEND":
            return
        place += 12 + length


_SOS, _EXIF = 0xDA, 0xE1
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, 0xFF, *range(0xD0, 0xD9)})


def _jpeg(content: bytes) -> Seen:
    place, width, height, components, turned = 2, 0, 0, 0, False
    while True:
        if content[place] != 0xFF:  # noqa: PLR2004 - every marker begins so
            raise NotWholeError("is damaged: it is no JPEG after its first bytes")
        marker = content[place + 1]
        if marker in _ALONE:
            place += 1 if marker == 0xFF else 2  # noqa: PLR2004 - a fill byte
            continue
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        body = content[place + 4 : place + 2 + length]
        if marker in _SIZES:
            height, width, components = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big"), body[5]
        elif marker == _EXIF and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:]) not in _UPRIGHT
        elif marker == _SOS:
            # In the pixels 0xFF is always escaped: this is the end, not part of them.
            if content.find(b"\xff\xd9", place) < 0:
                raise ValueError
            return Seen(width, height, turned=turned, many_colours=components == 4)  # noqa: PLR2004 - CMYK
        place += 2 + length


def _orientation(exif: bytes) -> int:
    """The orientation of a TIFF structure, 0 where it names none."""
    order = {b"II": "little", b"MM": "big"}.get(exif[:2])
    if order is None:
        return 0

    def number(start: int, n: int) -> int:
        return int.from_bytes(exif[start : start + n], order)  # type: ignore[arg-type] # one of the two

    directory = number(4, 4)
    for index in range(min(number(directory, 2), 500)):
        entry = directory + 2 + 12 * index
        if number(entry, 2) == 0x0112:  # noqa: PLR2004 - the tag of the orientation
            return number(entry + 8, 2)
    return 0


def _webp(content: bytes) -> Seen:
    if int.from_bytes(content[4:8], "little") + 8 > len(content):
        raise ValueError
    name, body = content[12:16], content[20:50]
    if name == b"VP8X":
        flags = body[0]
        width, height = (int.from_bytes(body[start : start + 3], "little") + 1 for start in (4, 7))
        # Whatever its EXIF says: looking is the converter's task.
        return Seen(width, height, turned=bool(flags & 0x08), animated=bool(flags & 0x02))
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return Seen((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if name != b"VP8 " or body[3:6] != b"\x9d\x01\x2a":
        raise ValueError
    return Seen(int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF)


def _gif(content: bytes) -> Seen:
    width, height, flags = int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little"), content[10]
    place = 13 + _palette(flags)
    frames = 0
    while content[place] != 0x3B:  # noqa: PLR2004 - the trailer
        if content[place] == 0x2C:  # noqa: PLR2004 - a picture
            frames += 1
            place = _after_blocks(content, place + 11 + _palette(content[place + 9]))
        elif content[place] == 0x21:  # noqa: PLR2004 - an extension
            place = _after_blocks(content, place + 2)
        else:
            raise ValueError
    if not frames:
        raise ValueError
    return Seen(width, height, animated=frames > 1)


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, place: int) -> int:
    while content[place]:
        place += content[place] + 1
    return place + 1


_READERS = {Kind.PNG: _png, Kind.JPEG: _jpeg, Kind.WEBP: _webp, Kind.GIF: _gif}
