"""What a key of a model's JSON may mean. One table, by the words of which a key is made, in whatever spelling.

`marks_awarded`, `marksAwarded`, `awarded marks` and `MARKS-AWARDED` are the same two words. A key counts as the award
only where every one of its words belongs to an award: with a word that is not in the table it is something else.
"""

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache

ASKED_AWARD, ASKED_ID = "marks_awarded", "question_id"


class Meaning(Enum):
    """What stands under a key."""

    AWARD = auto()  # the mark that the student gets
    PLAIN = auto()  # "marks": the award, unless another key is; question lists use it for the maximum
    MAXIMUM = auto()
    TOTAL = auto()  # "total": the maximum or the award
    DEDUCTION = auto()
    SHARE = auto()  # the award as a share of the maximum
    ID = auto()
    NUMBER = auto()  # a question's number, or its text: its id where nothing else names one
    PART = auto()  # of a question: criterion, step, page
    NOTE = auto()
    CONFIDENCE = auto()
    DECLINED = auto()  # true: the model gave no mark
    ASIDE = auto()  # a draft, an example, the key, another's marks: nothing under it is this answer's
    OTHER = auto()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOUNS = frozenset({"mark", "score", "point", "grade", "pt", "credit"})
_CLEAR_NOUNS = frozenset({"score", "grade"})
_EARNED = _set(
    "awarded award earned earn obtained achieved received scored gained got attained granted given credited "
    "secured final actual student your"
)
_EARNED_ALONE = _set("awarded award earned obtained achieved scored gained attained granted received got")
_NEUTRAL = _set("the for question q number num value numeric total overall sum of")
_MAXIMUM = _set(
    "max maximum maxima possible available full out outof worth allocated allotted attainable achievable "
    "obtainable limit ceiling cap denominator capacity tariff"
)
_SUM = frozenset({"total", "sum", "overall"})
_LOST = _set(
    "deducted deduct deduction lost loss lose penalty penalties penalised penalized off minus missed missing "
    "subtracted subtract forfeited withheld dropped docked unearned not negative unawarded"
)
_SHARE = _set("percent percentage pct ratio normalized normalised fraction proportion rate")
_CONFIDENCE = _set("confidence confident certainty probability likelihood sure")
_NOTE = _set(
    "note feedback comment reason reasoning rationale justification explanation remark why critique observation "
    "thinking thought"
)
_DECLINED = _set("abstain abstained abstention illegible unreadable unmarked ungraded skipped declined")
_ASIDE = _set(
    "example draft initial first previous prior old original preliminary provisional suggested proposed "
    "recommended tentative expected reference key solution human teacher examiner average mean median min minimum "
    "lowest target pass threshold potential projected predicted estimated hypothetical sample template schema "
    "format scratchpad rubric scheme bonus extra alternative other peer class before raw scaled weighted "
    "unadjusted model correct ideal rough superseded withdrawn discarded rejected injected quoted self moderator "
    "second"
)
_QUESTION = _set("question q item problem task exercise")
_ID = frozenset({"id", "identifier"})
_NUMBER = _set("number no num nr label ref")
_PART = _set("part subpart subquestion criterion component page step section aspect bullet element subtask dimension")
# "mark_type": "M1".
_KINDS_OF_MARK = frozenset({"mark", "type", "code", "kind"})
_LISTS = _set("answer result evaluation assessment grading marking response grade score mark point award")
_AROUND_LISTS = _EARNED | _QUESTION | _set("graded marked output data all list by per map")
_ID_ALONE = frozenset({"qid", "id", "questionid"})
_NO_PLURALS = ("ss", "us", "is")
_VOCABULARY = (
    _NOUNS | _EARNED | _NEUTRAL | _MAXIMUM | _LOST | _SHARE | _CONFIDENCE | _NOTE | _DECLINED | _ASIDE | _QUESTION
    | _ID | _NUMBER | _PART | _LISTS | {"qid", "of"}
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_]+|[#%]")
_LONGEST_KEY = 60


@lru_cache(4096)
def words(key: str) -> frozenset[str]:
    """The words of a key, lower-case and singular. Of a key that is too long to be one: the key itself."""
    text = unicodedata.normalize("NFKC", key)
    if len(text) > _LONGEST_KEY:
        return frozenset({text})
    found = [_singular(word.lower()) for word in _WORD.findall(text)]
    return frozenset(part for word in found for part in _taken_apart(word))


def _singular(word: str) -> str:
    if word == "criteria":
        return "criterion"
    return word[:-1] if word.endswith("s") and len(word) > 2 and not word.endswith(_NO_PLURALS) else word  # noqa: PLR2004


def _taken_apart(word: str) -> list[str]:
    """The words that were written as one: `marksawarded`; the word itself where it is no such thing."""
    if word in _VOCABULARY:
        return [word]
    for cut in range(2, len(word) - 1):
        head = _singular(word[:cut])
        if head in _VOCABULARY and (rest := _taken_apart(_singular(word[cut:]))) and set(rest) <= _VOCABULARY:
            return [head, *rest]
    return [word]


@lru_cache(4096)
def meaning(key: str) -> Meaning:
    """What a value under `key` means. Whatever is in doubt is OTHER."""
    found = words(key)
    for meant, telling in (
        (Meaning.CONFIDENCE, _CONFIDENCE),
        (Meaning.NOTE, _NOTE),
        (Meaning.DECLINED, _DECLINED),
        (Meaning.ASIDE, _ASIDE),
        (Meaning.DEDUCTION, _LOST),
        (Meaning.SHARE, _SHARE | {"%"}),
    ):
        if found & telling:
            return meant
    if found & _MAXIMUM or found == {"of"}:
        is_clear = not found & _EARNED and not any(word.isdigit() for word in found)
        return Meaning.MAXIMUM if is_clear else Meaning.OTHER
    if found == _ID_ALONE & found or (found & _QUESTION and found & _ID and found <= _QUESTION | _ID):
        return Meaning.ID
    if found <= _QUESTION | _NUMBER | {"#"}:
        return Meaning.NUMBER
    if found & _PART or (found <= _KINDS_OF_MARK and found != {"mark"}):
        return Meaning.OTHER if found & _NOUNS and found & _PART else Meaning.PART
    return _award(found)


def _award(found: frozenset[str]) -> Meaning:
    if not found <= _NOUNS | _EARNED | _NEUTRAL:
        return Meaning.OTHER
    earned = found & _EARNED
    if earned and (found & _NOUNS or found <= _EARNED_ALONE | _SUM):
        return Meaning.AWARD
    if found & _SUM:
        return Meaning.TOTAL
    if found & _CLEAR_NOUNS:
        return Meaning.AWARD
    return Meaning.PLAIN if found & _NOUNS else Meaning.OTHER


@lru_cache(4096)
def holds_awards(key: str) -> bool:
    """Whether a map or list under `key` is named as the answer: then bare numbers in it are awards."""
    found = words(key)
    return bool(found & _LISTS) and found <= _LISTS | _AROUND_LISTS and found != {"student", "answer"}


@lru_cache(4096)
def holds_no_awards(key: str) -> bool:
    """Whether nothing under `key` is an answer, whatever its shape."""
    return meaning(key) in _WITHOUT_AWARDS


_WITHOUT_AWARDS = frozenset(
    {Meaning.ASIDE, Meaning.MAXIMUM, Meaning.DEDUCTION, Meaning.SHARE, Meaning.CONFIDENCE, Meaning.NOTE}
)
