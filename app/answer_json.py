"""Find the JSON in a completion, whatever surrounds it. Never raises, and its work is linear in the text."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from app.marks.model import Json

# 128k output tokens, the most that models offer today, are some 500,000 characters.
LONGEST_TEXT = 500_000
# A failed try costs up to 0.4 ms on the longest text (the decoder counts its lines for the error message).
_MOST_FAILURES = 400
# Characters that failed tries may read in all, as a multiple of the text's length.
_MOST_WORK = 20
_LONGEST_INTEGER = 18
_LONGEST_KEPT = 40

# What can begin marks: an object with a key, a list of objects. `\frac{1}{2}` and `[3]` are passed over.
_START = re.compile(r"\{\s*\"|\[\s*\{")
_FENCE_BEFORE = re.compile(r"(?:```|~~~)[ \t]*[\w-]{0,20}\s*\Z")
_BACKSLASH = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})|\\")


class RepeatedKeys(dict[str, Json]):
    """A JSON object in which a key stands more than once; `pairs` has them all, as a dict the last one wins."""

    def __init__(self, pairs: list[tuple[str, Json]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class WrittenFloat(float):
    """A number with its digits as they were written: as an id 1.10 is not 1.1."""

    written: str

    def __new__(cls, digits: str) -> Self:
        number = super().__new__(cls, digits)
        number.written = digits
        return number


@dataclass(frozen=True, slots=True)
class Found:
    """One JSON value of a text and where it stands. `path` is `json` (it is the whole text), `fenced` or `prose`."""

    value: Json
    path: str
    start: int = 0
    end: int = 0


def pairs_of(value: dict[str, Json]) -> list[tuple[str, Json]]:
    return value.pairs if isinstance(value, RepeatedKeys) else list(value.items())


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    as_dict = dict(pairs)
    return as_dict if len(as_dict) == len(pairs) else RepeatedKeys(pairs)


def _float(digits: str) -> float | str:
    number = WrittenFloat(digits)
    return number if math.isfinite(number) else digits[:_LONGEST_KEPT]


def _integer(digits: str) -> float | str:
    # int() refuses more than 4300 digits, and no mark needs as many as 18.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else _float(digits)


# Constants (NaN, Infinity) stay the words they were: no number that is not one gets any further.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=str, strict=False
)


def decode_whole(text: str) -> Json | None:
    """The value of a text that is one JSON object or list and nothing else; None for anything else.

    A JSON string that holds such a text counts as it: some models answer with their JSON quoted once more.
    """
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if end != len(text):
        return None
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        return decode_whole(value.strip())
    return value if isinstance(value, dict | list) else None


def find_json(text: str) -> list[Found]:
    """Every outermost JSON object or list of `text` that could hold marks, in the order in which they stand."""
    whole = decode_whole(text.strip())
    return [Found(whole, "json", 0, len(text))] if whole is not None else list(_scan(text))


def spans_of_json(text: str) -> list[tuple[int, int]]:
    """(start, end) of every outermost JSON object or list in `text`."""
    return [(found.start, found.end) for found in find_json(text)]


def _scan(text: str) -> Iterator[Found]:
    starts = [match.start() for match in _START.finditer(text)]
    position, index, failures, work = 0, 0, 0, 0
    while index < len(starts) and work <= _MOST_WORK * len(text):
        start = starts[index]
        index += 1
        if start < position:
            continue
        try:
            value, position = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            failures += 1
            # What nests too deeply does not say how far it was read: to the end, at worst.
            work += getattr(error, "pos", len(text)) - start + 1
            if failures == _MOST_FAILURES:
                break
            if failures == _MOST_FAILURES // 2:
                # The answer proper stands last: the remaining tries are for the end of the text.
                index = max(index, len(starts) - _MOST_FAILURES // 2)
        else:
            fenced = _FENCE_BEFORE.search(text, max(0, start - 40), start)
            yield Found(value, "fenced" if fenced else "prose", start, position)


def with_stray_backslashes_doubled(text: str) -> str:
    r"""`text` with every backslash doubled that begins no JSON escape: `\sqrt` in a note, which no decoder takes."""
    return _BACKSLASH.sub(lambda match: match[0] if len(match[0]) > 1 else "\\\\", text)


def nests_deeper_than(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        children = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in children for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)


# `\frac` is a valid JSON escape followed by "rac". A model writes no form feed and no
# backspace on purpose. Tabs and line breaks it does write: they are mended only before a LaTeX command that is no word.
_EATEN_BACKSLASHES = (
    (re.compile(r"\f(?=[a-zA-Z])"), r"\\f"),
    (re.compile(r"\x08(?=[a-zA-Z])"), r"\\b"),
    (re.compile(r"\t(?=(?:heta|imes|ext(?:bf|it|rm)?\{|au\b|an[({^\\]|riangle|herefore|frac|ilde|o\b))"), r"\\t"),
    (re.compile(r"\n(?=(?:eq|abla|otin|ot|leq|mid)\b)"), r"\\n"),
    (re.compile(r"\r(?=(?:ight(?:arrow)?|ho|angle|ceil|floor)\b)"), r"\\r"),
)


def repair_latex(note: str | None) -> str | None:
    r"""`note` with the backslashes back that JSON escapes ate: a form feed before "rac" was `\frac`."""
    if note is None or note.isprintable():
        return note
    for pattern, command in _EATEN_BACKSLASHES:
        note = pattern.sub(command, note)
    return note
