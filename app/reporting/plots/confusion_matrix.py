"""The human's marks in rows, one marker's in columns; the diagonal is framed."""

from app.reporting.confusion import Confusion
from app.reporting.markup import Html, join, tag
from app.reporting.svg import label, svg
from app.reporting.words import shortened

_LEFT, _TOP, _ROW, _WIDTH = 62, 56, 34, 300
_NARROWEST = 252
_STEPS = (0, 0.05, 0.15, 0.3, 0.5, 0.8)


def confusion_plot(key: str, marker: str, found: Confusion) -> Html:
    """Shaded by the share of the human's row."""
    n = len(found.categories)
    cell = min(60.0, (_WIDTH - _LEFT - 8) / n)
    heads = [
        label(_LEFT + cell * (i + 0.5), _TOP - 6, name, "tick", "middle") for i, name in enumerate(found.categories)
    ]
    rows = [_row(found, row, cell) for row in range(n)]
    words = [
        label(6, 16, shortened(marker, 32), "name"),
        label(_LEFT, _TOP - 22, "marker gave", "tick"),
        label(6, _TOP - 6, "human", "tick"),
    ]
    about = "; ".join(
        f"human {name}: " + ", ".join(f"{c} {other}" for other, c in zip(found.categories, row, strict=True))
        for name, row in zip(found.categories, found.counts, strict=True)
    )
    title, width = f"Marks of the human and of {marker}", max(_NARROWEST, _LEFT + cell * n + 8)
    return svg(key, _TOP + _ROW * n + 6, title, about, *words, *heads, *rows, width=width)


def _row(found: Confusion, row: int, cell: float) -> Html:
    counts = found.counts[row]
    y, total = _TOP + _ROW * row, sum(counts)
    parts = [label(_LEFT - 8, y + 21, found.categories[row], "tick", "end")]
    for column, times in enumerate(counts):
        shade = f"c{sum(times > step * total for step in _STEPS)}" if total else "c0"
        x = _LEFT + cell * column
        kind = f"cell {shade}{' same' if column == row else ''}"
        parts.append(tag("rect", x=x + 1.5, y=y + 1.5, width=cell - 3, height=_ROW - 3, rx=4, class_=kind))
        parts.append(label(x + cell / 2, y + 21, str(times), f"in-{shade} count", "middle"))
    return join(*parts)
