"""Find pages whose text differs from what they show, because a font of the PDF names its letters wrongly. Pure."""

from functools import lru_cache

import regex

from app.documents.nonsense import is_nonsense

_BLANK = regex.compile(r"\s+")
_NO_CHARACTER = regex.compile(r"[\p{Co}\p{Cn}\p{Cc}\ufffd]")
_MOST_WITHOUT = 0.05
# One such within a word spoils the word: fonts without a name for the ligature "fi" turn "first" into "rst". At the
# beginning of a word with a small letter it is a part of the word, and no bullet before it.
_NO_SIGN = r"[\ufffd\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
_NO_CHARACTER_IN_A_WORD = regex.compile(
    rf"(?<=[\p{{L}}\p{{M}}]){_NO_SIGN}(?=[\p{{L}}\p{{M}}])|(?<!\S){_NO_SIGN}(?=\p{{Ll}}{{2}})|(?<=\p{{L}}{{2}})\ufffd|\ufffd(?=\p{{L}}{{2}})"
)
_MOST_IN_WORDS, _MOST_IN_WORDS_SHARE = 2, 0.003
# Writing systems that are used together count as one: Japanese has three.
_SYSTEMS = (
    *(r"\p{Latin}", r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}", r"\p{Cyrillic}", r"\p{Greek}"),
    *(r"\p{Arabic}", r"\p{Hebrew}", r"\p{Devanagari}", r"\p{Bengali}", r"\p{Gurmukhi}", r"\p{Gujarati}"),
    *(r"\p{Oriya}", r"\p{Tamil}", r"\p{Telugu}", r"\p{Kannada}", r"\p{Malayalam}", r"\p{Sinhala}", r"\p{Thai}"),
    *(r"\p{Lao}", r"\p{Tibetan}", r"\p{Myanmar}", r"\p{Khmer}", r"\p{Georgian}", r"\p{Armenian}", r"\p{Ethiopic}"),
)
_LETTER = regex.compile(r"\p{L}")
_LEAST_LETTERS = 50
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]{2,}")
_LEAST_WHOLE = 0.8
_LEAST_SHARE = 0.5


def is_garbled(text: str) -> bool:
    """Whether a page is unreadable: too many signs are no characters, words mix letters of several writing systems,
    or the letters make no words.
    """
    if is_nonsense(text):
        return True
    dense = _BLANK.sub("", text)
    if dense.isascii() and dense.isprintable():
        return False
    n_in_words = len(_NO_CHARACTER_IN_A_WORD.findall(text))
    if len(_NO_CHARACTER.findall(dense)) > _MOST_WITHOUT * len(dense) or (
        n_in_words > _MOST_IN_WORDS or n_in_words > _MOST_IN_WORDS_SHARE * len(dense)
    ):
        return True
    n_letters = len(_LETTER.findall(dense))
    if n_letters < _LEAST_LETTERS:
        return False
    has_main_system = max(len(system.findall(dense)) for system in _systems()) >= _LEAST_SHARE * n_letters
    return not has_main_system and _mixes_in_words(text)


def _mixes_in_words(text: str) -> bool:
    """Whether many words have letters of several writing systems: a page in three languages keeps them apart."""
    words = _WORD.findall(text)
    whole = sum(any(system.fullmatch(word) for system in _whole_words()) for word in words)
    return whole < _LEAST_WHOLE * len(words)


@lru_cache(maxsize=1)
def _systems() -> list["regex.Pattern[str]"]:
    """The patterns of the writing systems. They are compiled when a page needs them: most pages are plain ASCII."""
    return [regex.compile(rf"[[{systems}]&&\p{{L}}]", regex.V1) for systems in _SYSTEMS]


@lru_cache(maxsize=1)
def _whole_words() -> list["regex.Pattern[str]"]:
    return [regex.compile(rf"[{systems}\p{{M}}\p{{Lm}}]+", regex.V1) for systems in _SYSTEMS]
