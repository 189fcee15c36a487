"""Which language a text is in, and what languages are called. By py3langid, whose model is in its wheel (4.6 MB)."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import regex

# Of the 140 languages of the model those that schools teach in; the rest win on texts in a neighbour's language.
_LANGUAGES = (  # noqa: SIM905 - two lines instead of sixty
    "ar bg bn ca cs da de el en es et eu fa fi fr gl gu he hi hr hu hy id is it ja ka km kn ko lo lt lv "
    "mk ml mr my nb ne nl or pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh "
).split()
# A writing system that only these of the languages above are written in narrows the choice; Latin has the rest.
_WRITING_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    r"[\p{Hiragana}\p{Katakana}]": ("ja",),
    r"\p{Hangul}": ("ko",),
    r"\p{Han}": ("zh",),
    r"\p{Devanagari}": ("hi", "mr", "ne"),
    r"\p{Arabic}": ("ar", "fa", "ur"),
    r"\p{Cyrillic}": ("ru", "uk", "bg", "sr", "mk"),
    r"\p{Bengali}": ("bn",),
    r"\p{Gurmukhi}": ("pa",),
    r"\p{Gujarati}": ("gu",),
    r"\p{Oriya}": ("or",),
    r"\p{Tamil}": ("ta",),
    r"\p{Telugu}": ("te",),
    r"\p{Kannada}": ("kn",),
    r"\p{Malayalam}": ("ml",),
    r"\p{Sinhala}": ("si",),
    r"\p{Thai}": ("th",),
    r"\p{Lao}": ("lo",),
    r"\p{Myanmar}": ("my",),
    r"\p{Khmer}": ("km",),
    r"\p{Greek}": ("el",),
    r"\p{Hebrew}": ("he",),
    r"\p{Armenian}": ("hy",),
    r"\p{Georgian}": ("ka",),
}
_COUNTED = [
    (regex.compile(rf"[{system}&&\p{{L}}]", regex.V1), languages) for system, languages in _WRITING_SYSTEMS.items()
]
_LATIN = regex.compile(r"[\p{Latin}&&\p{L}]", regex.V1)
_LATIN_LANGUAGES = tuple(
    code for code in _LANGUAGES if not any(code in languages for languages in _WRITING_SYSTEMS.values())
)
# Japanese has more Han than kana; a text of Chinese has none of them.
_KANA_SHARE = 0.1
# Enough to tell, and a millisecond.
_JUDGED_BY = 4_000
_lock = threading.Lock()


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language that most of `text` is in; English where there are no letters.

    The first call loads the model, which takes a second: not on the event loop.
    """
    sample = text[:_JUDGED_BY]
    candidates = _candidates(sample)
    if len(candidates) == 1:
        return candidates[0]
    return next((code for code in _ranked(" ".join(sample.split())) if code in candidates), candidates[0])


def same_writing_system(text: str, language: str) -> bool:
    """Whether `text` is written in the writing system of the language; a text without letters is written in any."""
    counts = _counts(text)
    if not any(counts.values()):
        return True
    systems = [system for system in counts if language in system]
    return not systems or sum(counts[system] for system in systems) > 0


def _candidates(text: str) -> tuple[str, ...]:
    counts = _counts(text)
    kana, han = counts[("ja",)], counts[("zh",)]
    if kana > _KANA_SHARE * (kana + han) and kana + han == max(kana + han, *counts.values()):
        return ("ja",)
    most = max(counts, key=lambda languages: counts[languages])
    return most if counts[most] else ("en",)


def _counts(text: str) -> dict[tuple[str, ...], int]:
    counts = {languages: len(letter.findall(text)) for letter, languages in _COUNTED}
    return counts | {_LATIN_LANGUAGES: len(_LATIN.findall(text))}


def _ranked(text: str) -> list[str]:
    # The library counts in arrays of its own.
    with _lock:
        return [code for code, _ in _identifier().rank(text)]


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # It carries no types, and is loaded by those only who make tests.
    langid = import_module("py3langid.langid")
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
