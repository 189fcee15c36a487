"""Check the mark of an entry against the rest of the entry. A contradiction is a finding with both values."""

import re

from app.grading.answers.keys import Meaning, meaning
from app.grading.answers.losses import as_plain_numbers
from app.grading.answers.one_mark import finding, shown
from app.grading.answers.shapes import Entry
from app.grading.answers.spoken import noted_mark
from app.grading.answers.totals import is_share
from app.marks.model import Finding, Json, Question
from app.marks.reasons import Reason

_LEADING_NUMBER = re.compile(
    r"\s*(?:/|out of|of|von|sur|de|-)?\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(%|[a-zA-Z].{0,20})?\s*"
)
_LEADING_LOSS = re.compile(r"\W{0,3}?-?([0-9]{1,4}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})(?![\w.]*[0-9])")
_HOLDS_A_LOSS = frozenset({Meaning.DEDUCTION, Meaning.PLAIN, Meaning.AWARD, Meaning.CHANGE})
_CLOSE = 1e-6
_LEAST_PARTS = 2


def contradiction(entry: Entry, mark: float | None, question: Question) -> Finding | None:
    """The finding for the first statement of `entry` that contradicts `mark`; None if all of them fit. Without a mark
    only the stated maximum is checked.
    """
    claims = (_claim(meant, written, mark, question) for meant, written in entry.claims if meant is not Meaning.NOTE)
    found = next(filter(None, claims), None)
    if found is not None or mark is None:
        return found
    notes = [entry.notes, *(written for meant, written in entry.claims if meant is Meaning.NOTE)]
    if against := next(filter(None, (_against_note(one, mark, question) for one in notes)), None):
        return against
    return _against_parts(entry, mark, question) if entry.parts else None


def _claim(meant: Meaning, written: Json, mark: float | None, question: Question) -> Finding | None:
    if meant is Meaning.SCALE:
        return _scale(written, question)
    number = _deducted(written) if meant is Meaning.DEDUCTION else _number(written)
    if mark is None:
        return _check(meant, number, mark, question) if number is not None else None
    if meant is Meaning.CORRECTNESS:
        return _correctness(written, mark, question)
    if meant is Meaning.PART:
        return _breakdown(written, mark, question)
    if written is True and meant in {Meaning.DECLINED, Meaning.DEDUCTION}:
        message = "The answer marks this question and says that it does not."
        return _finding(question, message, f"{mark:g}, {shown(written)}")
    return _check(meant, number, mark, question) if number is not None and meant is not Meaning.DECLINED else None


def _against_note(notes: Json, mark: float | None, question: Question) -> Finding | None:
    said = noted_mark(notes, question, mark) if isinstance(notes, str) and mark is not None else None
    message = "The note beside this mark speaks of another one."
    return _finding(question, message, f"{mark:g}, {said}") if said else None


def _check(meant: Meaning, number: float, mark: float | None, question: Question) -> Finding | None:
    maximum = question.max_marks
    if meant is Meaning.MAXIMUM:
        return None if _same(number, maximum) else other_maximum(number, question)
    if mark is None:
        return None
    if meant in {Meaning.TOTAL, Meaning.PLAIN}:
        agrees = _same(number, mark) or _same(number, maximum)
    elif meant is Meaning.RIVAL:
        agrees = _same(number, mark)
    elif meant is Meaning.CHANGE:
        agrees = number == 0
    elif meant is Meaning.OTHER:
        agrees = not _same(mark, maximum) or _same(number, mark) or number > maximum
    elif meant is Meaning.DEDUCTION:
        agrees = number == 0 or _same(mark + number, maximum)
    else:
        agrees = is_share(number, mark, maximum)
    if agrees:
        return None
    if meant is Meaning.PLAIN:
        return finding(Reason.DUPLICATE, Reason.DUPLICATE.sentence, question, f"{mark:g}, {number:g}")
    return _finding(
        question,
        "The answer gives this question a mark and another number that contradicts it.",
        f"{mark:g}, {number:g}",
    )


_WRONG = frozenset({"incorrect", "wrong", "false"})
_RIGHT = frozenset({"correct", "right", "true", "fully correct"})
_NOT_MARKED = re.compile(
    r"\b(?:not|un|never)[ _-]?(?:marked|graded|scored|assessed|answered here)\b|\b(?:skipped|abstained)\b"
)
_SCALE_END = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)\s*(%|percent)?\s*$")


def _correctness(written: Json, mark: float, question: Question) -> Finding | None:
    """A finding if the verdict says wrong beside full marks, right beside 0, or that the question was not marked."""
    if isinstance(written, dict | list):
        return None
    said = str(written).strip().lower()
    is_full, is_none = _same(mark, question.max_marks), _same(mark, 0)
    contradicts = question.max_marks > 0 and ((said in _WRONG and is_full) or (said in _RIGHT and is_none))
    if contradicts or _NOT_MARKED.search(said):
        return _finding(question, "The answer's verdict contradicts its mark.", f"{mark:g}, {shown(said)}")
    return None


def _scale(written: Json, question: Question) -> Finding | None:
    """A finding if the entry names another scale or unit than the question has: "0-1", "percent", "/10"."""
    said = str(written).strip().lower()
    match = _SCALE_END.search(said)
    if said in {"percent", "%", "percentage"} or (match and match[2]):
        return other_maximum(100.0, question)
    return (
        other_maximum(float(match[1]), question) if match and not _same(float(match[1]), question.max_marks) else None
    )


def other_maximum(number: float, question: Question) -> Finding:
    message = f"The answer marks this question out of {number:g}; its maximum is {question.max_marks:g}."
    return finding(Reason.OTHER_MAXIMUM, message, question, f"{number:g}, {question.max_marks:g}")


def _against_parts(entry: Entry, mark: float, question: Question) -> Finding | None:
    """A finding if the awards of the parts do not add up to the mark. Under the plain name `marks` the parts may state
    their maxima: then they may also add up to the question's maximum.
    """
    numbers = [_number(part.marks[0]) for part in entry.parts if len(part.marks) == 1]
    if len(numbers) != len(entry.parts) or any(number is None for number in numbers):
        return None
    total = sum(number for number in numbers if number is not None)
    may_be_maxima = any(part.is_plain for part in entry.parts)
    if _same(total, mark) or (may_be_maxima and _same(total, question.max_marks)):
        return None
    return _finding(question, "The marks of this question's parts do not add up to its mark.", f"{mark:g}, {total:g}")


def _breakdown(written: dict[str, Json], mark: float, question: Question) -> Finding | None:
    """A finding if a map such as {"method": 1, "accuracy": 1} adds up neither to the mark nor to the maximum."""
    numbers = [_number(item) for item in written.values() if not isinstance(item, dict | list)]
    if len(numbers) < _LEAST_PARTS or len(numbers) != len(written) or any(number is None for number in numbers):
        return None
    total = sum(number for number in numbers if number is not None)
    if _same(total, mark) or _same(total, question.max_marks):
        return None
    return _finding(question, "The marks of this question's parts do not add up to its mark.", f"{mark:g}, {total:g}")


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE


def _number(written: Json) -> float | None:
    """The amount of a number, or of the number that begins a text ("10 marks", "/10"); None for any other value."""
    if isinstance(written, bool):
        return None
    if isinstance(written, int | float):
        return abs(float(written))
    match = _LEADING_NUMBER.fullmatch(written) if isinstance(written, str) else None
    return float(match[1]) if match else None


def _deducted(written: Json) -> float | None:
    """The marks that a value under "deductions" takes away: a number, "-1 for the unit", or the sum of a list."""
    if isinstance(written, list):
        numbers = [_deducted(item) for item in written]
        return sum(number or 0.0 for number in numbers) if numbers else None
    if isinstance(written, dict):
        numbers = [_number(item) for key, item in written.items() if meaning(key) in _HOLDS_A_LOSS]
        return next((number for number in numbers if number is not None), None)
    if isinstance(written, str) and (match := _LEADING_LOSS.match(as_plain_numbers(written))):
        return float(match[1])
    return _number(written)


def _finding(question: Question, message: str, values: str) -> Finding:
    return finding(Reason.CONTRADICTORY, message, question, values)
