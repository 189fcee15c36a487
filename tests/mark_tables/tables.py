"""Files of marks as bytes."""

import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook

from app.mark_tables.reading import read_tables
from app.mark_tables.table import Table


def csv_tables(text: str, encoding: str = "utf-8") -> list[Table]:
    return read_tables(io.BytesIO(text.encode(encoding)))


def xlsx_bytes(sheets: Mapping[str, Sequence[Sequence[object]]], formats: Mapping[str, str] | None = None) -> bytes:
    """A workbook; `formats` are number formats by cell of the first sheet."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for cell, shown_as in (formats or {}).items():
        book.worksheets[0][cell].number_format = shown_as
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx_tables(
    sheets: Mapping[str, Sequence[Sequence[object]]], formats: Mapping[str, str] | None = None
) -> list[Table]:
    return read_tables(io.BytesIO(xlsx_bytes(sheets, formats)))
