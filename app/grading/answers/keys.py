"""The possible meanings of a key of a model's JSON: one table, by the words in the key, in any spelling.

`marks_awarded`, `marksAwarded`, `awarded marks` and `vergebene Punkte` are the same two words. A key counts as the
award only if each of its words belongs to an award. A key with a word outside the table is something else.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from functools import lru_cache

from app.grading.answers.glossary import COMPOUNDED, in_english, singular, without_accents

ASKED_AWARD, ASKED_ID = "marks_awarded", "question_id"


class Meaning(Enum):
    """The meaning of the value under a key."""

    AWARD = auto()  # the mark that the student gets
    PLAIN = auto()  # "marks": the award, unless another key is; question lists use it for the maximum
    MAXIMUM = auto()
    TOTAL = auto()  # "total": the maximum or the award
    DEDUCTION = auto()
    RIVAL = auto()  # "adjusted_mark": no award by itself, and beside one it must agree
    CHANGE = auto()  # "bonus": what would change the award
    CORRECTNESS = auto()  # right or wrong, or not marked at all
    SCALE = auto()  # "scale": "0-1", "unit": "percent"
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
_NEUTRAL = _set("the grand for question q number num value numeric total overall sum of")
_MAXIMUM = _set(
    "max maximum maxima possible available full out outof worth allocated allotted attainable achievable "
    "obtainable limit ceiling cap denominator capacity tariff"
)
_SUM = frozenset({"total", "sum", "overall"})
_LOST = _set(
    "deducted deduct deduction lost loss lose penalty penalties penalised penalized off minus missed missing "
    "subtracted subtract forfeited withheld dropped docked unearned not negative unawarded"
)
_RIVAL = _set("adjusted revised corrected moderated rescaled updated new final actual")
_CHANGE = _set("bonus extra adjustment")
_CORRECTNESS = _set("is correct verdict status state correctness outcome")
_JUDGED = frozenset({"answer", "mark", "marked", "graded"})
_SCALE = _set("scale unit")
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
    "format scratchpad rubric scheme alternative other peer class before raw scaled weighted "
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
_VOCABULARY = (
    _NOUNS | _EARNED | _NEUTRAL | _MAXIMUM | _LOST | _SHARE | _CONFIDENCE | _NOTE | _DECLINED | _ASIDE | _QUESTION
    | _ID | _NUMBER | _PART | _LISTS | COMPOUNDED | {"qid", "of"}
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_]+(?:[\u0900-\u0d7f]+[^\W_]*)*|[#%]")
_LONGEST_KEY = 60


@lru_cache(4096)
def words(key: str) -> frozenset[str]:
    """The words of a key in English, lower-case and singular. A key that is too long counts as one word."""
    text = without_accents(key)
    if len(text) > _LONGEST_KEY:
        return frozenset({text})
    found = [singular(word.lower()) for word in _WORD.findall(text)]
    return frozenset(in_english([part for word in found for part in _taken_apart(word)]))


def _taken_apart(word: str) -> list[str]:
    """The words that were written as one: `marksawarded`; the word itself where it is no such thing."""
    if word in _VOCABULARY:
        return [word]
    for cut in range(2, len(word) - 1):
        head = singular(word[:cut])
        if head in _VOCABULARY and (rest := _taken_apart(singular(word[cut:]))) and set(rest) <= _VOCABULARY:
            return [head, *rest]
    return [word]


@lru_cache(4096)
def meaning(key: str) -> Meaning:
    """What a value under `key` means. Whatever is in doubt is OTHER."""
    found = words(key)
    return next((meant for meant, holds in _RULES if holds(found)), None) or _award(found)


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


def _names_a_rival(found: frozenset[str]) -> bool:
    is_award = bool(found & {"final", "actual"} and found & _NOUNS) or bool(found & (_EARNED - _RIVAL))
    return bool(found & _RIVAL) and not is_award


def _names_a_maximum(found: frozenset[str]) -> bool:
    is_clear = not found & _EARNED and not any(word.isdigit() for word in found)
    return is_clear and (bool(found & _MAXIMUM) or found == {"of"})


def _names_an_id(found: frozenset[str]) -> bool:
    return found == _ID_ALONE & found or bool(found & _QUESTION and found & _ID and found <= _QUESTION | _ID)


def _names_a_part(found: frozenset[str]) -> bool:
    kinds = found <= _KINDS_OF_MARK and found != {"mark"}
    return kinds or (bool(found & _PART) and not found & _NOUNS)


# The first that holds: "rubric_notes" is a note, "max_marks_awarded" nothing that anybody can tell.
_RULES: tuple[tuple[Meaning, Callable[[frozenset[str]], bool]], ...] = (
    (Meaning.CONFIDENCE, lambda found: bool(found & _CONFIDENCE)),
    (Meaning.NOTE, lambda found: bool(found & _NOTE)),
    (Meaning.DECLINED, lambda found: bool(found & _DECLINED)),
    (Meaning.CHANGE, lambda found: bool(found & _CHANGE)),
    (Meaning.DEDUCTION, lambda found: bool(found & _LOST)),
    (Meaning.SHARE, lambda found: bool(found & (_SHARE | {"%"}))),
    (Meaning.CORRECTNESS, lambda found: bool(found & _CORRECTNESS) and found <= _CORRECTNESS | _JUDGED),
    (Meaning.SCALE, lambda found: bool(found & _SCALE) and found <= _SCALE | _NOUNS),
    (Meaning.ASIDE, lambda found: bool(found & _ASIDE)),
    (Meaning.RIVAL, _names_a_rival),
    (Meaning.MAXIMUM, _names_a_maximum),
    (Meaning.OTHER, lambda found: bool(found & _MAXIMUM)),
    (Meaning.ID, _names_an_id),
    (Meaning.NUMBER, lambda found: found <= _QUESTION | _NUMBER | {"#"}),
    (Meaning.PART, _names_a_part),
    (Meaning.OTHER, lambda found: bool(found & _PART)),
)


@lru_cache(4096)
def holds_awards(key: str) -> bool:
    """Whether a map or list under `key` is named as the answer: then bare numbers in it are awards."""
    found = words(key)
    return bool(found & (_LISTS | _EARNED_ALONE)) and found <= _LISTS | _AROUND_LISTS and found != {"student", "answer"}


@lru_cache(4096)
def holds_no_awards(key: str) -> bool:
    """Whether nothing under `key` is an answer, whatever its shape."""
    return meaning(key) in _WITHOUT_AWARDS


_WITHOUT_AWARDS = frozenset(
    {Meaning.ASIDE, Meaning.MAXIMUM, Meaning.DEDUCTION, Meaning.SHARE, Meaning.CONFIDENCE, Meaning.NOTE}
)
