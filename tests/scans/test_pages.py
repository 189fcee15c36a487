"""Whatever a scanner or phone writes becomes upright sRGB pages; what cannot is refused in a sentence."""

import io

import pytest
from PIL import Image

from app.scans.pages import PageLimits, ScanRefusedError, pages_of
from tests.scans import files
from tests.support.effort import turns_beside

LIMITS = PageLimits(long_side=800)

KINDS = {
    "pdf": (files.pdf, 1),
    "pdf of three": (lambda: files.pdf(3), 3),
    "tiff of three": (lambda: files.tiff(3), 3),
    "tiff of bits": (lambda: files.tiff(2, "1", compression="group4"), 2),
    "heic": (files.heic, 1),
    **{f"heic {turn}": (lambda turn=turn: files.heic(turn), 1) for turn in files.TURNS},
    **{f"heic exif {turn}": (lambda turn=turn: files.heic(turn, by_the_box=False), 1) for turn in files.TURNS},
    "jpeg 2000": (lambda: files.saved(files.page(), "JPEG2000"), 1),
    "bmp": (lambda: files.saved(files.page(), "BMP"), 1),
    "cmyk": (lambda: files.saved(files.page("CMYK"), "JPEG"), 1),
    "16 bits": (files.sixteen_bits, 1),
    "transparent": (lambda: files.saved(files.page("RGBA"), "PNG"), 1),
    "palette": (lambda: files.saved(files.page("P"), "GIF"), 1),
    **{f"exif {turn}": (lambda turn=turn: files.turned("JPEG", turn), 1) for turn in files.TURNS},
    **{f"tiff exif {turn}": (lambda turn=turn: files.turned("TIFF", turn), 1) for turn in files.TURNS},
    **{f"webp exif {turn}": (lambda turn=turn: files.turned("WEBP", turn), 1) for turn in files.TURNS},
}


async def converted(content, limits=LIMITS):
    return [page async for page in pages_of(content, limits)]


async def refusal(content, limits=LIMITS):
    with pytest.raises(ScanRefusedError) as refused:
        await converted(content, limits)
    return str(refused.value)


@pytest.mark.parametrize("name", KINDS)
async def test_a_scan_of_any_kind_becomes_upright_pages_in_srgb(name):
    make, n_pages = KINDS[name]

    pages = await converted(make())

    assert [page.number for page in pages] == list(range(1, n_pages + 1))
    for page in pages:
        image = Image.open(io.BytesIO(page.content))
        assert (page.media_type, image.format) == ("image/jpeg", "JPEG")
        assert image.mode in {"L", "RGB"}
        assert files.is_upright(image)
        assert not image.getexif()
        assert page.note is None


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_an_animated_file_gives_its_first_frame_as_a_page_and_a_remark(kind):
    [page] = await converted(files.animated(kind))

    assert files.is_upright(Image.open(io.BytesIO(page.content)))
    assert page.note == "The file is animated: its first frame is the page."


async def test_a_page_is_as_long_as_a_model_reads():
    [from_pdf] = await converted(files.pdf())
    [from_image] = await converted(files.saved(files.page(size=(1500, 2000)), "PNG"))
    [small] = await converted(files.saved(files.page(), "BMP"))

    sizes = [Image.open(io.BytesIO(page.content)).size for page in (from_pdf, from_image, small)]
    assert sizes == [(600, 800), (600, 800), (300, 400)]


async def test_a_red_stroke_on_a_page_without_colours_stays_red():
    image = files.page(size=(600, 800))
    image.paste((220, 30, 30), (300, 400, 310, 404))

    [page] = await converted(files.saved(image, "PDF"))

    assert Image.open(io.BytesIO(page.content)).mode == "RGB"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no scan at all", "The file is no scan that can be read."),
        (files.pdf()[:-200], "The PDF ends too early"),
        (b"%PDF-1.7\nnothing\n%%EOF", "The PDF is damaged"),
        (files.tiff(3)[:200], "The file is cut off or damaged"),
        (files.heic()[:400], "The file is "),
        (files.saved(files.page(), "JPEG2000")[:150], "The file is "),
        (files.png_bomb(), "The image has 40000 × 40000 pixels; at most 120,000,000 are read."),
    ],
)
async def test_what_cannot_become_a_page_is_refused_in_a_sentence(content, said):
    assert said in await refusal(content)


async def test_limits_hold_for_pages_time_and_memory():
    assert "has 3 pages; at most 2" in await refusal(files.pdf(3), PageLimits(max_pages=2))
    assert "has 3 pages; at most 2" in await refusal(files.tiff(3), PageLimits(max_pages=2))
    assert "more than 0.01 seconds" in await refusal(files.pdf(), PageLimits(seconds=0.01))
    large = files.saved(Image.new("RGB", (9000, 9000)), "BMP")
    assert "MB of memory" in await refusal(large, PageLimits(memory_bytes=400 << 20))


async def test_the_event_loop_goes_on_while_pages_are_made():
    pages = []

    async def convert():
        pages.extend(await converted(files.pdf(5, (1200, 1600)), PageLimits()))

    rounds = await turns_beside(convert)

    assert len(pages) == 5
    assert len(rounds) > 50
    assert max(rounds) < 0.25
