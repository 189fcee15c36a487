"""The key of a multiple-choice question: which letters are right, and how many marks a sheet's letters get. Pure.

One rule for all forms, which Moodle and QTI can state too: each right letter earns its share of the maximum, each wrong
one takes a share away, and no question gets fewer than 0 marks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LETTERS = "ABCD"
_ONE = re.compile(r"[A-D]")
_SEVERAL = re.compile(r"[A-D](?:,[A-D])+")
_ROW = re.compile(r"1[A-D](?:,[2-4][A-D])+")


class Form(StrEnum):
    """What stands in a question's boxes on an answer sheet."""

    ONE = "one"  # one letter in one box
    SEVERAL = "several"  # the letters of all right options in one box, in any order
    ROW = "row"  # a row of boxes, one letter in each


@dataclass(frozen=True, slots=True)
class LetterKey:
    """`letters` of SEVERAL are in the order of the alphabet, of ROW in the order of the boxes."""

    form: Form
    letters: tuple[str, ...]

    def __str__(self) -> str:
        if self.form is Form.ROW:
            return ",".join(f"{at}{letter}" for at, letter in enumerate(self.letters, start=1))
        return ",".join(self.letters)

    def share(self, read: Sequence[str | None]) -> float:
        """The share of the maximum, 0 to 1, for what was read: one letter for each box of ROW, None for an empty one;
        else the letters of the one box, nothing for an empty one.
        """
        if self.form is Form.ROW:
            return sum(map(str.__eq__, self.letters, (letter or "" for letter in read))) / len(self.letters)
        chosen = set(read) - {None}
        right = len(chosen & set(self.letters))
        return max(0.0, (right - len(chosen - set(self.letters))) / len(self.letters))


def letter_key(text: str | None) -> LetterKey | None:
    """The key that `text` writes: "B", "A,C" (several are right) or "1C,2A,3B" (a row of boxes); None for any other."""
    given = text or ""
    if _ONE.fullmatch(given):
        return LetterKey(Form.ONE, (given,))
    if _SEVERAL.fullmatch(given):
        letters = given.split(",")
        return LetterKey(Form.SEVERAL, tuple(letters)) if letters == sorted(set(letters)) else None
    if _ROW.fullmatch(given):
        boxes = given.split(",")
        is_counted = [box[0] for box in boxes] == [str(at) for at in range(1, len(boxes) + 1)]
        return LetterKey(Form.ROW, tuple(box[1] for box in boxes)) if is_counted else None
    return None
