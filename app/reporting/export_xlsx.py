"""Marks and figures as a workbook, written row by row to a file. xlsxwriter and numpy are imported with this module."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped] # it has no stubs

from app.agreement.answer import ExamAgreement, MarkerAgreement
from app.agreement.definitions import DEFINITIONS
from app.marks.formulas import harmless
from app.reporting.boundaries import Boundary
from app.reporting.class_files import comments, grade_rows, wide_rows
from app.reporting.class_list import ClassList
from app.reporting.export_csv import COLUMNS
from app.reporting.plain_rows import PlainRows

_FIGURES = ("exact", "within_tolerance", "mae", "bias", "smd", "pearson", "qwk")
_WIDEST = 60
# Of a sheet: columns are as wide as the widest of so many cells.
_MEASURED_ROWS = 500
# Most cells repeat: names of an exam, its scripts, questions and models.
_KEPT = 1024
# What a cell may hold.
_LONGEST = 32_767
# XML, and so a workbook, holds no control characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Rows = Iterator[Sequence[Any]]


class MarksWorkbook:
    """Sheets Class list, Grades where there are boundaries, Summary, Questions, Tries, Definitions.

    Rows go to temporary files at once, so that the memory does not grow with them. `close` writes the file.
    """

    def __init__(
        self, path: Path, found: ClassList, agreement: ExamAgreement, boundaries: tuple[Boundary, ...] = ()
    ) -> None:
        as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent), **as_text})
        self._bold = self._book.add_format({"bold": True})
        notes = {(row - 1, column - 1): why for row, column, why in comments(found)}
        self._sheet("Class list", wide_rows(found), notes)
        if boundaries:
            self._sheet("Grades", grade_rows(found, boundaries))
        self._sheet("Summary", _summary(found.title, agreement))
        self._sheet("Questions", _questions(agreement))
        self._tries = self._sheet("Tries", iter([COLUMNS]))
        self._n_tries = 1

    def add_tries(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """`rows` are long rows of the CSV export, in order."""
        cells = ([_cell(row[name]) for name in COLUMNS] for row in rows)
        self._n_tries = self._tries.write_plain_rows(self._n_tries, cells)

    def close(self) -> None:
        self._sheet("Definitions", iter([("figure", "definition"), *DEFINITIONS.items()]))
        self._book.close()

    def discard(self) -> None:
        """Close the temporary files of a workbook that will not be written."""
        for sheet in self._book.worksheets():
            if sheet.row_data_fh is not None:
                sheet.row_data_fh.close()
        self._book.fileclosed = True

    def _sheet(self, name: str, rows: Rows, notes: Mapping[tuple[int, int], str] = {}) -> PlainRows:
        sheet: PlainRows = self._book.add_worksheet(name, PlainRows)
        sheet.freeze_panes(1, 0)
        widths: dict[int, int] = {}
        for number, row in enumerate(rows):
            if number < _MEASURED_ROWS:
                for place, value in enumerate(row):
                    widths[place] = max(widths.get(place, 0), len(str(value)))
            _write(sheet, number, row, self._bold if number == 0 else None)
            # A book that keeps no rows drops a comment on a row before the last written one.
            for place in range(len(row)):
                if (number, place) in notes:
                    sheet.write_comment(number, place, _storable(notes[number, place]), {"author": "Secondmark"})
        for place, width in widths.items():
            sheet.set_column(place, place, min(width + 2, _WIDEST))
        return sheet


def _write(sheet: PlainRows, number: int, row: Sequence[Any], look: Any = None) -> None:
    for place, value in enumerate(row):
        cell = _cell(value)
        if isinstance(cell, str):
            sheet.write_string(number, place, cell, look)
        elif cell is not None:
            sheet.write(number, place, cell, look)


@lru_cache(maxsize=_KEPT, typed=True)
def _cell(value: Any) -> Any:
    """What a cell holds: a text that no spreadsheet runs and every workbook can hold; any other value as it is."""
    safe = harmless(value)
    return _storable(safe)[:_LONGEST] if isinstance(safe, str) else safe


def _storable(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


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
        low, high = figure.shown or (None, None)
        yield from (figure.value, low, high, figure.n)
