"""Comparing a model's words with a document's: whether a quote stands there, and whether two options are one. Pure."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from rapidfuzz import fuzz

from app.generation.segment import Segment

_SAME = str.maketrans("“”„’‘–—‐\u2011−", '"""\'\'-----')
# Invisible: zero-width spaces and joiners, soft hyphens, marks of direction.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
# Vowel points of Arabic and Hebrew and the stroke that lengthens an Arabic word: models leave them out as they copy.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670]")
# NFKC makes x2 of both x² and x₂, and v of a bold v: between options that may be the whole difference.
_TELLING = ("<super>", "<sub>", "<font>")
# Symbols of elements and units have one or two letters (Co is cobalt, CO carbon monoxide; mA, MA); up to four they have
# where capitals stand as in no word (mPa, MPa).
_SYMBOL_LETTERS, _MIXED_LETTERS = 2, 4
_GENOTYPE = re.compile(r"(?:([a-z])\1)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """Where a quote stands: its score, the page it begins on, and the words that stand there."""

    score: float
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class _Word:
    page: int
    text: str
    plain: str


def find_quote(quote: str, segment: Segment) -> QuoteMatch:
    """The best place for `quote` in the segment. White space, the shapes of quotation marks and how letters are made
    (accents apart, ligatures) do not count. What is found is in the document's words, with single spaces.
    """
    words = [word for passage in segment.passages for word in _words(passage.page, passage.text)]
    whole, wanted = " ".join(word.plain for word in words), plain(quote)
    # partial_ratio finds the shorter string in the longer one, whichever that is.
    if not wanted or len(wanted) > len(whole):
        return QuoteMatch(0.0, segment.first_page, "")
    exact = whole.find(wanted)
    if exact >= 0:
        return _match(100.0, words, exact, exact + len(wanted))
    found = fuzz.partial_ratio_alignment(wanted, whole)
    return _match(found.score, words, found.dest_start, found.dest_end) if found else _match(0.0, words, 0, 0)


def plain(text: str) -> str:
    """`text` as it is compared with a document's."""
    return " ".join(unicodedata.normalize("NFKC", _UNSEEN.sub("", _POINTS.sub("", text.translate(_SAME)))).split())


def same_option(text: str) -> str:
    """What two options have in common that are one to a reader."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", text.translate(_SAME)))
    composed = unicodedata.normalize("NFC", "".join(map(_unless_telling, seen)))
    option = " ".join(composed.split()).rstrip(".;,!")
    return option if _case_matters(option) else option.casefold()


def _words(page: int, text: str) -> list[_Word]:
    words = [_Word(page, word, plain(word)) for word in text.split()]
    return [word for word in words if word.plain]


def _match(score: float, words: list[_Word], start: int, end: int) -> QuoteMatch:
    """The match from `start` to `end` in the plain words, which have one space between them."""
    starts = [0, *accumulate(len(word.plain) + 1 for word in words[:-1])]
    # Before a space that begins the match stands nothing of it.
    start += start + 1 in starts
    first = bisect_right(starts, start) - 1
    last = bisect_right(starts, max(start, end - 1)) - 1
    texts = [word.text for word in words[first : last + 1]]
    # The end first: where both lie in one word, its head is still there.
    texts[-1] = texts[-1][: _place(texts[-1], end - starts[last])]
    texts[0] = texts[0][_place(words[first].text, start - starts[first]) :]
    return QuoteMatch(score, words[first].page, " ".join(texts).strip())


def _place(word: str, n_plain: int) -> int:
    """How much of a word makes `n_plain` characters of its plain form: whole letters, accents included."""
    return bisect_right(range(len(word) + 1), n_plain, key=lambda end: len(plain(word[:end]))) - 1


def _unless_telling(character: str) -> str:
    is_telling = unicodedata.decomposition(character).startswith(_TELLING)
    return character if is_telling else unicodedata.normalize("NFKC", character)


def _case_matters(option: str) -> bool:
    """Iron, iron and IRON are one word; Co and CO, MPa and mPa, AaBb and aabb are not."""
    letters = "".join(filter(str.isalpha, option))
    is_word = letters.islower() or letters.isupper() or letters.istitle()
    is_symbol = len(letters) <= _SYMBOL_LETTERS or (len(letters) <= _MIXED_LETTERS and not is_word)
    return is_symbol or _GENOTYPE.fullmatch(letters) is not None
