"""Draws the bundled answer sheet: `python -m app.samples.draw_sheet`. `letters.json` holds the letters in its boxes.

One letter is crossed out with another beside it, one box is empty, and one cannot be read. Pillow is a development
dependency: the product ships the drawn page.
"""

from PIL import Image

from app.samples import sheet_image, sheet_letters
from app.samples.handwriting import Hand
from app.samples.page import HEIGHT, LEFT, RIGHT, Sheet

_BOX = 54
_ROW = 150
_COLUMNS = 5
_CORRECTED = "7"
_INK = (40, 46, 60)


def answer_sheet() -> Image.Image:
    sheet, hand = Sheet("answer sheet", _INK), Hand(ink=_INK, unit=1.5, pen=2.8, slant=0.1)
    sheet.bold(LEFT, 90, "Photosynthesis and respiration", 30)
    sheet.border(LEFT, 130, RIGHT, 190)
    sheet.text(LEFT + 16, 168, "Name", 17)
    sheet.write(hand, "student-07", (LEFT + 100, 170))
    sheet.text(LEFT, 240, "Write one capital letter in each box. To change an answer, cross the box out", 17)
    sheet.text(LEFT, 264, "and write the letter beside it. 10 questions, 10 marks.", 17)
    for place, (number, letter) in enumerate(sheet_letters().items()):
        x = LEFT + (place % _COLUMNS) * (RIGHT - LEFT) / _COLUMNS
        _box(sheet, hand, number, letter, (x, 320 + place // _COLUMNS * _ROW))
    sheet.text_right(RIGHT, HEIGHT - 34, "End of answers", 15)
    return sheet.scanned()


def _box(sheet: Sheet, hand: Hand, number: str, letter: str | None, at: tuple[float, float]) -> None:
    x, y = at
    sheet.bold(x, y + 36, number, 22)
    sheet.border(x + 36, y, x + 36 + _BOX, y + _BOX)
    baseline = y + 40
    if number == _CORRECTED:
        end = sheet.write(hand, "C", (x + 52, baseline))
        sheet.pen.cross_out(hand, (x + 52, baseline), end)
        sheet.write(hand, letter or "", (x + 104, baseline))
    elif letter == "unclear":
        for one in "BDA":
            sheet.write(hand.scrawled(), one, (x + 52, baseline))
    elif letter is not None:
        sheet.write(hand, letter, (x + 52, baseline))


def main() -> None:
    answer_sheet().save(sheet_image(), optimize=True, bits=4)
    print(f"{sheet_image().stat().st_size:>7} {sheet_image()}")  # noqa: T201 (a command that says what it wrote)


if __name__ == "__main__":
    main()
