"""The subprocess that turns scans into pages: a file on stdin, one frame a page on stdout."""

import sys
from collections.abc import Iterator
from typing import BinaryIO

from app.sandbox.worker import limit, order, own_stdout, send
from app.scans.kinds import Kind, kind_of
from app.scans.pages import PageLimits, ScanPage, ScanRefusedError

NO_SCAN = "The file is no scan that can be read."


def main() -> None:
    limits = PageLimits(**order())
    out = own_stdout()
    limit(limits.seconds, limits.memory_bytes)
    try:
        for page in _pages(sys.stdin.buffer, limits):
            head = {"type": "page", "number": page.number, "media_type": page.media_type, "note": page.note}
            send(out, head, page.content)
    except ScanRefusedError as refused:
        send(out, {"type": "error"}, str(refused).encode())
    except MemoryError:
        memory = f"Turning the file into pages takes more than {limits.memory_bytes >> 20} MB of memory."
        send(out, {"type": "error"}, memory.encode())
    else:
        send(out, {"type": "end"})


def _pages(file: BinaryIO, limits: PageLimits) -> Iterator[ScanPage]:
    content = file.read()
    kind = kind_of(content)
    if kind is None:
        raise ScanRefusedError(NO_SCAN)
    if kind is Kind.PDF:
        from app.scans.pdf_pages import pdf_pages  # noqa: PLC0415 - pdfium is loaded for PDFs only

        return pdf_pages(content, limits)
    from app.scans.image_pages import image_pages  # noqa: PLC0415 - Pillow's readers are loaded for images only

    return image_pages(content, kind, limits)


if __name__ == "__main__":
    main()
