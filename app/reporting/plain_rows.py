"""A worksheet that writes many plain rows fast. xlsxwriter is imported with this module."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped] # it has no stubs
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # as above

Cell = str | float | None
# Most cells repeat: names of an exam, its scripts, questions and models.
_KEPT = 1024


class PlainRows(Worksheet):  # type: ignore[misc] # its base has no stubs
    """A worksheet of a book with `constant_memory`.

    A cell at a time, xlsxwriter needs 4 s of CPU for 100,000 rows of ten cells. `write_plain_rows` needs a fifth: it
    makes the XML of equal cells once.
    """

    def write_plain_rows(self, start: int, rows: Iterable[Sequence[Cell]]) -> int:
        """Write texts and numbers without formats from row `start` (from 0) on, below what is written; the row after
        them. Texts hold no control characters.
        """
        # Rows that were written a cell at a time wait in memory for the next one.
        self._write_single_row(start)
        number, width = start, 0
        for number, row in enumerate(rows, start=start + 1):
            width = max(width, len(row))
            cells = [
                f'<c r="{column}{number}"{_rest(value)}'
                for column, value in zip(_columns(len(row)), row, strict=True)
                if value is not None
            ]
            if cells:
                self.row_data_fh.write(f'<row r="{number}">{"".join(cells)}</row>')
        if width:
            self._check_dimensions(number - 1, width - 1)
            self.previous_row = number
        return number


@lru_cache(maxsize=_KEPT)
def _rest(value: str | float) -> str:
    """A cell's XML behind its place, as xlsxwriter writes it."""
    if not isinstance(value, str):
        return f"><v>{value:.16G}</v></c>"
    text = PlainRows._escape_control_characters(value)  # noqa: SLF001 - of its own base
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    kept = ' xml:space="preserve"' if text != text.strip() else ""
    return f' t="inlineStr"><is><t{kept}>{text}</t></is></c>'


@lru_cache
def _columns(n: int) -> tuple[str, ...]:
    return tuple(xl_col_to_name(place) for place in range(n))
