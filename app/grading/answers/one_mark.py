"""Read one mark, and the note beside it. A value that is not clearly one mark in range is a finding, never a guess."""

import math
import re

from app.marks.model import Finding, Json, Question
from app.marks.reasons import Reason

_LONGEST_MARK = 64
_LONGEST_FOUND = 80
_NUMBER = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_VULGAR = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8}
_DECIMAL = re.compile(_NUMBER)
_WITH_VULGAR = re.compile(rf"([0-9]{{0,6}}) ?([{''.join(_VULGAR)}])")
_WITH_FRACTION = re.compile(r"([0-9]{1,6}) +([0-9]{1,3})[/⁄]([0-9]{1,3})")  # noqa: RUF001 - the fraction slash is meant
_OUT_OF = re.compile(rf"(.+?) ?/ ?({_NUMBER})")


def read_mark(value: Json, question: Question) -> float | Finding:
    """The mark in [0, maximum], rounded to the two decimals that are stored, or the finding that says why not.

    The range is checked on the value as written, before rounding: 5.001 of 5 is out of range. "n/m" is a mark only
    where m is the maximum. A comma is no decimal point: "3,5" may as well be a list.
    """
    number = value if isinstance(value, str) else _plain(value)
    if isinstance(number, str):
        number = _in_words(number.strip(), question.max_marks)
    if number is None:
        return finding(Reason.UNREADABLE, "The mark given for this question is not a number.", question, value)
    if not 0 <= number <= question.max_marks:
        message = f"The mark given for this question is not between 0 and its maximum of {_short(question.max_marks)}."
        return finding(Reason.OUT_OF_RANGE, message, question, value)
    return rounded(number)


def rounded(number: float) -> float:
    """A mark with the two decimals that are stored, never -0.0."""
    return round(float(number), 2) + 0.0


def _plain(value: Json) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
    return value if is_number else None


def _in_words(text: str, maximum: float) -> float | None:
    if len(text) > _LONGEST_MARK:
        return None
    out_of = _OUT_OF.fullmatch(text)
    if out_of and not _WITH_FRACTION.fullmatch(text):
        return _number(out_of[1]) if float(out_of[2]) == maximum else None
    return _number(text)


def _number(text: str) -> float | None:
    if _DECIMAL.fullmatch(text):
        return float(text)
    if match := _WITH_VULGAR.fullmatch(text):
        return float(match[1] or 0) + _VULGAR[match[2]]
    if (match := _WITH_FRACTION.fullmatch(text)) and int(match[2]) < int(match[3]):
        return float(match[1]) + int(match[2]) / int(match[3])
    return None


def _short(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def finding(reason: Reason, message: str, question: Question, value: Json = None) -> Finding:
    return Finding(reason, message, question.question_id, None if value is None else shown(value))


def shown(value: Json) -> str:
    """`value` short enough to show and plain enough to store."""
    text = value if isinstance(value, str) else type(value).__name__ if isinstance(value, dict | list) else str(value)
    return text[:_LONGEST_FOUND].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
