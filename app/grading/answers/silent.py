"""Which notes say nothing of a mark, by their words alone: most do, and the search for what a note says is long.

Nothing here reads a note. `says_nothing` may only be True where no search of `spoken`, `losses` and `statements` finds
anything; each word and sign below is one without which a search cannot succeed. Notes with letters beyond ASCII are
always searched.
"""

import re

from app.grading.answers import languages
from app.grading.answers.glossary import glossed_as
from app.grading.answers.losses import ASCII_UNITS, NUMBER_WORDS
from app.grading.answers.statements import EMPTY, MARK_WORDS, NUMBERED, WHOLLY

_WORDS = re.compile("[a-z]+")
_DIGIT = re.compile("[0-9]")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _with_foreign(english: frozenset[str]) -> frozenset[str]:
    """English words and all words of the glossary that mean one of them, singular and plural."""
    words = english | glossed_as(english)
    return words | {f"{word}s" for word in words}


# The words of `spoken`: of a whole mark beside a number, and of an answer that was not marked.
_SPOKEN = _set(
    "awarding scores scoring total totals totalling reduced lowered raised changed corrected illegible assess evaluate"
)
_TELLING = ASCII_UNITS | _SPOKEN | _with_foreign(MARK_WORDS | WHOLLY | EMPTY | _set("note"))
# "1 of 3", and "no attempt": neither word of such a pair says anything alone.
_OF = _with_foreign(_set("of out"))
_NUMBERED = _with_foreign(NUMBERED)
_NO = _with_foreign(_set("no not"))
_ATTEMPT = _with_foreign(_set("attempt attempted answer answered response"))
_NUMBER = rf"(?:[0-9]|(?:{'|'.join(NUMBER_WORDS)})\s)"
_OPENS_WITH_A_NUMBER = re.compile(rf"\W{{0,3}}(?:(?:only|nur|just|seulement|solo)\s)?{_NUMBER}", re.IGNORECASE)
_SIGNED = re.compile(rf"-\s?(?:\.|{_NUMBER})", re.IGNORECASE)
_CODE = re.compile("[MAB][0-3]")
# "volle" of `volle\s(?:punktzahl|punkte)`: such words say something where they begin a note.
_OPENINGS = frozenset(
    re.findall(r"(?<![^|])[a-z]+(?=[\\|]|\Z)", f"{languages.FULL}|{languages.HALF_OF_ALL}|{languages.NONE}")
)


def says_nothing(notes: str) -> bool:
    """Whether `notes`, as the model wrote them, surely say nothing of a mark. False where that is not sure."""
    if not notes.isascii():
        return False
    words = _WORDS.findall(notes.lower())
    if not _TELLING.isdisjoint(words) or (words and words[0] in _OPENINGS):
        return False
    if not _NO.isdisjoint(words) and not _ATTEMPT.isdisjoint(words):
        return False
    return _has_no_number(notes, words)


def _has_no_number(notes: str, words: list[str]) -> bool:
    """Whether no number stands where it could be a mark, a loss or a share."""
    if _DIGIT.search(notes) is None and _NUMBERED.isdisjoint(words):
        return True
    if "/" in notes or not _OF.isdisjoint(words) or _OPENS_WITH_A_NUMBER.match(notes):
        return False
    return not ("-" in notes and _SIGNED.search(notes)) and _CODE.search(notes) is None
