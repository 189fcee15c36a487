"""A sheet of paper with print, rules, holes and handwriting, and its scan.

Lengths are pixels of the finished page. The print is set in the font inside Pillow, Aileron by Sora Sagano, which is
CC0 ("No Rights Reserved") and has ASCII characters only.
"""

from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

from app.samples.handwriting import Colour, Hand, Pen

WIDTH, HEIGHT = 1000, 1400
LEFT, RIGHT = 132, 940  # the writing stands between them; the margin is left of LEFT

_SCALE = 2  # drawn twice as large and then reduced, for smooth strokes
_PAPER: Colour = (252, 251, 246)
_PRINT: Colour = (38, 38, 42)
_RULE: Colour = (196, 207, 222)
_MARGIN: Colour = (232, 178, 184)
_HOLE: Colour = (208, 207, 203)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * _SCALE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow without FreeType has no font of its own that can be scaled")
    # Basic layout: Raqm is not in every Pillow, and the same page must come out.
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)


class Sheet:
    """One page. `seed` fixes every stroke, speck and tilt; `ink` is the colour that the hand writes in."""

    def __init__(self, seed: str, ink: Colour = _PRINT) -> None:
        self.rng = Random(seed)  # noqa: S311 (a drawing that comes out the same each time, no secret)
        self._ink = ink
        self._image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self.pen = Pen(self._draw, _SCALE, self.rng)

    def text(self, x: float, y: float, text: str, size: int = 19) -> None:
        """Printed text; y is its baseline."""
        self._draw.text((x * _SCALE, y * _SCALE), text, fill=_PRINT, font=_font(size), anchor="ls")

    def text_right(self, x: float, y: float, text: str, size: int = 19) -> None:
        self._draw.text((x * _SCALE, y * _SCALE), text, fill=_PRINT, font=_font(size), anchor="rs")

    def bold(self, x: float, y: float, text: str, size: int = 19) -> None:
        """Printed twice, slightly apart: the font has one weight."""
        self.text(x, y, text, size)
        self.text(x + 0.5, y, text, size)

    def wrapped(self, text: str, width: float, size: int = 19) -> list[str]:
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if _font(size).getlength(longer) > width * _SCALE:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def rule(self, y: float, left: float = LEFT, right: float = RIGHT) -> None:
        self._line(left, y, right, y, _RULE)

    def margin(self, top: float) -> None:
        self._line(LEFT - 14, top, LEFT - 14, HEIGHT - 70, _MARGIN)

    def border(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._draw.rectangle((x0 * _SCALE, y0 * _SCALE, x1 * _SCALE, y1 * _SCALE), outline=_PRINT, width=_SCALE)

    def holes(self) -> None:
        for y in (HEIGHT * 0.36, HEIGHT * 0.64):
            x, radius = 34, 13
            box = [v * _SCALE for v in (x - radius, y - radius, x + radius, y + radius)]
            self._draw.ellipse((box[0], box[1], box[2], box[3]), fill=_HOLE)

    def write(self, hand: Hand, word: str, at: tuple[float, float]) -> float:
        return self.pen.word(hand, word, at)

    def scanned(self) -> Image.Image:
        """The page as a scanner gives it: slightly turned, with some specks and few colours."""
        for _ in range(14):
            x, y, r = self.rng.uniform(0, WIDTH), self.rng.uniform(0, HEIGHT), self.rng.uniform(0.4, 1.1)
            box = ((x - r) * _SCALE, (y - r) * _SCALE, (x + r) * _SCALE, (y + r) * _SCALE)
            self._draw.ellipse(box, fill=_HOLE)
        angle = self.rng.uniform(-0.35, 0.35)
        turned = self._image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_PAPER)
        return turned.reduce(_SCALE).quantize(palette=self._palette(), dither=Image.Dither.NONE)

    def _line(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._draw.line((x0 * _SCALE, y0 * _SCALE, x1 * _SCALE, y1 * _SCALE), fill=colour, width=_SCALE)

    def _palette(self) -> Image.Image:
        """Paper, and each colour in steps towards it: up to 16 colours are 4 bits a pixel."""
        steps = {self._ink: 3, _PRINT: 3, _RULE: 2, _MARGIN: 1, _HOLE: 1}
        shades = [_PAPER, *(_towards_paper(c, (i + 1) / n) for c, n in steps.items() for i in range(n))]
        palette = Image.new("P", (1, 1))
        palette.putpalette([channel for shade in shades for channel in shade])
        return palette


def _towards_paper(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(p + (c - p) * share) for c, p in zip(colour, _PAPER, strict=True))
    return red, green, blue
