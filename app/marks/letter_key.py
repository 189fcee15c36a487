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
    """The form of a question's boxes on an answer sheet."""

    ONE = "one"  # one letter in one box
    SEVERAL = "several"  # the letters of all right options in one box, in any order
    ROW = "row"  # a row of boxes, one letter in each


@dataclass(frozen=True, slots=True)
class LetterKey:
    """`letters` of SEVERAL are in the order of the alphabet, of ROW in the order of the boxes."""

    form: Form
    letters: tuple[str, ...]

    def __str__(self) -> str:
        return self.written(self.letters)

    def written(self, read: Sequence[str | None]) -> str:
        """The letters that were read, in the form of a key. Empty boxes of a row are left out."""
        if self.form is Form.ROW:
            return ",".join(f"{at}{letter}" for at, letter in enumerate(read, start=1) if letter)
        return ",".join(letter for letter in read if letter)

    def share_of(self, written: str | None) -> float:
        """The share of the maximum for an answer in the form that `written` gives."""
        parts = written.split(",") if written else []
        if self.form is Form.ROW:
            boxes = {int(part[0]): part[1] for part in parts}
            return self.share([boxes.get(at) for at in range(1, len(self.letters) + 1)])
        return self.share(parts)

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


@dataclass(frozen=True, slots=True)
class _Shape:
    form: Form
    options: tuple[int, ...]
    prompts: tuple[int, ...] = (0,)


_SHAPES = {
    "single": _Shape(Form.ONE, (4,)),
    "several": _Shape(Form.SEVERAL, (4,)),
    "true_false": _Shape(Form.ONE, (2,)),
    "assertion_reason": _Shape(Form.ONE, (4,)),
    "matching": _Shape(Form.ROW, (2, 3, 4), (2, 3, 4)),
}


def misfit(kind: str, n_prompts: int, n_options: int, correct_option: str) -> tuple[str, str] | None:
    """(field, what it must be) of the first part that does not fit a question of this kind; None where all fit."""
    shape = _SHAPES[kind]
    if n_options not in shape.options:
        return "options", f"must be {' or '.join(map(str, shape.options))} different options"
    if n_prompts not in shape.prompts:
        return "prompts", "must be 2 to 4 prompts" if kind == "matching" else "are for matching questions"
    if n_prompts and n_prompts != n_options:
        return "options", f"must be as many as the prompts, {n_prompts}"
    wanted = _key_misfit(shape.form, n_prompts, LETTERS[:n_options], letter_key(correct_option))
    return ("correct_option", wanted) if wanted else None


def _key_misfit(form: Form, n_prompts: int, letters: str, key: LetterKey | None) -> str | None:
    if key is None or key.form is not form or not set(key.letters) <= set(letters):
        return f"must be {_EXAMPLES[form].format(letters=', '.join(letters))}"
    if form is Form.ROW and len(key.letters) != n_prompts:
        return f"must have a letter for each of the {n_prompts} prompts, such as 1B,2A"
    is_all = form is Form.SEVERAL and len(key.letters) == len(letters)
    return "must leave at least one option that is wrong" if is_all else None


_EXAMPLES = {
    Form.ONE: "one of {letters}",
    Form.SEVERAL: "two or three of {letters} with commas between them, such as A,C",
    Form.ROW: "one of {letters} behind the number of each prompt, such as 1B,2A",
}
