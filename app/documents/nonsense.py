"""Letters of the right writing system that make no words: a font's map of characters is wrong, or made for another one.

Such a page looks like text ("lHkh euq"; tUe ls" is Hindi in a font of the time before Unicode). Two figures tell it
from every language of its writing system: how its letters are distributed, and how often a vowel stands beside a
consonant. Pure.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import regex

_WORD_LENGTH = 3
# Below it chance decides: a page of formulas has fewer letters in words.
_LEAST_LETTERS = 150
# The sum of both figures: first articles of the Declaration of Human Rights gave 1.34 (Vietnamese) to 1.79 in 22
# languages, lists of names, code and formulas 1.54 to 1.71; of 2,400 texts whose letters were exchanged at random
# 96 % gave less, half of them less than 0.9.
_LEAST_SENSE = 1.23
# UTF-8 that was read as if each of its bytes were a letter: Ã©, â€™, ÐŸ.
_BYTES = regex.compile(r"[ÃÂÐÑØÙ][\u0080-\u00bf]|â€[\u0080-\u00bf\u0152-\u2122]|ðŸ")
_MOST_BYTES = 0.01
_MARKS = regex.compile(r"\p{M}+")


@dataclass(frozen=True, slots=True)
class _Alphabet:
    """`shares` of the letters in a hundred, on average over languages; what is folded into a plain letter has none."""

    word: "regex.Pattern[str]"
    shares: Mapping[str, float]
    vowels: str
    folded: Mapping[int, str]

    @property
    def sorts(self) -> dict[int, str]:
        return {ord(letter): "v" if letter in self.vowels else "c" for letter in self.shares}


_LATIN = _Alphabet(
    regex.compile(rf"\p{{Latin}}{{{_WORD_LENGTH},}}"),
    dict(
        zip(
            "abcdefghijklmnopqrstuvwxyz",
            [
                *(9.0, 1.6, 2.9, 4.0, 13.0, 1.3, 1.7, 2.4, 8.0, 0.7, 2.0, 4.3, 3.0),
                *(7.0, 6.0, 2.4, 0.4, 6.5, 6.5, 6.3, 4.0, 1.6, 0.7, 0.2, 1.3, 1.2),
            ],
            strict=True,
        )
    ),
    "aeiouy",
    str.maketrans({"đ": "d", "ı": "i", "ø": "o", "ł": "l", "ŋ": "n", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}),
)
_CYRILLIC = _Alphabet(
    regex.compile(rf"\p{{Cyrillic}}{{{_WORD_LENGTH},}}"),
    dict(
        zip(
            "оеаинтсрвлкмдпуяыьгзбчхжшюцщэфъ",
            [
                *(11.0, 8.5, 8.5, 8.4, 6.7, 6.3, 5.5, 4.7, 4.5, 4.4, 3.5, 3.2, 3.0, 2.8, 2.6, 2.0),
                *(1.9, 1.7, 1.7, 1.7, 1.6, 1.4, 1.0, 0.9, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.1),
            ],
            strict=True,
        )
    ),
    "оеаиуяыюэ",
    str.maketrans({"і": "и", "ї": "и", "є": "е", "ґ": "г", "ј": "и", "љ": "л", "њ": "н", "ћ": "ч", "ђ": "д"}),
)


def is_nonsense(text: str) -> bool:
    """Whether the words of the text, as many as are needed to tell, are none of any language."""
    if len(_BYTES.findall(text)) > _MOST_BYTES * len(text):
        return True
    plain = text.lower() if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFD", text.lower()))
    return any(_makes_no_sense(plain, alphabet) for alphabet in ((_LATIN,) if text.isascii() else (_LATIN, _CYRILLIC)))


def _makes_no_sense(plain: str, alphabet: _Alphabet) -> bool:
    words = " ".join(alphabet.word.findall(plain)).translate(alphabet.folded)
    counts = Counter(words)
    n_letters = sum(counts[letter] for letter in alphabet.shares)
    return n_letters >= _LEAST_LETTERS and _likeness(counts, alphabet) + _alternation(words, alphabet) < _LEAST_SENSE


def _likeness(counts: Mapping[str, int], alphabet: _Alphabet) -> float:
    """The cosine between the letters of a text and those of the average one, 0 to 1."""
    shares = alphabet.shares
    both = sum(counts[letter] * share for letter, share in shares.items())
    length = math.hypot(*(counts[letter] for letter in shares)) * math.hypot(*shares.values())
    return both / length


def _alternation(words: str, alphabet: _Alphabet) -> float:
    """The share of neighbours within words of which one is a vowel and the other a consonant."""
    sorts = words.translate(alphabet.sorts)
    n_pairs = sum(len(word) - 1 for word in sorts.split())
    return (sorts.count("vc") + sorts.count("cv")) / n_pairs
