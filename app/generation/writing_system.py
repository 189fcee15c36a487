"""The language and the direction that a text is written in, as far as its letters tell. Pure."""

import unicodedata
from collections import Counter
from functools import lru_cache

# The language that most people write in a writing system that several languages share. A test that names its language
# is believed first.
_LANGUAGES = {
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "ORIYA": "or",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "THAI": "th",
    "LAO": "lo",
    "TIBETAN": "bo",
    "MYANMAR": "my",
    "KHMER": "km",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "GREEK": "el",
    "CYRILLIC": "ru",
    "HEBREW": "he",
    "ARABIC": "ar",
    "SYRIAC": "syr",
    "THAANA": "dv",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
}
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur", "ps", "sd", "ug", "yi", "ckb", "syr", "dv"})
# Greek letters stand in formulas, Latin ones in names and units: they decide only where nothing else is written.
_WEIGHTS = {"LATIN": 0.2, "GREEK": 0.2}
# Letters that one language of a writing system has and the others lack: Urdu and Persian in Arabic letters, Ukrainian
# in Cyrillic ones. The first language that has one of its letters in the text is taken.
_TELLING = (
    ("ur", frozenset("ٹڈڑںھےۓ")),
    ("fa", frozenset("پچژگیک")),
    ("uk", frozenset("іїєґІЇЄҐ")),
)
# The language of the letters says the same of a page as of its beginning.
_JUDGED_BY = 2_000


@lru_cache(maxsize=4096)
def language_of(text: str) -> str:
    """The language that the letters of `text` tell, as a BCP 47 tag; "" for Latin letters, which tell none."""
    counts = Counter(_system(character) for character in text[:_JUDGED_BY] if character.isalpha())
    if not counts:
        return ""
    system = max(counts, key=lambda name: counts[name] * _WEIGHTS.get(name, 1.0))
    if system == "CJK" and counts["HIRAGANA"] + counts["KATAKANA"] > 0:
        return "ja"
    language = _LANGUAGES.get(system, "")
    telling = (other for other, letters in _TELLING if language in {"ar", "ru"} and letters & set(text[:_JUDGED_BY]))
    return next(telling, language)


# Languages that share their letters with the one that language_of tells.
_SHARED = {
    "hi": {"mr", "ne", "sa", "kok", "mai", "bho"},
    "bn": {"as"},
    "ar": {"fa", "ur", "ps", "sd", "ug", "ckb"},
    "ru": {"uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg"},
    "am": {"ti"},
    "he": {"yi"},
}


def language_in(text: str, said: str) -> str:
    """The language of `text` in a test whose stated language is `said`: that one, if the letters can belong to it."""
    guessed = language_of(text)
    primary = said.partition("-")[0]
    return said if said and (not guessed or guessed == primary or primary in _SHARED.get(guessed, ())) else guessed


def direction_of(language: str) -> str:
    """The value of HTML's `dir`: rtl or ltr."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=65_536)
def _system(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
