"""CSV as programs write it: comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from app.mark_tables.table import refusal

_DELIMITERS = (",", ";", "\t")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 4096
# How many lines decide on the delimiter.
_LOOKED_AT = 25


def csv_rows(file: BinaryIO, line_read: Callable[[], None]) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of a file with the line each ends at. `line_read` is called for every line that was read.

    Raises TableRefusedError where the text or its quotes cannot be read.
    """
    encoding = encoding_of(file)
    with io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        yield from _rows(_counted(text, line_read), encoding)


def _rows(lines: Iterator[str], encoding: str) -> Iterator[tuple[int, Sequence[str]]]:
    line = 1
    try:
        first, n_blank = _first(lines)
        line += n_blank
        if first.lower().startswith("sep=") and len(first.strip()) <= len("sep=;"):
            # A line that Excel writes and reads. A tab is stripped together with the blanks.
            delimiter, n_blank = first.strip()[4:] or "\t", n_blank + 1
            ahead = list(islice(lines, 1))
        else:
            ahead = [first, *islice(lines, _LOOKED_AT - 1)]
            delimiter = delimiter_of(ahead)
        reader = csv.reader(chain(ahead, lines), delimiter=delimiter, strict=True)
        for row in reader:
            line = reader.line_num + n_blank
            yield line, row
    except csv.Error as error:
        raise refusal(line + 1, f"the file is no CSV: {error}") from None
    except UnicodeDecodeError:
        raise refusal(line, f"the file is no text in {encoding}") from None


def _first(lines: Iterator[str]) -> tuple[str, int]:
    """The first line that holds anything, and how many stand before it."""
    n_blank = 0
    for line in lines:
        if line.strip("\r\n ;,\t"):
            return line, n_blank
        n_blank += 1
    return "", n_blank


def _counted(lines: Iterator[str], line_read: Callable[[], None]) -> Iterator[str]:
    for line in lines:
        line_read()
        yield line


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that most lines hold equally often, outside quotes; a comma where none holds any.

    A title may hold a comma, and so may marks; but in no other way than by its delimiter have all lines as many fields.
    """
    outside = ["".join(line.split('"')[::2]) for line in lines]

    def evenness(delimiter: str) -> tuple[int, int]:
        counted = Counter(count for line in outside if (count := line.count(delimiter)))
        return max(((n_lines, count) for count, n_lines in counted.items()), default=(0, 0))

    return max(_DELIMITERS, key=evenness)


def encoding_of(file: BinaryIO) -> str:
    """The name of the encoding, by byte order mark, by zero bytes, or because every byte of the file fits UTF-8."""
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        # Letters of Europe have their zero byte second in little endian; a NUL among text is neither.
        if max(even, odd) > len(head) // 4:
            return "utf-16-le" if odd > even else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"
