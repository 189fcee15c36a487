"""What programs write as a table is read as the same cells, or refused with its line."""

import io

import pytest

from app.mark_tables.numbers import NOT_CALCULATED
from app.mark_tables.reading import read_tables
from app.mark_tables.table import TableRefusedError
from tests.mark_tables.tables import csv_tables, xlsx_tables

CELLS = [["anna", "1,5"], ["Zoë", "2"]]


def cells(tables):
    return [list(row.cells) for row in tables[0].rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize(
    "text",
    [
        'script,1a\nanna,"1,5"\nZoë,2\n',
        "script;1a\r\nanna;1,5\r\nZoë;2\r\n",
        "script\t1a\nanna\t1,5\nZoë\t2",
        "sep=;\nscript;1a\nanna;1,5\nZoë;2\n",
        "\n\nscript;1a;;\n;;;\nanna;1,5;;\nZoë;2;;\n;;;\n",
    ],
)
def test_every_delimiter_and_encoding_gives_the_same_cells(text, encoding):
    assert cells(csv_tables(text, encoding)) == CELLS


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a,b\n1,2\n1,2,3\n", 3, "more fields than columns: 3 and 2; a number with a decimal comma"),
        ("a,b\n1,2,x\n", 2, "more fields than columns"),
        ("a,b\n1\n", 2, "fewer fields than columns: 1 and 2"),
        ("a,,c\n1,2,3\n", 2, "column 2 has no name in the header and holds '2'"),
        ('a,b\n1,"2\n3,4\n', 2, "the file is no CSV"),
        ('sep=,\na,b\n1,"2"x\n', 3, "the file is no CSV"),
    ],
)
def test_what_does_not_fit_the_header_is_refused_with_its_line(text, line, said):
    with pytest.raises(TableRefusedError) as refused:
        cells(csv_tables(text))

    assert refused.value.problems[0]["line"] == line
    assert said in refused.value.problems[0]["message"]


def test_bytes_that_fit_no_encoding_are_refused():
    with pytest.raises(TableRefusedError, match="the file is no text in cp1252"):
        cells(read_tables(io.BytesIO(b"a,b\n\x81,2\n")))


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (42, "0000", "0042"),
        (42, "General", "42"),
        (1.5, "General", "1.5"),
        (1.1, "0.00", "1.10"),
        (1.25, "0.0", "1.25"),
        (1.5, "0", "1.5"),
        (3.0, "General", "3"),
        (0.5, "0%", "50%"),
        (True, "General", "TRUE"),
        ("'=1a", "@", "'=1a"),
    ],
)
def test_a_cell_of_a_workbook_is_what_a_person_sees_and_never_rounded(value, shown_as, text):
    tables = xlsx_tables({"Marks": [["script"], [value]]}, {"A2": shown_as})

    assert cells(tables) == [[text]]


def test_a_formula_that_was_never_calculated_is_no_empty_cell():
    tables = xlsx_tables({"Marks": [["script", "1a"], ["anna", "=1+1"]]})

    assert cells(tables) == [["anna", NOT_CALCULATED]]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_workbook_of_today_says_what_to_do(content):
    with pytest.raises(TableRefusedError, match=r"damaged|save it as"):
        read_tables(io.BytesIO(content))


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(monkeypatch):
    monkeypatch.setattr("app.mark_tables.workbook.LARGEST_UNPACKED_BYTES", 100)

    with pytest.raises(TableRefusedError, match="unpacks to more than"):
        xlsx_tables({"Marks": [["script"], ["anna"]]})
