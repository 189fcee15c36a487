"""XLSX as text cells: the text that a person sees in a cell, not the value that the file stores."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO

from app.mark_tables.numbers import DATE, NOT_CALCULATED
from app.mark_tables.table import FindHeader, Table, refusal, table_of

ZIP_MARK = b"PK\x03\x04"
# A school's workbook unpacks to some MB. A larger one is a mistake or an attack.
LARGEST_UNPACKED_BYTES = 200 * 1024 * 1024
_ZEROS = re.compile(r"0+")
_DECIMALS = re.compile(r"[#,]*0\.(0+)")


def workbook_tables(file: BinaryIO, find: FindHeader) -> list[Table]:
    """The visible sheets that hold anything, in order. Raises TableRefusedError for a file that is no workbook."""
    content = file.read()
    _check(content)
    return [table for table in _tables(content, find) if table is not None]


def _tables(content: bytes, find: FindHeader) -> Iterator[Table | None]:
    from openpyxl import load_workbook  # noqa: PLC0415 - takes 0.3 s, for workbooks only

    try:
        values = load_workbook(io.BytesIO(content), data_only=True)
        formulas = load_workbook(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever a broken file leads it to
        raise refusal(1, f"the workbook cannot be read ({type(error).__name__}): save it again as .xlsx") from None
    for sheet, written in zip(values.worksheets, formulas.worksheets, strict=True):
        if sheet.sheet_state == "visible":
            yield table_of(sheet.title, _rows(sheet, written), find, is_sheet=True)


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names, size = archive.namelist(), sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise refusal(1, "the workbook is damaged or incomplete") from None
    if "xl/workbook.xml" not in names:
        raise refusal(1, "the file is no .xlsx workbook: save it as .xlsx or .csv")
    if size > LARGEST_UNPACKED_BYTES:
        raise refusal(1, f"the workbook unpacks to more than {LARGEST_UNPACKED_BYTES >> 20} MB")


def _rows(sheet: Any, written: Any) -> Iterator[tuple[int, Sequence[str]]]:
    for number, (row, formulas) in enumerate(zip(sheet.iter_rows(), written.iter_rows(), strict=True), start=1):
        yield number, [_cell_text(*pair) for pair in zip(row, formulas, strict=True)]


def _cell_text(cell: Any, formula: Any) -> str:
    if cell.value is None and formula.data_type == "f":
        return NOT_CALCULATED
    return text_of(cell.value, cell.number_format)


def text_of(value: object, shown_as: str = "General") -> str:
    """A cell's value as a person reads it. 0042 stays 0042, 1.10 stays 1.10; a mark of 1.5 is never shown rounded."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number_text(value, shown_as)
    if isinstance(value, datetime | date | time):
        return _date_text(value)
    return "" if value is None else str(value)


def _date_text(value: datetime | date | time) -> str:
    """Without the time of day that every date of a workbook has."""
    is_day = isinstance(value, datetime) and value.time() == time()
    return (value.date() if is_day and isinstance(value, datetime) else value).isoformat() + DATE


def _number_text(value: float, shown_as: str) -> str:
    if "%" in shown_as:
        return f"{100 * value:.10g}%"
    text = f"{value:.15g}"
    if _ZEROS.fullmatch(shown_as) and text.isdecimal():
        return text.zfill(len(shown_as))
    decimals = _DECIMALS.fullmatch(shown_as)
    if decimals and len(text.partition(".")[2]) < len(decimals[1]):
        return f"{value:.{len(decimals[1])}f}"
    return text
