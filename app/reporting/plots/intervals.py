"""Values with their intervals, one marker below the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.agreement.figures import Evidence, Figure
from app.reporting.markup import Html, join
from app.reporting.svg import WIDTH, Scale, circle, label, line, svg, x_axis
from app.reporting.words import reserve, shortened

_ROW, _INLINE, _HEAD = 38, 20, 22
_LEFT, _RIGHT = 16, WIDTH - 18
_INLINE_LEFT = 92


@dataclass(frozen=True)
class Line:
    """`heading` stands alone above lines that belong to it, whose labels then are short."""

    label: str
    figure: Figure
    evidence: Evidence
    heading: str | None = None


@dataclass(frozen=True)
class Threshold:
    value: float
    words: str


def interval_plot(
    key: str,
    title: str,
    rows: Sequence[Line],
    *,
    low: float,
    high: float,
    said: Callable[[float], str],
    thresholds: Sequence[Threshold] = (),
    inline: bool = False,
) -> Html:
    """Solid: enough scripts to judge; dashed and hollow: indicative; words only: too few."""
    scale = Scale(low, high, _INLINE_LEFT if inline else _LEFT, _RIGHT)
    top = 18.0 if thresholds else 4.0
    parts, y = [], top
    tracks = []
    for row in rows:
        if row.heading:
            y += _HEAD
            parts.append(label(_LEFT, y - 7, shortened(row.heading, 46), "name"))
        parts.append(_inline(row, scale, y, said) if inline else _stacked(row, scale, y, said))
        tracks.append(y + 9 if inline else y + 24)
        y += _INLINE if inline else _ROW
    frame = [x_axis(scale, y + 4, top, said), *(_threshold(t, scale, top, tracks) for t in thresholds)]
    return svg(key, y + 26, title, _description(rows, said), *frame, *parts)


def _stacked(row: Line, scale: Scale, y: float, said: Callable[[float], str]) -> Html:
    value = "" if row.figure.value is None or _few(row) else said(row.figure.value)
    words = [label(_LEFT, y + 12, shortened(row.label, 38), "name halo"), label(_RIGHT, y + 12, value, "value", "end")]
    return join(*words, _track(row, scale, y + 24, said))


def _inline(row: Line, scale: Scale, y: float, said: Callable[[float], str]) -> Html:
    return join(label(_LEFT + 6, y + 13, row.label, "tick"), _track(row, scale, y + 9, said))


def _track(row: Line, scale: Scale, y: float, said: Callable[[float], str]) -> Html:
    value, interval = row.figure.value, row.figure.shown
    if value is None or _few(row):
        return label(scale.start, y + 4, reserve(row.evidence) if _few(row) else (row.figure.reason or ""), "muted")
    kind = "judged" if row.evidence is Evidence.JUDGED else "indicative"
    parts = [circle(scale(value), y, 4.5, f"point {kind}", f"{row.label}: {said(value)}, n = {row.figure.n}")]
    if interval:
        low, high = scale(interval[0]), scale(interval[1])
        caps = [line(x, y - 4, x, y + 4, "bar") for x in (low, high)]
        parts = [line(low, y, high, y, f"bar {kind}"), *caps, *parts]
    return join(*parts)


def _few(row: Line) -> bool:
    return row.evidence is Evidence.DOTS


def _threshold(threshold: Threshold, scale: Scale, top: float, tracks: Sequence[float]) -> Html:
    """A stroke across each track: a line from top to bottom would strike through the names."""
    x = scale(threshold.value)
    anchor = "end" if x > WIDTH * 0.6 else "start" if x < WIDTH * 0.3 else "middle"
    strokes = [line(x, y - 9, x, y + 9, "threshold") for y in tracks]
    return join(*strokes, label(x, top - 7, threshold.words, "tick", anchor))


def _description(rows: Sequence[Line], said: Callable[[float], str]) -> str:
    return "; ".join(
        f"{row.heading or row.label}: {_in_words(row, said)}" for row in rows if not row.heading
    ) or _grouped(rows, said)


def _grouped(rows: Sequence[Line], said: Callable[[float], str]) -> str:
    return "; ".join(f"{row.heading}, {row.label}: {_in_words(row, said)}" for row in rows)


def _in_words(row: Line, said: Callable[[float], str]) -> str:
    if _few(row):
        return reserve(row.evidence)
    if row.figure.value is None:
        return row.figure.reason or ""
    interval = row.figure.shown
    between = f" ({said(interval[0])} to {said(interval[1])})" if interval else ""
    return said(row.figure.value) + between
