"""A file that is cut off is refused by its structure; one that models may be shown is left as it is."""

from collections.abc import Callable

import pytest

from app.scans.inspection import NotWholeError, inspect
from app.scans.kinds import Kind, kind_of
from tests.scans import files

# Each file is made by the test that needs it: made here, every test process would wait for all of them.
WHOLE: dict[str, tuple[Callable[[], bytes], Kind]] = {
    "png": (lambda: files.saved(files.page(), "PNG"), Kind.PNG),
    "grey png": (lambda: files.saved(files.page("L"), "PNG"), Kind.PNG),
    "bits": (lambda: files.saved(files.page("1"), "PNG"), Kind.PNG),
    "jpeg": (lambda: files.saved(files.page(), "JPEG"), Kind.JPEG),
    "progressive": (lambda: files.saved(files.page(), "JPEG", progressive=True), Kind.JPEG),
    "upright": (lambda: files.saved(files.page(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"), Kind.JPEG),
    "webp": (lambda: files.saved(files.page(), "WEBP"), Kind.WEBP),
    "lossless webp": (lambda: files.saved(files.page(), "WEBP", lossless=True), Kind.WEBP),
    "gif": (lambda: files.saved(files.page("P"), "GIF"), Kind.GIF),
}
TO_CONVERT: dict[str, Callable[[], bytes]] = {
    "turned": lambda: files.turned("JPEG", 6),
    "turned png": lambda: files.turned("PNG", 6),
    "cmyk": lambda: files.saved(files.page("CMYK"), "JPEG"),
    "16 bits": files.sixteen_bits,
    "animated gif": lambda: files.animated("GIF"),
    "animated webp": lambda: files.animated("WEBP"),
    "animated png": lambda: files.animated("PNG"),
    "huge": lambda: files.saved(files.page("1", (5000, 6000)), "PNG"),
    "pdf": files.pdf,
    "heic": files.heic,
    "tiff": files.tiff,
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_models_take_stays_as_it_is(name):
    make, kind = WHOLE[name]

    seen = inspect(make())

    assert (seen.kind, seen.fits) == (kind, True)


@pytest.mark.parametrize("name", TO_CONVERT)
def test_what_models_do_not_take_as_it_is_becomes_a_page(name):
    assert inspect(TO_CONVERT[name]()).fits is False


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_no_whole_image(name, share):
    content = WHOLE[name][0]()

    with pytest.raises(NotWholeError):
        inspect(content[: max(12, int(share * len(content)))])


def test_the_first_bytes_alone_are_no_image():
    with pytest.raises(NotWholeError):
        inspect(bytes.fromhex("89504e470d0a1a0a"))


def test_pixels_that_cannot_be_unpacked_are_found():
    content = bytearray(WHOLE["png"][0]())
    start = content.index(b"IDAT") + 10
    content[start : start + 20] = bytes(20)

    with pytest.raises(NotWholeError, match="damaged"):
        inspect(bytes(content))


def test_a_bomb_is_refused_unopened():
    with pytest.raises(NotWholeError, match="40000 × 40000 pixels"):
        inspect(files.png_bomb())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg/>",
        b"BM hello",
        b"\0\0\0\x20ftypavif\0\0\0\0mif1avif",
        b"PK\x03\x04",
        b"\0\0\0\x18ftypmp42",
    ],
)
def test_what_is_no_scan_is_none(content):
    assert kind_of(content) is None
    assert inspect(content) is None


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix"])
def test_heic_is_known_by_its_brands(brand):
    assert kind_of(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic") is Kind.HEIC
