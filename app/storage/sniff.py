"""Which image a file is by its first bytes: names and headers only say what the sender believes."""

from typing import Final

SNIFF_BYTES: Final = 12
"""How many first bytes `sniff` needs: webp's mark ends at the twelfth."""

_MARKS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def sniff(head: bytes) -> str | None:
    """The content type of a png, jpeg, webp or gif file that starts with `head`; None for everything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((content_type for mark, content_type in _MARKS if head.startswith(mark)), None)
