"""From a file to its tables, by content: a workbook, or text."""

from collections.abc import Callable, Collection
from functools import partial
from typing import BinaryIO

from app.mark_tables.csv_text import csv_rows
from app.mark_tables.headers import header_row
from app.mark_tables.table import Table, refusal, table_of
from app.mark_tables.workbook import ZIP_MARK, workbook_tables

# What Excel wrote until 2007, and what it writes for a workbook with a password.
_OLE_MARK = b"\xd0\xcf\x11\xe0"


def read_tables(
    file: BinaryIO, line_read: Callable[[], None] = lambda: None, known_questions: Collection[str] = ()
) -> list[Table]:
    """The tables of a file, in order; none where it is empty. `line_read` is called for every line that was read.

    `known_questions` tell a row of names from a title above it. Raises TableRefusedError. The rows of the tables are
    read from the file while they are used.
    """
    find = partial(header_row, known_questions=known_questions)
    head = file.read(len(ZIP_MARK))
    file.seek(0)
    if head == ZIP_MARK:
        return workbook_tables(file, find)
    if head == _OLE_MARK:
        raise refusal(1, "the file is an old .xls workbook or has a password: save it as .xlsx without one")
    table = table_of("", csv_rows(file, line_read), find)
    return [] if table is None else [table]
