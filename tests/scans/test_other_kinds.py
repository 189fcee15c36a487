"""A file that is no scan is named as what it is, and how many pages a scan has is known without making them."""

import pytest

from app.scans.kinds import other_kind
from app.scans.pages import PageLimits, ScanRefusedError, count_pages
from tests.scans import files


@pytest.mark.parametrize(
    ("head", "suffix", "said"),
    [
        (b"", ".jpg", "is empty"),
        (b"PK\x03\x04", ".zip", "is an archive, such as a ZIP: unpack it"),
        (b"PK\x03\x04", ".docx", "is a text document, no scan: save it as PDF"),
        (b"PK\x03\x04", ".xlsx", "is a table: only marks and maxima are read"),
        (b"a;b\n", ".csv", "is a table: only marks and maxima are read"),
        (b"\xd0\xcf\x11\xe0\xa1", ".doc", "is a text document"),
        (b"\xd0\xcf\x11\xe0\xa1", ".bin", "is an old Office document"),
        (b"Rar!\x1a\x07", ".rar", "is an archive"),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", ".heic", "is AVIF: save it as JPEG"),
        (b"\0\0\0\x20ftypqt  \0\0\0\0qt  ", ".mov", "is a video or sound"),
        (b"See me.", ".txt", "is a text file, no scan"),
        (b"See me.", ".docx", "is a text file, no scan"),
        (b"\x7fELF\0", "", "is of an unknown kind: scans are png"),
    ],
)
def test_what_is_no_scan_is_named(head, suffix, said):
    assert other_kind(head, suffix).startswith(said)


@pytest.mark.parametrize(
    ("make", "n"),
    [
        (files.pdf, 1),
        (lambda: files.pdf(3), 3),
        (lambda: files.tiff(2), 2),
        (lambda: files.saved(files.page(), "PNG"), 1),
    ],
)
async def test_pages_are_counted(make, n):
    assert await count_pages(make(), PageLimits()) == n


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"%PDF-1.4\n", "ends too early"), (files.pdf(2)[:-600], "ends too early"), (b"II*\0\x08\0\0\0", "damaged")],
)
async def test_a_damaged_file_is_named_while_its_pages_are_counted(content, said):
    with pytest.raises(ScanRefusedError, match=said):
        await count_pages(content, PageLimits())


async def test_a_pdf_of_too_many_pages_is_named():
    with pytest.raises(ScanRefusedError, match="has 3 pages; at most 2"):
        await count_pages(files.pdf(3), PageLimits(max_pages=2))
