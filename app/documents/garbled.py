"""Find pages whose text differs from what they show, because a font of the PDF names its letters wrongly. Pure."""

from functools import lru_cache

import regex

from app.documents.nonsense import is_nonsense

_BLANK = regex.compile(r"\s+")
_NO_CHARACTER = regex.compile(r"[\p{Co}\p{Cn}\p{Cc}\ufffd]")
_MOST_WITHOUT = 0.05
# Scripts that are written together count as one: Japanese has three.
_SCRIPTS = (
    *(r"\p{Latin}", r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}", r"\p{Cyrillic}", r"\p{Greek}"),
    *(r"\p{Arabic}", r"\p{Hebrew}", r"\p{Devanagari}", r"\p{Bengali}", r"\p{Gurmukhi}", r"\p{Gujarati}"),
    *(r"\p{Oriya}", r"\p{Tamil}", r"\p{Telugu}", r"\p{Kannada}", r"\p{Malayalam}", r"\p{Sinhala}", r"\p{Thai}"),
    *(r"\p{Lao}", r"\p{Tibetan}", r"\p{Myanmar}", r"\p{Khmer}", r"\p{Georgian}", r"\p{Armenian}", r"\p{Ethiopic}"),
)
_LETTER = regex.compile(r"\p{L}")
_LEAST_LETTERS = 50
_LEAST_SHARE = 0.5


def is_garbled(text: str) -> bool:
    """True if more than one in twenty is no character, if no script has half of the letters, or if the letters make no
    words.
    """
    if is_nonsense(text):
        return True
    dense = _BLANK.sub("", text)
    if dense.isascii() and dense.isprintable():
        return False
    if len(_NO_CHARACTER.findall(dense)) > _MOST_WITHOUT * len(dense):
        return True
    n_letters = len(_LETTER.findall(dense))
    if n_letters < _LEAST_LETTERS:
        return False
    return max(len(script.findall(dense)) for script in _scripts()) < _LEAST_SHARE * n_letters


@lru_cache(maxsize=1)
def _scripts() -> list["regex.Pattern[str]"]:
    """The patterns of the scripts. They are compiled when a page first needs them: most pages are plain ASCII."""
    return [regex.compile(rf"[[{scripts}]&&\p{{L}}]", regex.V1) for scripts in _SCRIPTS]
