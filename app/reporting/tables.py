"""Tables that scroll sideways on a phone and repeat their head in print."""

import re
from collections.abc import Iterable, Sequence

from app.reporting.markup import Html, join, tag

_MARKUP = re.compile("<[^>]*>")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str | None = None, class_: str = "") -> Html:
    """The first cell of each row is its heading. A column of nothing but dashes is left out."""
    head, rows = _without_empty_columns(head, [list(row) for row in rows])
    top = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head)))
    body = tag("tbody", *(_row(row) for row in rows))
    parts = [tag("caption", caption)] if caption else []
    # Focusable, so that it can be scrolled from the keyboard.
    return tag("div", tag("table", *parts, top, body, class_=class_ or None), class_="scroll", tabindex="0")


def _without_empty_columns(head: Sequence[str], rows: list[list[str]]) -> tuple[Sequence[str], list[list[str]]]:
    kept = [i for i in range(len(head)) if i == 0 or not rows or any(_says(row[i]) for row in rows)]
    return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]


def _says(cell: str) -> bool:
    return _MARKUP.sub("", cell).strip() not in {"", "–"}


def _row(cells: Sequence[str]) -> Html:
    return tag("tr", tag("th", cells[0], scope="row"), *(tag("td", cell) for cell in cells[1:]))


def beside(plot: str, *others: str) -> Html:
    """A plot and what stands beside it on a wide screen, below it on a narrow one."""
    return tag("div", tag("figure", plot), tag("div", *others, class_="next"), class_="beside")


def several(plots: Iterable[str]) -> Html:
    """Plots of one kind, as many in a row as there is room for."""
    return tag("div", *(tag("figure", plot) for plot in plots), class_="several")


def more(summary: str, *content: str, opened: bool = False, class_: str | None = None) -> Html:
    body = join(*content)
    return tag("details", tag("summary", summary), body, class_=class_, **({"open": ""} if opened else {}))


def section(key: str, heading: str, term: str, *content: str) -> Html:
    """`heading` for everyone, `term` for those who know the field's word."""
    title = tag("h2", heading, " ", tag("small", term) if term else Html(""))
    return tag("section", title, *content, id=key, aria_label=heading)
