"""Letters, words and sentences of every writing system, by Unicode. Pure."""

from collections.abc import Iterator

# The standard library's `re` knows neither marks nor writing systems nor which characters end a sentence.
import regex

from app.documents.abbreviations import ABBREVIATIONS, BEFORE_NUMBERS, ORDINAL_NOUNS

# Writing systems without spaces: those whose lines need a dictionary to be broken (Thai, Lao, Khmer, Burmese), Tibetan,
# and Han with both kana, whose long mark both share. A word of Chinese has some 2 characters, of Japanese and Thai 2 to
# 4, marks included.
_UNSPACED_LETTER = r"[[\p{LB=SA}\p{Tibetan}\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}ー]&&[\p{L}\p{M}]]"
_UNSPACED = regex.compile(_UNSPACED_LETTER, regex.V1)
CHARACTERS_PER_WORD = 3
_WORD = regex.compile(r"\S*[\p{L}\p{N}]\S*")
# A mark (the vowels of Hindi and Thai, of pointed Arabic and Hebrew) belongs to its letter.
_WORD_END = regex.compile(rf"\S\s+(?=\S)|{_UNSPACED_LETTER}(?={_UNSPACED_LETTER})(?!\p{{M}})", regex.V1)
_LETTERS = regex.compile(r"[\p{L}\p{M}]")
_CLOSERS = r"[\p{Pe}\p{Pf}\p{Pi}\"']*"
_SENTENCE_END = regex.compile(
    # The stops of writing systems with spaces need one behind them: 3.5, example.org, Yahoo!
    rf"[.!?…]{_CLOSERS}\s+"
    # Those of others need none: 。 । ۔ ؟ ။ ។ ። ։, but the wide full stop stands in numbers as well.
    rf"|(?:[\p{{Sentence_Terminal}}--[.!?．]]|(?<!\p{{Nd}})．|．(?!\p{{Nd}}))+{_CLOSERS}\s*"
    # The Greek question mark, once normalized, is a semicolon.
    r"|(?<=\p{Greek});\s+"
    # Thai, Lao, Khmer and Burmese put a space between sentences and clauses, and Thai and Lao nothing else.
    r"|(?<=[\p{Thai}\p{Lao}]) +(?=[\p{Thai}\p{Lao}])"
    r"|\n\s*\n",
    regex.V1,
)
_INDIC = regex.compile(r"[\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Oriya}]")
_LONGEST_WORD = 40
_INITIALS = regex.compile(r"(?:\X\.)*\X")
# One of these on a page tells that its sentences end with it and that a full stop only shortens words.
_DANDA = "।"


def n_letters(text: str) -> int:
    """Letters, with the marks that belong to them."""
    return len(_LETTERS.findall(text))


def n_words(text: str) -> int:
    """Words with a letter or a digit; of a writing system without spaces as many as its characters make up."""
    n_unspaced = len(_UNSPACED.findall(text))
    spaced = _UNSPACED.sub(" ", text) if n_unspaced else text
    return len(_WORD.findall(spaced)) + n_unspaced // CHARACTERS_PER_WORD


def word_ends(text: str) -> list[int]:
    """Where `text` may be cut if it has no sentences: before words, or before characters where words have no spaces."""
    return [match.end() for match in _WORD_END.finditer(text)]


def sentences(text: str) -> Iterator[str]:
    """The sentences of `text`, each with the white space behind it: joined they are the text again."""
    has_danda = _DANDA in text
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _is_end(text, start, match, has_danda=has_danda):
            yield text[start : match.end()]
            start = match.end()
    if text[start:].strip():
        yield text[start:]


def _is_end(text: str, start: int, match: "regex.Match[str]", *, has_danda: bool) -> bool:
    if not match[0].startswith("."):
        return True
    words = text[max(start, match.start() - _LONGEST_WORD) : match.start()].split()
    before = words[-1].lstrip("([{\"'“‘«„") if words else ""
    following = text[match.end() : match.end() + _LONGEST_WORD]
    if following[:1].islower() or _is_abbreviated(before, following):
        return False
    # "1. The cell" and "3. Oktober" go on.
    if before.isdecimal() and (len(words) == 1 or _is_ordinal(before, following)):
        return False
    return not (has_danda and _INDIC.search(before[-1:]))


def _is_abbreviated(before: str, following: str) -> bool:
    """`J.` Watson, `e.g.` cells, `Fig.` 3, `डॉ.` राजेंद्र: a single letter or several with dots, or a known short form."""
    word = before.replace(".", "").casefold()
    is_initial = n_letters(word) > 0 and _INITIALS.fullmatch(before) is not None
    is_numbered = word in BEFORE_NUMBERS and following[:1].isdigit()
    return is_initial or is_numbered or word in ABBREVIATIONS


def _is_ordinal(before: str, following: str) -> bool:
    noun = (following.split(None, 1) or [""])[0].strip(".,;:!?").casefold()
    return len(before) <= 2 and noun in ORDINAL_NOUNS  # noqa: PLR2004 - days and centuries have two digits
