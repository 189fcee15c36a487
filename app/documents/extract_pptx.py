"""The text of a PPTX, by python-pptx: a page for each slide, its shapes in their order; speaker notes are left out."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pptx import Presentation
from pptx.exc import PythonPptxError

from app.documents.archive import Archive
from app.documents.extraction import ExtractionError, ExtractionLimits, Page, Refusal, clean
from app.documents.left_out import Left, LeftOut
from app.documents.notation import lowered, raised

_DEEPEST = 50


def read_pptx(data: bytes, limits: ExtractionLimits, left_out: LeftOut) -> Iterator[Page]:
    """Raises ExtractionError: damaged, a bomb, too many slides."""
    archive = Archive(data, limits)
    # What the library will unpack is measured before it does.
    for name in sorted(archive.names):
        if name.endswith((".xml", ".rels")):
            archive.read(name)
    try:
        slides = list(Presentation(io.BytesIO(data)).slides)
        if len(slides) > limits.max_pages:
            raise ExtractionError(
                Refusal.TOO_MANY_PAGES,
                f"The presentation has {len(slides)} slides; at most {limits.max_pages} are read.",
            )
        pages = [_slide(slide, number, left_out) for number, slide in enumerate(slides, start=1)]
    except (PythonPptxError, ValueError, KeyError, TypeError, AttributeError, OSError, SyntaxError):
        # What lxml and python-pptx raise on a part that is not what it should be; lxml's errors are SyntaxErrors.
        raise ExtractionError(Refusal.CORRUPT, "The presentation is damaged and cannot be read.") from None
    yield from (Page(number, clean(text).strip()) for number, text in enumerate(pages, start=1))


def _slide(slide: Any, number: int, left_out: LeftOut) -> str:
    if slide.element.get("show") == "0":
        left_out.add(Left.HIDDEN, page=number)
        return ""
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        left_out.add(Left.NOTES, int(bool(slide.notes_slide.notes_text_frame.text.strip())), page=number)
    return "\n\n".join(filter(None, _shapes(slide.shapes, number, left_out, 0)))


def _shapes(shapes: Iterable[Any], number: int, left_out: LeftOut, depth: int) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            yield from _shapes(shape.shapes, number, left_out, depth + 1)
        elif getattr(shape, "has_table", False):
            rows = (
                " | ".join(" ".join(_frame(cell.text_frame).split()) for cell in row.cells) for row in shape.table.rows
            )
            yield "\n".join(rows)
        elif getattr(shape, "has_text_frame", False):
            yield _frame(shape.text_frame)
        else:
            left_out.add(Left.PICTURES, page=number)


def _frame(frame: Any) -> str:
    return "\n".join("".join(map(_run, paragraph._p)) for paragraph in frame.paragraphs).strip()  # noqa: SLF001 - the order of runs, breaks and fields is in the XML alone


def _run(element: Any) -> str:
    tag = str(element.tag).rpartition("}")[2]
    if tag == "br":
        return "\n"
    if tag not in {"r", "fld"}:
        return ""
    text = "".join(part.text or "" for part in element if str(part.tag).endswith("}t"))
    properties = next((part for part in element if str(part.tag).endswith("}rPr")), None)
    shift = str(properties.get("baseline") or "0") if properties is not None else "0"
    return lowered(text) if shift.startswith("-") else raised(text) if shift.strip("0%") else text
