"""One student's hand: words from `glyphs`, with the slant, the wobble and the pressure of a pen.

Lengths are in pixels of the finished page; y grows downwards. The same random generator draws the same strokes.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from PIL import ImageDraw

from app.samples.glyphs import ENTRIES, EXITS, GLYPHS, Point, width

Colour = tuple[int, int, int]

_STEPS = 7  # points between two given ones: at 12 pixels a letter the polygon is no longer visible


@dataclass(frozen=True, slots=True)
class Hand:
    """`unit` is a tenth of the height of a small letter, in pixels; `gap` and `space` are in units."""

    ink: Colour = (34, 54, 148)
    unit: float = 1.2
    slant: float = 0.15
    jitter: float = 0.4
    pen: float = 2.3
    joined: float = 0.6
    gap: float = 3.2
    space: float = 9.0
    drift: float = 1.5
    narrow: float = 1.0

    def smaller(self, factor: float) -> "Hand":
        return replace(self, unit=self.unit * factor, pen=self.pen * math.sqrt(factor))

    def scrawled(self) -> "Hand":
        """The same hand in a hurry: its words are hardly readable."""
        return replace(self, jitter=self.jitter + 1.7, narrow=self.narrow * 0.8, gap=self.gap * 0.5, joined=1.0)

    def measure(self, word: str) -> float:
        """About how wide the word is written."""
        return self.unit * sum(width(character) * self.narrow + self.gap for character in word)


class Pen:
    """Puts a hand's strokes on a drawing that is `scale` times as large as the page."""

    def __init__(self, draw: ImageDraw.ImageDraw, scale: int, rng: Random) -> None:
        self._draw = draw
        self._scale = scale
        self._rng = rng

    def word(self, hand: Hand, word: str, at: Point) -> float:
        """Write `word` from `at` on the baseline. Gives the x of its end."""
        x, y = at
        slope = self._rng.gauss(0, 0.012)
        size = self._rng.gauss(1, 0.035)
        hand = replace(hand, unit=hand.unit * size, slant=hand.slant + self._rng.gauss(0, 0.03))
        end: Point | None = None
        for index, character in enumerate(word):
            baseline = y + slope * (x - at[0]) + self._rng.gauss(0, 0.45)
            strokes = [self._placed(hand, stroke, (x, baseline)) for stroke in GLYPHS[character]]
            if end is not None and self._joins(hand, word[index - 1], character):
                strokes[0] = [end, *strokes[0]]
            for stroke in strokes:
                self.stroke(hand, stroke)
            end = strokes[0][-1]
            x += hand.unit * (width(character) * hand.narrow + hand.gap + self._rng.gauss(0, 0.5))
        return x

    def cross_out(self, hand: Hand, start: Point, end_x: float) -> None:
        """Strike the words between out, with one line, two lines or a zigzag."""
        x, y = start
        middle = y - 5 * hand.unit
        offsets = self._rng.choice([(), (0.0,), (-2.5, 2.0)])
        if not offsets:
            teeth = max(4, int((end_x - x) / (5 * hand.unit)))
            xs = [x + (end_x - x) * i / teeth for i in range(teeth + 1)]
            self.stroke(hand, [(px, middle + (7 if i % 2 else -6) * hand.unit * 0.8) for i, px in enumerate(xs)])
            return
        for offset in offsets:
            left, right = x - 4 + self._rng.gauss(0, 2), end_x + self._rng.gauss(0, 2)
            height = middle + offset * hand.unit
            tilt = self._rng.gauss(0, 2)
            self.stroke(hand, [(left, height + tilt), ((left + right) / 2, height + 1), (right, height - tilt)])

    def caret(self, hand: Hand, at: Point) -> None:
        x, y = at
        self.stroke(hand, [(x - 4, y + 4), (x, y - 6), (x, y - 6), (x + 4, y + 4)])

    def stroke(self, hand: Hand, points: Sequence[Point]) -> None:
        line = list(_smooth(points))
        wave = self._rng.uniform(0, math.tau)
        for index, ((x0, y0), (x1, y1)) in enumerate(pairwise(line)):
            pressure = 1 + 0.14 * math.sin(wave + index / 9) - 0.25 * (index > len(line) - 5)
            radius = hand.pen * pressure * self._scale / 2
            ends = (x0 * self._scale, y0 * self._scale, x1 * self._scale, y1 * self._scale)
            self._draw.line(ends, fill=hand.ink, width=max(1, round(2 * radius)))
            self._draw.ellipse((ends[2] - radius, ends[3] - radius, ends[2] + radius, ends[3] + radius), fill=hand.ink)

    def _placed(self, hand: Hand, stroke: Sequence[Point], at: Point) -> list[Point]:
        """A glyph's stroke on the page. A point that stands twice stays a corner."""
        placed: list[Point] = []
        before: Point | None = None
        for x, y in stroke:
            if before != (x, y):
                gx, gy = x + self._rng.gauss(0, hand.jitter), y + self._rng.gauss(0, hand.jitter)
                point = at[0] + hand.unit * (gx * hand.narrow + gy * hand.slant), at[1] - hand.unit * gy
            placed.append(point)
            before = (x, y)
        return placed

    def _joins(self, hand: Hand, left: str, right: str) -> bool:
        return left in EXITS and right in ENTRIES and self._rng.random() < hand.joined


def _smooth(points: Sequence[Point]) -> Iterable[Point]:
    """A Catmull-Rom curve through the points."""
    yield points[0]
    padded = [points[0], *points, points[-1]]
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        if b == c:
            continue
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            yield _blend(a[0], b[0], c[0], d[0], t), _blend(a[1], b[1], c[1], d[1], t)


def _blend(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
