"""Scans as bytes, each a page with a dark upper left corner: wherever it ends up, the corner says which way is up."""

import io
import zlib
from collections.abc import Sequence

from PIL import Image, ImageDraw

WIDE, HIGH = 300, 400
# EXIF orientations and what a camera does to the pixels so that turning back gives the page.
TURNS = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def page(mode: str = "RGB", size: tuple[int, int] = (WIDE, HIGH)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=(20, 20, 20))
    return image.convert(mode)


def is_upright(image: Image.Image) -> bool:
    grey = image.convert("L")
    width, height = grey.size
    corners = [grey.getpixel((x, y)) for y in (height // 20, height - height // 20) for x in (width // 20, width - 20)]
    return corners[0] < 90 and all(value > 180 for value in corners[1:]) and height > width


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def turned(kind: str, orientation: int) -> bytes:
    """As a phone that was held the other way writes it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(page().transpose(TURNS[orientation]), kind, exif=exif)


def heic(orientation: int = 1, *, by_the_box: bool = True) -> bytes:
    """`by_the_box`: the container says how it is turned, as phones write it, and EXIF says it once more."""
    from pillow_heif import register_heif_opener  # noqa: PLC0415 - it writes HEIC, which the product does not

    register_heif_opener()
    if orientation == 1:
        return saved(page(), "HEIF")
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = page().transpose(TURNS[orientation])
    return saved(image, "HEIF", exif=exif.tobytes() if by_the_box else exif)


def pdf(n_pages: int = 1, size: tuple[int, int] = (WIDE, HIGH)) -> bytes:
    pages = [page(size=size) for _ in range(n_pages)]
    return saved(pages[0], "PDF", save_all=True, append_images=pages[1:])


def tiff(n_pages: int = 1, mode: str = "L", **options: object) -> bytes:
    return saved(page(mode), "TIFF", save_all=True, append_images=[page(mode)] * (n_pages - 1), **options)


def animated(kind: str) -> bytes:
    other = Image.new("RGB", (WIDE, HIGH), "red")
    return saved(page(), kind, save_all=True, append_images=[other, page()], duration=100)


def sixteen_bits() -> bytes:
    """A PNG of 16 bits a pixel, white paper with a dark corner."""
    grey = page("L")
    wide = Image.frombytes("I;16B", grey.size, b"".join(bytes([value, value]) for value in grey.tobytes()))
    return saved(wide, "PNG")


def png_bomb(width: int = 40_000, height: int = 40_000) -> bytes:
    """A small file whose picture would take gigabytes."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress(bytes(1 << 20))
    parts: Sequence[tuple[bytes, bytes]] = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big") for name, body in parts
    )
