"""Letters that people write in several ways: with or without accents, as one letter or as two."""

import re
import unicodedata

# Letters whose stroke is no accent of its own.
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "\u0131": "i"}
)
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
# In other alphabets, a letter with a sign is another letter: й is not и.
_ACCENTS = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")


def without_accents(text: str) -> str:
    """The Latin letters of a text without their accents: eleve for élève. ø and ß stay."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def in_plain_letters(text: str) -> str:
    """A text in lower case as people write it who leave out signs: muller for müller, soren for søren."""
    return without_accents(text.translate(_PLAIN))


def in_two_letters(text: str) -> str:
    """A text in lower case as people write it on a keyboard without its letters: mueller for müller."""
    return in_plain_letters(unicodedata.normalize("NFC", text).translate(_TWO_LETTERS))
