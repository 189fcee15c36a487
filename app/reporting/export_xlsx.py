"""Marks and figures as a workbook: Summary, Questions, Tries, Definitions. openpyxl is imported with this module."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from app.agreement.answer import ExamAgreement, MarkerAgreement
from app.agreement.definitions import DEFINITIONS
from app.marks.formulas import harmless
from app.reporting.boundaries import Boundary
from app.reporting.class_files import comments, grade_rows, wide_rows
from app.reporting.class_list import ClassList
from app.reporting.export_csv import COLUMNS, status_of

_FIGURES = ("exact", "within_tolerance", "mae", "bias", "smd", "pearson", "qwk")
_WIDEST = 60

Rows = Iterator[Sequence[Any]]


def workbook(
    found: ClassList, agreement: ExamAgreement, rows: Sequence[Mapping[str, Any]], boundaries: tuple[Boundary, ...] = ()
) -> bytes:
    """The class list first, grades beside it where there are boundaries; `rows` are the long rows of the CSV export."""
    book = Workbook(write_only=True)
    _sheet(book, "Class list", wide_rows(found), {(row, column): why for row, column, why in comments(found)})
    if boundaries:
        _sheet(book, "Grades", grade_rows(found, boundaries))
    _sheet(book, "Summary", _summary(found.title, agreement))
    _sheet(book, "Questions", _questions(agreement))
    _sheet(book, "Tries", _tries(rows))
    _sheet(book, "Definitions", iter([("figure", "definition"), *DEFINITIONS.items()]))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(book: Workbook, name: str, rows: Rows, notes: Mapping[tuple[int, int], str] = {}) -> None:
    sheet = book.create_sheet(name)
    cells = [[_storable(harmless(value)) for value in row] for row in rows]
    widths = [max(len(str(value)) for value in column) for column in zip(*cells, strict=False)]
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = min(width + 2, _WIDEST)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(cells, start=1):
        noted = [_noted(sheet, value, notes.get((number, place))) for place, value in enumerate(row, start=1)]
        sheet.append([_bold(sheet, value) for value in row] if number == 1 else noted)


def _storable(value: Any) -> Any:
    """XML, and so a workbook, holds no control characters."""
    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value


def _noted(sheet: Any, value: Any, note: str | None) -> Any:
    """The value itself, or a cell that says why it is empty."""
    if note is None:
        return value
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - needed for empty marks alone

    cell = WriteOnlyCell(sheet, value)
    cell.comment = Comment(_storable(note), "Secondmark")
    return cell


def _bold(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - needed for the header alone

    cell = WriteOnlyCell(sheet, value)
    cell.font = Font(bold=True)
    return cell


def _summary(title: str, agreement: ExamAgreement) -> Rows:
    yield ("marker", "scripts", *_headers(), "trust", "cost_usd_per_script", "seconds_per_script", "exam")
    for marker in (*agreement.markers, *agreement.consensus):
        yield (
            marker.marker,
            marker.overall.n_scripts,
            *_figures(marker.overall.figures),
            marker.trust_card.verdict.value,
            marker.cost_usd_per_script,
            marker.seconds_per_script,
            title,
        )


def _questions(agreement: ExamAgreement) -> Rows:
    yield ("question_id", "marker", "unit", *_headers())
    for marker in (*agreement.markers, *agreement.consensus):
        yield from _per_question(marker)


def _per_question(marker: MarkerAgreement) -> Rows:
    for question_id, part in marker.per_question.items():
        yield (question_id, marker.marker, part.unit, *_figures(part.figures))


def _headers() -> Iterator[str]:
    for name in _FIGURES:
        yield from (name, f"{name}_low", f"{name}_high", f"{name}_n")


def _figures(figures: Mapping[str, Any]) -> Iterator[Any]:
    for name in _FIGURES:
        figure = figures[name]
        low, high = figure.interval or (None, None)
        yield from (figure.value, low, high, figure.n)


def _tries(rows: Sequence[Mapping[str, Any]]) -> Rows:
    yield COLUMNS
    for row in rows:
        yield tuple({**row, "status": status_of(dict(row))}[name] for name in COLUMNS)
