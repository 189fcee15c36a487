"""The totals that an answer states for all its questions, against the sum of its marks and of the maxima."""

import re
from collections.abc import Iterator, Sequence

from app.grading.answers.keys import Meaning, holds_awards, holds_no_awards, meaning, words
from app.grading.answers.losses import as_plain_numbers
from app.marks.model import Json, Question
from app.marks.question_ids import QuestionIds

_DEEPEST = 6
_CLOSE = 0.011
_EXACT = 1e-6
# A share as a fraction has at least one decimal: 1 is not 0.7 rounded up.
_LEAST_FRACTION = 0.1
_SUM = frozenset({"total", "sum", "overall"})
_ABOUT_ALL = _SUM | {"summary"}
# "grade": "B" is no sum of marks, and "total_questions" counts.
_NO_SUM = frozenset({"grade", "question", "q", "num", "number", "count"})
_SUMMED = frozenset({Meaning.AWARD, Meaning.TOTAL, Meaning.PLAIN})
_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,4})?"
_WRITTEN = re.compile(rf"\s*({_NUMBER})\s*(?:(?:/|out of|of)\s*({_NUMBER}))?\s*(?:marks?|points?)?\s*", re.IGNORECASE)

_PERCENT = re.compile(rf"\s*({_NUMBER})\s*(?:%|percent)?\s*", re.IGNORECASE)


_PERCENTS = frozenset({"percent", "percentage", "percentages", "per cent", "%", "prozent", "0-100", "0-100%"})


def other_total(value: Json, known: QuestionIds, questions: Sequence[Question], marks: Sequence[float]) -> str | None:
    """A total in `value` that is neither the sum of `marks` nor anything else that a total may be; None where there is
    none. The words show both values.
    """
    maximum, given = sum(one.max_marks for one in questions), sum(marks)
    for meant, stated in _stated(value, known):
        if meant is Meaning.SCALE:
            return f"scale {stated:g}, {maximum:g}"
        if meant is Meaning.MAXIMUM and not _is_one_of(stated, maximum):
            return f"maximum {stated:g}, {maximum:g}"
        if meant is Meaning.SHARE and not is_share(stated, given, maximum):
            return f"share {stated:g}, {given:g} of {maximum:g}"
        if meant in _SUMMED and not _may_be_a_sum(stated, given, maximum, len(questions), meant):
            return f"total {stated:g}, {given:g}"
    return None


def _may_be_a_sum(stated: float, given: float, maximum: float, n_questions: int, meant: Meaning) -> bool:
    if _is_one_of(stated, given) or is_share(stated, given, maximum):
        return True
    return meant is not Meaning.AWARD and _is_one_of(stated, maximum, n_questions)


def is_share(stated: float, given: float, maximum: float) -> bool:
    """Whether a number is `given` of `maximum` in percent or as a fraction, rounded up or down at its last digit: 66,
    67 and 66.7 are 2 of 3, 99 is not 3 of 3.
    """
    share = given / maximum if maximum else 0.0
    _, _, digits = f"{stated:.4f}".rstrip("0").partition(".")
    step = 10.0 ** -len(digits)
    return _is_rounded(stated, 100 * share, step) or _is_rounded(stated, share, min(step, _LEAST_FRACTION))


def _is_rounded(stated: float, exact: float, step: float) -> bool:
    """Whether `stated` is one of the two multiples of `step` beside `exact`, or `exact` itself."""
    nearest = round(exact / step) * step
    return abs(stated - exact) < step - _EXACT if abs(nearest - exact) > _EXACT else abs(stated - exact) <= _EXACT


def _is_one_of(stated: float, *others: float) -> bool:
    return any(abs(stated - other) <= _CLOSE for other in others)


def _stated(value: Json, known: QuestionIds) -> Iterator[tuple[Meaning, float]]:
    """Each number that stands beside the list or map of all marks, or in a summary beside it, with its meaning."""
    level = [value]
    for _ in range(_DEEPEST):
        objects = [item for item in level if isinstance(item, dict)]
        for one in objects:
            if _holds_all(one, known):
                yield from _totals_of(one, known)
        level = [inner for one in objects for key, item in one.items() for inner in _inside(key, item, known)]


def _inside(key: str, item: Json, known: QuestionIds) -> list[Json]:
    """The objects under a key that may hold all marks: a map of them, or students, but no entry of a question."""
    if holds_no_awards(key) or known.match(key) in known:
        return []
    return [one for one in (item if isinstance(item, list) else [item]) if isinstance(one, dict) and not _is_entry(one)]


def _is_entry(value: Json) -> bool:
    return isinstance(value, dict) and any(meaning(key) in {Meaning.ID, Meaning.NUMBER} for key in value)


def _holds_all(value: dict[str, Json], known: QuestionIds) -> bool:
    is_map = any(known.match(key) in known for key in value)
    return is_map or any(
        (holds_awards(key) and isinstance(item, dict | list | str) and bool(item))
        or (isinstance(item, list) and any(map(_is_entry, item)))
        for key, item in value.items()
    )


def _totals_of(value: dict[str, Json], known: QuestionIds) -> Iterator[tuple[Meaning, float]]:
    for key, item in value.items():
        if known.match(key) in known:
            continue
        if isinstance(item, dict) and words(key) & _ABOUT_ALL:
            yield from (pair for inner, one in item.items() for pair in _read(inner, one))
        else:
            yield from _read(key, item)


def _percent(written: str) -> Json:
    match = _PERCENT.fullmatch(as_plain_numbers(written))
    return float(match[1]) if match else None


def _read(key: str, item: Json) -> Iterator[tuple[Meaning, float]]:
    meant = meaning(key)
    if meant is Meaning.SCALE and isinstance(item, str) and item.strip().lower() in _PERCENTS:
        yield meant, 100.0
    if meant not in _SUMMED | {Meaning.MAXIMUM, Meaning.SHARE} or words(key) & _NO_SUM:
        return
    if meant is Meaning.SHARE and isinstance(item, str):
        item = _percent(item)
    if isinstance(item, str) and (match := _WRITTEN.fullmatch(as_plain_numbers(item))):
        yield meant, float(match[1])
        if match[2]:
            yield Meaning.MAXIMUM, float(match[2])
    elif isinstance(item, int | float) and not isinstance(item, bool):
        yield meant, float(item)
