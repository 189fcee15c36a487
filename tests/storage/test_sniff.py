import pytest

from app.storage.sniff import SNIFF_BYTES, sniff


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\xff\xd8\xff\xdb\0\x43\0", "image/jpeg"),
        (b"GIF87a\1\0\1\0", "image/gif"),
        (b"GIF89a\1\0\1\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_an_image_is_known_by_its_first_twelve_bytes(head, content_type):
    assert sniff(head[:SNIFF_BYTES]) == content_type


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x89PNG",
        b"%PDF-1.7",
        b"<svg xmlns=",
        b"<html><body>",
        b"RIFF\x24\0\0\0WAVE",
        b"II*\0",
        b"\0\0\0\x18ftypheic",
        b" \x89PNG\r\n\x1a\n",
    ],
)
def test_anything_else_is_no_image(head):
    assert sniff(head) is None
