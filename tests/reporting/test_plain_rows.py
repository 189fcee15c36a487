"""Rows that are written fast are the rows that xlsxwriter itself writes."""

import zipfile

from openpyxl import load_workbook
from xlsxwriter import Workbook

from app.reporting.plain_rows import PlainRows

ROWS = [
    ["plain", 1, 2.5, None, "a & b < c > \"d\" 'e'"],
    ["  kept  ", -0.1, 1e-300, "two\nlines", "tab\t"],
    ["_x0041_", 12345678.91, 0, "é 漢字 \U0001f600", ""],
    [None, None, None, None, None],
    ["<r>rich?", 0.1 + 0.2, 7, "\u00a0", "=1+1"],
]


def test_they_are_the_same_to_the_byte_as_cells_written_one_by_one(tmp_path):
    slow = sheet_of(tmp_path / "slow.xlsx", one_by_one)
    fast = sheet_of(tmp_path / "fast.xlsx", lambda sheet: sheet.write_plain_rows(1, ROWS))

    assert fast == slow


def test_a_text_that_looks_like_mark_up_stays_a_text(tmp_path):
    path = tmp_path / "book.xlsx"
    sheet_of(path, lambda sheet: sheet.write_plain_rows(1, [["<r><t>bold</t></r>"]]))

    assert load_workbook(path)["Marks"]["A2"].value == "<r><t>bold</t></r>"


def test_rows_of_several_calls_follow_each_other_and_cells_may_follow_them(tmp_path):
    def write(sheet):
        after = sheet.write_plain_rows(sheet.write_plain_rows(1, ROWS[:2]), ROWS[2:3])
        after = sheet.write_plain_rows(after, [])
        sheet.write_string(after, 0, "last")

    def slowly(sheet):
        one_by_one(sheet, ROWS[:3])
        sheet.write_string(4, 0, "last")

    assert sheet_of(tmp_path / "fast.xlsx", write) == sheet_of(tmp_path / "slow.xlsx", slowly)


def one_by_one(sheet, rows=ROWS):
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            elif value is not None:
                sheet.write(number, place, value)


def sheet_of(path, write) -> str:
    """The XML of a sheet with a bold head and the rows."""
    book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    sheet = book.add_worksheet("Marks", PlainRows)
    sheet.write_string(0, 0, "head", book.add_format({"bold": True}))
    write(sheet)
    book.close()
    with zipfile.ZipFile(path) as files:
        return files.read("xl/worksheets/sheet1.xml").decode()
