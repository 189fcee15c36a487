"""The last resort: broken JSON mended by json_repair. Only marks that stand in the text itself are taken from it.

json_repair alone reads `"marks_awarded": 2 or 3` as 2 and `3½` as 3. So every mark is taken from the text and quoted
before the mending, and the mended answer must hold exactly these marks, in this order.
"""

import json
import re
from dataclasses import dataclass

import json_repair

from app.answer_json import with_stray_backslashes_doubled
from app.grading.answers.keys import Meaning, meaning
from app.marks.model import Json

# json_repair takes cubic time on nested openings: with these bounds at most some 0.2 s.
_LONGEST = 40_000
_MOST_BRACKETS = 600
_KEY_OF_ANYTHING = re.compile(r"""["'“”]?\b([A-Za-z][\w -]{0,40}?)["'“”]?\s{0,20}:[ \t]{0,20}""")
_MARK_MEANINGS = frozenset({Meaning.AWARD, Meaning.PLAIN})
# A mark ends before another key or the end of its entry. Anything else may still belong to it: `1` before `}.5`.
_KEY = r"""(?:["'“”]|[A-Za-z_]\w{0,30}\s{0,20}:)"""
_CLOSED = rf"\s{{0,40}}(?:[,\]}}]|{{\s{{0,40}}{_KEY}|\Z)"
_END = rf"(?=\s{{0,40}},\s{{0,40}}(?:{_KEY}|}}{_CLOSED})|\s{{0,40}}}}{_CLOSED}|[ \t]{{0,40}}\n\s{{0,40}}{_KEY})"
_QUOTED = re.compile(rf"""(["'“”])([^"'“”\\\n]{{0,64}})["'“”]{_END}""")
_BARE = re.compile(rf"""([^\s"'“”{{}}\[\],][^"'“”{{}}\[\]\n]{{0,64}}?){_END}""")


@dataclass(frozen=True, slots=True)
class Mended:
    """The mended value, its marks as they stand in the text, and where in the text it stands."""

    value: Json
    marks: tuple[str | None, ...]
    start: int
    end: int


def repair(text: str, n_questions: int) -> Mended | None:
    """The mended value of `text`, or None if it cannot hold exactly one mark for each question.

    The caller checks that the marks of the value are `marks`.
    """
    begin = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    end = max(text.rfind("}"), text.rfind("]")) + 1
    region = text[begin:end] if begin >= 0 else ""
    if not region or len(region) > _LONGEST or region.count("{") + region.count("[") > _MOST_BRACKETS:
        return None
    quoted = _quote_marks(region, n_questions)
    if quoted is None:
        return None
    mendable, marks = quoted
    try:
        value = json_repair.loads(with_stray_backslashes_doubled(mendable), skip_json_loads=True)
    except Exception:  # noqa: BLE001 - a library's parser on any text: whatever it raises means "not mended"
        return None
    return Mended(value, marks, begin, end)


def _quote_marks(region: str, n_questions: int) -> tuple[str, tuple[str | None, ...]] | None:
    names = [key for key in _KEY_OF_ANYTHING.finditer(region) if meaning(key[1]) in _MARK_MEANINGS]
    if len(names) != n_questions:
        return None
    parts: list[str] = []
    marks: list[str | None] = []
    position = 0
    for name in names:
        token = _QUOTED.match(region, name.end()) or _BARE.match(region, name.end())
        if token is None or name.start() < position:
            return None
        written = token[token.lastindex or 1].strip()
        mark = None if written == "null" else written
        parts += [region[position : name.end()], json.dumps(mark, ensure_ascii=False)]
        marks.append(mark)
        position = token.end()
    return "".join([*parts, region[position:]]), tuple(marks)
