"""The subprocess that counts a scan's pages: a file on stdin, one frame with the number on stdout."""

import io
import sys

from app.sandbox.worker import limit, order, own_stdout, send
from app.scans.kinds import Kind, kind_of
from app.scans.pages import PageLimits, ScanRefusedError


def main() -> None:
    limits = PageLimits(**order())
    out = own_stdout()
    limit(limits.seconds, limits.memory_bytes)
    content = sys.stdin.buffer.read()
    try:
        send(out, {"type": "pages", "n": _pages_in(content, limits)})
    except ScanRefusedError as refused:
        send(out, {"type": "error"}, str(refused).encode())
    else:
        send(out, {"type": "end"})


def _pages_in(content: bytes, limits: PageLimits) -> int:
    kind = kind_of(content)
    if kind is Kind.PDF:
        from app.scans.pdf_pages import open_pdf  # noqa: PLC0415 - pdfium is loaded for PDFs only

        return len(open_pdf(content, limits))
    if kind is not Kind.TIFF:
        return 1
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - Pillow's readers are loaded for TIFFs only

    try:
        with Image.open(io.BytesIO(content), formats=["TIFF"]) as image:
            return getattr(image, "n_frames", 1)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise ScanRefusedError("The file is damaged and cannot be opened.") from None


if __name__ == "__main__":
    main()
