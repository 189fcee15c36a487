"""Draws the sample exam: `python -m app.samples.draw` writes every page again, the same each time.

A further script is a folder `exam/<name>/` with an `answers.json` and its rows in `marks.csv`. `answers.json` holds
`hand` (fields of Hand), `answers` by question id, and `margin_notes`: by question id, pairs of a line (from 0) and a
text. In an answer `~word` is crossed out, `?word` is scrawled, `^word` is put in above the line, ` / ` breaks the line.
Pillow is a development dependency: the product ships the drawn pages.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from app.samples import exam_folder, questions, scripts
from app.samples.handwriting import Hand
from app.samples.page import HEIGHT, LEFT, RIGHT, Sheet

# The question paper: the questions of each page, each with its number of lines for the answer.
PAPER = ((("1a", 1), ("1b", 3), ("2", 11)), (("3(i)", 4), ("3(ii)", 6), ("4", 9)))
LINE = 47
_NUMBER = LEFT - 72
_TITLE = "General Science: Photosynthesis and Respiration"

Json = dict[str, Any]


def student_page(script: str, page: int) -> Image.Image:
    """Page `page` (from 1) of a script. Raises ValueError if an answer does not fit on its lines."""
    texts: Json = json.loads((exam_folder() / script / "answers.json").read_text(encoding="utf-8"))
    ink = tuple(texts["hand"]["ink"])
    hand = Hand(**{**texts["hand"], "ink": ink})
    sheet = Sheet(f"{script} page {page}", ink)
    sheet.holes()
    y = _student_header(sheet, hand, script, page)
    sheet.margin(y + 14)
    by_id = {question["question_id"]: question for question in questions()}
    for question_id, lines in PAPER[page - 1]:
        y = _printed_question(sheet, by_id[question_id], y + 40)
        for number in range(1, lines + 1):
            sheet.rule(y + number * LINE)
        write_answer(sheet, hand, texts["answers"].get(question_id, ""), y, lines)
        for line, note in texts.get("margin_notes", {}).get(question_id, ()):
            _margin_note(sheet, hand, note, y + (line + 1) * LINE)
        y += lines * LINE
    sheet.text_right(RIGHT, HEIGHT - 34, "Turn over" if page < len(PAPER) else "End of questions", 15)
    return sheet.scanned()


def answer_key_page() -> Image.Image:
    """The mark scheme, as printed for the markers."""
    sheet = Sheet("answer key")
    sheet.bold(_NUMBER, 74, "Mark scheme", 30)
    sheet.text(_NUMBER, 106, _TITLE, 19)
    sheet.text_right(RIGHT, 106, f"Total: {sum(q['max_marks'] for q in questions()):g} marks", 19)
    y = 126.0
    for question in questions():
        y = _key_entry(sheet, question, y)
    return sheet.scanned()


def write_all(folder: Path) -> list[Path]:
    """Draw every page below `folder`. Gives the written files."""
    pages = {f"{script}/page-{n}.png": student_page(script, n) for script in scripts() for n in (1, 2)}
    pages["answer-key/page-1.png"] = answer_key_page()
    for name, page in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        page.save(folder / name, optimize=True, bits=4)
    return [folder / name for name in pages]


def _student_header(sheet: Sheet, hand: Hand, script: str, page: int) -> float:
    sheet.text_right(RIGHT, 48, f"Page {page} of {len(PAPER)}", 15)
    if page > 1:
        sheet.text(_NUMBER, 48, "Candidate:", 15)
        sheet.write(hand.smaller(0.8), script, (_NUMBER + 84, 48))
        return 58
    sheet.bold(_NUMBER, 76, _TITLE, 27)
    sheet.text(_NUMBER, 108, "Answer all questions on the lines. The marks for each question are in brackets.", 17)
    sheet.border(_NUMBER, 128, RIGHT, 180)
    sheet.text(_NUMBER + 16, 161, "Candidate", 17)
    sheet.write(hand, script, (_NUMBER + 120, 164))
    sheet.text(600, 161, "Time: 30 minutes", 17)
    return 190


def _printed_question(sheet: Sheet, question: Json, y: float) -> float:
    """Print the heading of a question at baseline y. Gives the y at which its lines start."""
    sheet.bold(_NUMBER, y, question["question_id"], 21)
    for row in question["text"].split("\n"):
        if "|" in row:
            _table_row(sheet, row.split("|"), y + 4)
            y += 37
            continue
        for line in sheet.wrapped(row, RIGHT - LEFT - 60):
            sheet.text(LEFT, y, line)
            y += 28
    sheet.text_right(RIGHT, y - 28, f"[{question['max_marks']}]")
    return y - 24


def _table_row(sheet: Sheet, cells: list[str], y: float) -> None:
    x = LEFT + 30.0
    for index, cell in enumerate(cells):
        width = 250 if index == 0 else 80
        sheet.border(x, y - 24, x + width, y + 12)
        sheet.text(x + 12, y, cell.strip(), 17)
        x += width


def write_answer(sheet: Sheet, hand: Hand, answer: str, top: float, lines: int) -> None:
    pen_at = _new_line(sheet)
    line = 1
    for word in answer.split():
        mark, letters = (word[0], word[1:]) if word[0] in "~?^" and len(word) > 1 else ("", word)
        if mark != "^" and (word == "/" or pen_at + hand.measure(letters) > RIGHT + 4):
            line, pen_at = line + 1, _new_line(sheet)
        if word == "/":
            continue
        if line > lines:
            raise ValueError(f"the answer does not fit on {lines} lines: {answer}")
        pen_at = _word(sheet, hand, mark, letters, (pen_at, _baseline(sheet, hand, top + line * LINE)))


def _word(sheet: Sheet, hand: Hand, mark: str, letters: str, at: tuple[float, float]) -> float:
    """Write one word in the way of its mark. Gives the x at which the next word starts."""
    space = hand.unit * (hand.space + sheet.rng.gauss(0, 1))
    x, y = at
    if mark == "^":
        small = hand.smaller(0.75)
        sheet.pen.caret(hand, (x, y))
        sheet.write(small, letters, (x - small.measure(letters) / 2, y - 22))
        return x + space
    end = sheet.write(hand.scrawled() if mark == "?" else hand, letters, at)
    if mark == "~":
        sheet.pen.cross_out(hand, at, end)
    return end + space


def _new_line(sheet: Sheet) -> float:
    return LEFT + 4 + abs(sheet.rng.gauss(0, 5))


def _baseline(sheet: Sheet, hand: Hand, rule: float) -> float:
    return rule - 4 + sheet.rng.gauss(0, hand.drift)


def _margin_note(sheet: Sheet, hand: Hand, note: str, y: float) -> None:
    small = hand.smaller(0.72)
    words, space = note.split(), small.unit * small.space * 0.7
    x = LEFT - 22 - sum(small.measure(word) + space for word in words)
    for word in words:
        x = sheet.write(small, word, (max(8.0, x), y - 6)) + space


def _key_entry(sheet: Sheet, question: Json, y: float) -> float:
    sheet.rule(y, _NUMBER)
    y += 28
    sheet.bold(_NUMBER, y, question["question_id"], 19)
    sheet.text_right(RIGHT, y, f"{question['max_marks']}", 19)
    for line in _key_lines(sheet, question["answer"]):
        sheet.text(LEFT, y, line, 18)
        y += 27
    return y - 6


def _key_lines(sheet: Sheet, answer: str) -> Iterator[str]:
    for point in answer.split("\n"):
        first, *rest = sheet.wrapped(point, RIGHT - LEFT - 60, 18)
        yield first
        yield from (f"  {line}" for line in rest)


def main() -> None:
    for path in write_all(exam_folder()):
        print(f"{path.stat().st_size:>7} {path}")  # noqa: T201 (a command that says what it wrote)


if __name__ == "__main__":
    main()
