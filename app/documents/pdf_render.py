"""Pages of a PDF as images."""

import struct
import zlib
from collections.abc import Iterator, Sequence

import pypdfium2  # type: ignore[import-untyped] # it carries no types

from app.documents.extraction import ExtractionLimits
from app.documents.pdf_open import POINTS_PER_INCH, flattened, open_pdf

_OCR_DPI = 200
# A3 at 200 dpi is 3307 pixels long; vision models scale down what is longer than some 2000.
_LONGEST_SIDE = 4000


def render_pdf(data: bytes, numbers: Sequence[int], limits: ExtractionLimits) -> Iterator[tuple[int, bytes]]:
    """Pages as greyscale PNGs at 200 dpi, smaller where a side would have more than 4000 pixels."""
    document = open_pdf(data, limits)
    for number in numbers:
        with flattened(document, number - 1, limits) as page:
            inches = max(page.get_size()) / POINTS_PER_INCH
            dpi = min(_OCR_DPI, _LONGEST_SIDE / inches)
            bitmap = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True)
            yield number, _png(bitmap)
            bitmap.close()


def _png(bitmap: pypdfium2.PdfBitmap) -> bytes:
    pixels = memoryview(bitmap.buffer).cast("B")
    rows = (b"\0" + pixels[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height))
    # Eight bits of grey a pixel.
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
