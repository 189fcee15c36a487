"""Pages of image files, by Pillow: upright, in sRGB with eight bits a channel, not above a size. For the subprocess."""

import io
import warnings
from collections.abc import Iterator

from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, ImageSequence, UnidentifiedImageError

from app.scans.kinds import Kind
from app.scans.pages import PageLimits, ScanPage, ScanRefusedError

QUALITY = 85
# Phones write what they say of the picture before the picture.
_BOXES_BYTES = 1 << 16
ANIMATED = "The file is animated: its first frame is the page."
# Only these readers are let at the file; others have had holes.
_FORMATS = {
    Kind.PNG: "PNG",
    Kind.JPEG: "JPEG",
    Kind.WEBP: "WEBP",
    Kind.GIF: "GIF",
    Kind.TIFF: "TIFF",
    Kind.JPEG2000: "JPEG2000",
    Kind.BMP: "BMP",
    Kind.HEIC: "HEIF",
}
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_SRGB = ImageCms.createProfile("sRGB")


def image_pages(content: bytes, kind: Kind, limits: PageLimits) -> Iterator[ScanPage]:
    """The pages of a TIFF in order; of any other file its one picture. Raises ScanRefusedError."""
    # Our own limit, told in our own words, comes before Pillow's.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if kind is Kind.HEIC:
        from pi_heif import (  # type: ignore[import-untyped] # it carries no types  # noqa: PLC0415 - loaded for HEIC only
            register_heif_opener,
        )

        register_heif_opener()
    with warnings.catch_warnings():
        # What a camera wrote wrongly into its EXIF is no reason to refuse the picture.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as image:
                if kind is Kind.HEIC and not _turned_by_its_container(content):
                    _restore_orientation(image)
                yield from _frames(image, kind, limits)
        except ScanRefusedError:
            raise
        except UnidentifiedImageError:
            raise ScanRefusedError("The file is damaged and cannot be opened.") from None
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError, OverflowError) as error:
            # Pillow's readers raise all of these for broken files.
            raise ScanRefusedError(f"The file is cut off or damaged ({type(error).__name__}).") from None


def _turned_by_its_container(content: bytes) -> bool:
    """Whether the reader of HEIC has turned the picture: then its EXIF says what was done, not what is to do."""
    return any(box in content[:_BOXES_BYTES] for box in (b"irot", b"imir"))


def _restore_orientation(image: Image.Image) -> None:
    image.getexif()[ExifTags.Base.Orientation] = image.info.get("original_orientation") or 1


def _frames(image: Image.Image, kind: Kind, limits: PageLimits) -> Iterator[ScanPage]:
    n_frames = getattr(image, "n_frames", 1)
    if kind is not Kind.TIFF:
        yield ScanPage(1, "image/jpeg", _page(image, limits), ANIMATED if n_frames > 1 else None)
        return
    if n_frames > limits.max_pages:
        raise ScanRefusedError(f"The file has {n_frames} pages; at most {limits.max_pages} are read.")
    for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
        yield ScanPage(number, "image/jpeg", _page(frame, limits))


def _page(image: Image.Image, limits: PageLimits) -> bytes:
    width, height = image.size
    if width * height > limits.max_pixels:
        raise ScanRefusedError(f"The image has {width} × {height} pixels; at most {limits.max_pixels:,} are read.")
    # A JPEG is decoded at half or a quarter of its size where that is still enough.
    image.draft(None, (limits.long_side, limits.long_side))
    upright = ImageOps.exif_transpose(image)
    return encoded(_eight_bits(upright), limits.long_side)


def encoded(image: Image.Image, long_side: int) -> bytes:
    """The picture as a JPEG without anything that a camera wrote about place and time."""
    if max(image.size) > long_side:
        image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, exif=b"", icc_profile=None)
    return file.getvalue()


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture in grey or sRGB, on white paper where it is transparent."""
    if image.mode in _SIXTEEN_BITS:
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in {"I", "F"}:
        return _stretched(image)
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture).convert("RGB")
    return image.convert("L") if image.mode in {"1", "L"} else _srgb(image)


def _stretched(image: Image.Image) -> Image.Image:
    """Values of an unknown range, from black to white."""
    low, high = image.getextrema()
    span = (high - low) or 1  # type: ignore[operator] # one channel: two numbers
    return image.convert("F").point(lambda value: value * (255 / span) + -low * 255 / span).convert("L")  # type: ignore[operator]


def _srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            turned = None
        if turned is not None:
            return turned
    return image.convert("RGB")
