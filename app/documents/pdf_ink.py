"""Text of a PDF page that readers do not see: on a layer that is off, invisible, white on white, or covered."""

import ctypes
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pypdfium2  # type: ignore[import-untyped] # it carries no types
from pypdfium2 import raw

Box = tuple[float, float, float, float]

# Pixels a point: at 72 dpi small print leaves grey that counts.
_SCALE = 1.0
_DEEPEST = 8
_NEARLY_WHITE = 250
# Mode 3 draws nothing, mode 7 only clips.
_INVISIBLE = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
# An image that covers this share of the page is a scan, and the text over it what somebody has read off it.
_SCAN_SHARE = 0.5
# Beyond them a clip path is a drawing, whose letters are asked for their ink alone.
_MOST_PATHS, _MOST_SEGMENTS = 20, 200
# A filled shape of at least so many points may cover a line.
_COVER_HEIGHT, _COVER_WIDTH = 5.0, 10.0


def address(page_object: Any) -> int:
    """What tells one object of the page from another."""
    return ctypes.cast(page_object, ctypes.c_void_p).value or 0


def suspects(page: pypdfium2.PdfPage) -> dict[int, object]:
    """Text objects that may leave no ink, by address. Empty for most pages, and for a scan with its recognized text."""
    width, height = page.get_size()
    found: dict[int, object] = {}
    texts: list[object] = []
    for page_object, kind in _objects(page):
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            texts.append(page_object)
            if _may_be_unseen(page_object) or _is_cut(page_object):
                found[address(page_object)] = page_object
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = bounds(page_object)
            if (right - left) * (top - bottom) >= _SCAN_SHARE * width * height:
                return {}
        elif kind == raw.FPDF_PAGEOBJ_PATH and texts and _is_cover(page_object):
            found |= {address(text): text for text in texts if _covers(bounds(page_object), bounds(text))}
    return found


def without_ink(page: pypdfium2.PdfPage, found: Mapping[int, object], boxes: Mapping[int, Box]) -> frozenset[int]:
    """Those of `found` whose box looks the same with and without them. `boxes` are in points, from the lower left."""
    with_text, stride, height = _pixels(page)
    for page_object in found.values():
        raw.FPDFPageObj_SetIsActive(page_object, 0)
    without, _, _ = _pixels(page)
    for page_object in found.values():
        raw.FPDFPageObj_SetIsActive(page_object, 1)
    same = (key for key, box in boxes.items() if key in found and _is_same(with_text, without, stride, height, box))
    return frozenset(same)


def text_objects(page: pypdfium2.PdfPage) -> Iterator[object]:
    """All pieces of text, in the order in which the page draws them."""
    return (page_object for page_object, kind in _objects(page) if kind == raw.FPDF_PAGEOBJ_TEXT)


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[object, int]]:
    for index in range(raw.FPDFPage_CountObjects(page)):
        yield from _with_parts(raw.FPDFPage_GetObject(page, index), 0)


def _with_parts(page_object: object, depth: int) -> Iterator[tuple[object, int]]:
    kind = raw.FPDFPageObj_GetType(page_object)
    yield page_object, kind
    if kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
        for index in range(raw.FPDFFormObj_CountObjects(page_object)):
            yield from _with_parts(raw.FPDFFormObj_GetObject(page_object, index), depth + 1)


def _may_be_unseen(text: object) -> bool:
    if raw.FPDFTextObj_GetTextRenderMode(text) in _INVISIBLE or raw.FPDFPageObj_CountMarks(text) > 0:
        return True
    colours = [ctypes.c_uint() for _ in range(4)]
    known = raw.FPDFPageObj_GetFillColor(text, *colours)
    *shades, alpha = (colour.value for colour in colours)
    return bool(known) and (min(shades) >= _NEARLY_WHITE or alpha == 0)


def clip_of(page_object: object) -> Box | None:
    """The box around what the object's clip paths leave of it; None for an object without any."""
    clip = raw.FPDFPageObj_GetClipPath(page_object)
    n_paths = raw.FPDFClipPath_CountPaths(clip) if clip else -1
    if not 0 < n_paths <= _MOST_PATHS:
        return None
    boxes = [_around(clip, at) for at in range(n_paths)]
    left, bottom, right, top = zip(*boxes, strict=True)
    return max(left), max(bottom), min(right), min(top)


def paths(page: pypdfium2.PdfPage, are_wanted: Callable[[Box], bool]) -> Iterator[Box]:
    """The seen parts of filled and stroked shapes for which `are_wanted` holds."""
    for page_object, kind in _objects(page):
        if kind == raw.FPDF_PAGEOBJ_PATH:
            box, clip = bounds(page_object), clip_of(page_object)
            shown = _common(box, clip) if clip else box
            if are_wanted(shown):
                yield shown


def cut_away(page: pypdfium2.PdfPage) -> dict[int, Box]:
    """The boxes to which pieces of text are cut that reach beyond them, by address."""
    found = {}
    for piece in text_objects(page):
        if _is_cut(piece) and (clip := clip_of(piece)) is not None:
            found[address(piece)] = clip
    return found


def _around(clip: object, path: int) -> Box:
    """The box around one path. A path without points leaves nothing."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points = []
    for at in range(min(raw.FPDFClipPath_CountPathSegments(clip, path), _MOST_SEGMENTS)):
        raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, path, at), x, y)
        points.append((x.value, y.value))
    if not points:
        return 0.0, 0.0, 0.0, 0.0
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _is_cut(text: object) -> bool:
    clip = clip_of(text)
    return clip is not None and not _covers(clip, bounds(text))


def bounds(page_object: object) -> Box:
    sides = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(page_object, *sides)
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top


def _is_cover(path: object) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    left, bottom, right, top = bounds(path)
    return fill.value != 0 and top - bottom >= _COVER_HEIGHT and right - left >= _COVER_WIDTH


def _covers(cover: Box, text: Box) -> bool:
    slack = 1.0
    return (
        cover[0] <= text[0] + slack
        and cover[1] <= text[1] + slack
        and cover[2] >= text[2] - slack
        and cover[3] >= text[3] - slack
    )


def _pixels(page: pypdfium2.PdfPage) -> tuple[bytes, int, int]:
    bitmap = page.render(scale=_SCALE, grayscale=True)
    pixels = bytes(bitmap.buffer)
    stride, height = bitmap.stride, bitmap.height
    bitmap.close()
    return pixels, stride, height


def _is_same(one: bytes, other: bytes, stride: int, height: int, box: Box) -> bool:
    left, bottom, right, top = box
    first, last = max(0, int(left * _SCALE)), min(stride, int(right * _SCALE) + 1)
    rows = range(max(0, height - int(top * _SCALE) - 1), min(height, height - int(bottom * _SCALE) + 1))
    return all(
        one[y * stride + first : y * stride + last] == other[y * stride + first : y * stride + last] for y in rows
    )
