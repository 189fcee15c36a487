"""The project's own single-stroke alphabet for `handwriting`.

A glyph is written as `x y x y ...`, strokes separated by `/`. The baseline is y = 0, small letters reach 10, ascenders
and capitals 18, descenders -9. The pen runs smoothly through the points. A point that stands twice is a corner.
"""

Point = tuple[float, float]
Stroke = tuple[Point, ...]

_BOWL = "8 8 5 10 2 9 0 5 1 1 4 0"

_WRITTEN = {
    "a": f"{_BOWL} 7 4 8 9 8 9 8 3 9 0 11 1",
    "b": "1 18 1 18 0 1 0 1 1 6 4 9 7 8 8 5 6 1 3 0 0 2",
    "c": f"{_BOWL} 8 2",
    "d": f"{_BOWL} 7 3 9 18 9 18 8 4 9 0 11 1",
    "e": "1 5 6 6 8 8 5 10 2 9 0 5 1 1 4 0 9 2",
    "f": "8 16 6 18 4 16 3 11 3 0 2 -3 / 0 10 7 10",
    "g": "8 8 5 10 2 9 0 5 1 1 4 1 8 6 8 9 8 9 8 -3 6 -8 3 -9 0 -6",
    "h": "0 18 0 18 0 0 0 0 2 7 5 10 7 8 7 2 8 0 10 1",
    "i": "1 10 1 10 1 3 2 0 4 1 / 2 14 2.5 15",
    "j": "3 10 3 10 3 -3 2 -8 -1 -9 / 3 14 3.5 15",
    "k": "0 18 0 18 0 0 0 0 / 7 10 1 4 1 4 4 3 8 0 9 0",
    "l": "1 18 1 18 0 4 1 0 4 1",
    "m": "0 10 0 10 0 0 0 0 2 7 4 10 6 8 6 0 6 0 8 7 10 10 12 8 12 2 13 0 15 1",
    "n": "0 10 0 10 0 0 0 0 2 7 5 10 7 8 7 2 8 0 10 1",
    "o": "5 10 2 9 0 5 1 1 4 0 7 2 8 6 7 9 4 10",
    "p": "0 10 0 10 0 -9 / 0 6 3 10 6 10 8 6 6 1 3 0 0 2",
    "q": "8 8 5 10 2 9 0 5 1 1 4 1 8 6 8 9 8 9 8 -8 8 -8 11 -6",
    "r": "0 10 0 10 0 0 0 0 1 6 4 10 7 9",
    "s": "7 9 4 10 1 8 3 6 6 4 7 2 4 0 0 1",
    "t": "3 16 3 16 2 4 3 0 6 1 / 0 11 7 11",
    "u": "0 10 0 10 0 3 2 0 5 1 7 5 8 10 8 10 7 3 8 0 10 1",
    "v": "0 10 4 0 4 0 8 10",
    "w": "0 10 3 0 3 0 6 8 6 8 9 0 9 0 12 10",
    "x": "0 10 7 0 / 7 10 0 0",
    "y": "0 10 0 10 1 4 3 2 6 4 8 10 8 10 7 -2 5 -8 1 -9",
    "z": "0 10 7 10 7 10 0 0 0 0 8 0",
    "A": "0 0 6 18 6 18 12 0 / 2 7 10 7",
    "B": "0 18 0 0 / 0 18 6 18 9 14 6 10 0 10 0 10 7 9 10 5 7 0 0 0",
    "C": "11 15 8 18 4 17 0 10 2 2 6 0 11 3",
    "D": "0 18 0 0 / 0 18 6 17 11 10 7 1 0 0",
    "E": "9 18 0 18 0 18 0 0 0 0 10 0 / 0 10 7 10",
    "F": "0 0 0 18 0 18 10 18 / 0 10 7 10",
    "G": "11 15 8 18 4 17 0 10 2 2 6 0 10 3 11 8 11 8 6 8",
    "H": "0 18 0 0 / 11 18 11 0 / 0 10 11 9",
    "I": "3 18 3 0 / 0 18 6 18 / 0 0 6 0",
    "J": "7 18 7 4 4 0 0 3 / 3 18 11 18",
    "K": "0 18 0 0 / 10 18 0 8 0 8 10 0",
    "L": "0 18 0 18 0 0 0 0 9 0",
    "M": "0 0 1 18 1 18 7 6 7 6 13 18 13 18 14 0",
    "N": "0 0 0 18 0 18 10 0 10 0 10 18",
    "O": "6 18 2 15 0 9 2 2 6 0 11 4 12 10 9 17 5 18",
    "P": "0 18 0 0 / 0 18 7 18 10 14 7 9 0 9",
    "Q": "6 18 2 15 0 9 2 2 6 0 11 4 12 10 9 17 5 18 / 7 5 13 -2",
    "R": "0 18 0 0 / 0 18 7 18 10 14 7 9 0 9 0 9 3 8 10 0",
    "S": "10 15 7 18 3 17 1 14 4 10 8 8 10 4 6 0 0 2",
    "T": "6 18 6 0 / 0 18 12 18",
    "U": "0 18 0 6 3 0 8 1 11 7 11 18",
    "V": "0 18 6 0 6 0 12 18",
    "W": "0 18 4 0 4 0 8 14 8 14 12 0 12 0 16 18",
    "X": "0 18 11 0 / 11 18 0 0",
    "Y": "0 18 5 9 / 11 18 3 0",
    "Z": "0 18 10 18 10 18 0 0 0 0 11 0",
    "0": "5 17 1 14 0 8 2 1 5 0 9 4 9 11 7 16 4 17",
    "1": "1 13 4 17 4 17 4 0",
    "2": "0 13 3 17 7 16 8 12 5 6 0 0 0 0 9 0",
    "3": "1 15 4 17 8 15 7 11 3 9 3 9 8 7 8 2 4 0 0 2",
    "4": "6 17 0 6 0 6 10 6 / 7 11 7 0",
    "5": "8 17 1 17 1 17 0 10 0 10 5 11 8 7 7 2 3 0 0 1",
    "6": "7 17 3 13 0 6 2 0 6 0 8 4 6 8 1 6",
    "7": "0 17 9 17 9 17 3 0",
    "8": "7 15 4 17 1 14 3 10 7 6 7 1 3 0 0 3 2 7 6 11 8 14 6 16",
    "9": "8 14 5 17 1 15 1 10 5 9 8 13 8 13 7 0",
    ".": "0 0 1 0.4",
    ",": "1.5 1 1.5 -1 0 -4",
    ":": "0 1 1 1 / 0 8 1 8",
    ";": "1.5 1 1.5 -1 0 -4 / 1 8 2 8",
    "!": "1 18 1 5 / 1 0 1.5 0.5",
    "?": "0 14 3 18 7 16 6 11 3 8 3 5 / 3 0 3.5 0.5",
    "'": "1 18 0 14",
    '"': "1 18 0 14 / 4 18 3 14",
    "-": "0 6 6 6",
    "+": "0 7 10 7 / 5 12 5 2",
    "=": "0 9 10 9 / 0 4 10 4",
    "(": "4 19 1 14 0 8 1 2 4 -3",
    ")": "0 19 3 14 4 8 3 2 0 -3",
    "/": "0 -2 7 19",
    "%": "1 14 3 17 5 14 3 11 1 14 / 9 4 11 7 13 4 11 1 9 4 / 11 17 2 0",
    "→": "0 7 18 7 / 13 11 18 7 18 7 13 3",
}

_SUBSCRIPT_SCALE, _SUBSCRIPT_DROP = 0.6, 5


def _strokes(written: str) -> tuple[Stroke, ...]:
    numbers = [[float(number) for number in part.split()] for part in written.split("/")]
    return tuple(tuple(zip(part[::2], part[1::2], strict=True)) for part in numbers)


def _subscript(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    return tuple(tuple((x * _SUBSCRIPT_SCALE, y * _SUBSCRIPT_SCALE - _SUBSCRIPT_DROP) for x, y in s) for s in strokes)


GLYPHS = {character: _strokes(written) for character, written in _WRITTEN.items()}
GLYPHS |= {small: _subscript(GLYPHS[digit]) for digit, small in zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True)}

# A joined hand links letters that end at the baseline on the right with letters that begin there on the left.
EXITS = frozenset("acdehiklmntu")
ENTRIES = frozenset("ijmnpruvwy")


def width(character: str) -> float:
    return max(x for stroke in GLYPHS[character] for x, _ in stroke)
