"""What every plot is made of: a frame with its text alternative, scales and ticks."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.reporting.markup import Html, join, tag

# Fits a phone (390 px less margins) without being scaled, so that text keeps its size.
WIDTH = 356
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` on pixels from `start` to `end`; `log` for positive values only."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        share = (min(max(at, low), high) - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 5) -> list[float]:
        """Round values in range; of a log scale 1, 2 and 5 of each power of ten, or the powers only."""
        if self.log:
            return _log_ticks(self.low, self.high, most)
        step = _step((self.high - self.low) / max(most, 1))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def _step(least: float) -> float:
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in _STEPS if power * factor >= least * (1 - 1e-9))


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        found = [f * 10.0**p for p in powers for f in factors if low * 0.999 <= f * 10.0**p <= high * 1.001]
        if len(found) <= most:
            break
    return found


def svg(key: str, height: float, title: str, description: str, *children: str, width: float = WIDTH) -> Html:
    """`key` is unique in the page. `description` says what the plot shows to those who cannot see it."""
    return tag(
        "svg",
        tag("title", title, id=f"{key}-title"),
        tag("desc", description, id=f"{key}-desc"),
        *children,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
    )


def label(x: float, y: float, words: str, class_: str | None = None, anchor: str | None = None) -> Html:
    return tag("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def circle(x: float, y: float, radius: float, class_: str, title: str | None = None) -> Html:
    return tag("circle", *([tag("title", title)] if title else []), cx=x, cy=y, r=radius, class_=class_)


def dots(points: Iterable[tuple[float, float]], class_: str) -> Html:
    """Many dots as one path, 12 bytes each; the width of the stroke is their size."""
    return tag("path", d="".join(f"M{x:.1f} {y:.1f}h0" for x, y in points), class_=class_)


def x_axis(scale: Scale, y: float, top: float, said: Callable[[float], str], most: int = 5) -> Html:
    """Ticks below `y`, grid lines up to `top`."""
    parts = []
    for tick in scale.ticks(most):
        x = scale(tick)
        parts += [line(x, top, x, y, "grid"), label(x, y + 15, said(tick), "tick", "middle")]
    return join(*parts, line(scale.start, y, scale.end, y, "axis"))


def y_axis(scale: Scale, x: float, right: float, said: Callable[[float], str], most: int = 5) -> Html:
    """Ticks left of `x`, grid lines to `right`."""
    parts = []
    for tick in scale.ticks(most):
        y = scale(tick)
        parts += [line(x, y, right, y, "grid"), label(x - 5, y + 4, said(tick), "tick", "end")]
    return join(*parts, line(x, scale.start, x, scale.end, "axis"))
