"""Words and sentences of a document for the simulated writers: whole words, in any writing system. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from zlib import crc32

GAP = "_____"
_SENTENCE = re.compile(r"[^.!?。！？।॥؟]+[.!?。！？।॥؟]")  # noqa: RUF001 - the full stops of other scripts are meant
# Without the full stops and the digits that lie among them.
_MARKS = "\u0300-\u036f\u064b-\u0652\u0900-\u0963\u0971-\u0dff\u0e31-\u0e4e"
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}-])+")
# Written without spaces. What stands between small words or hiragana is a word, where it is short.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")
_BETWEEN_SMALL = re.compile(
    "[\u3040-\u309f的是在和与把由从了其这那也就会被到以及或之于并而为对等时中里上下使让给向后前又还都很将可能]+"
)
_LONGEST_UNSPACED = 4
_FEWEST_LETTERS = 5
# An empty line, or a heading of Markdown, which is no sentence.
_BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n|^#.*$", re.MULTILINE)
# Words that the checks of a test refuse in a stem or a key.
_AVOID = re.compile(
    r"\b(?:not|except|never|least|cannot|\w+n['’]t|incorrect|all|always|none|only|every\w*|nobody|entirely|passage|text"  # noqa: RUF001 - both apostrophes
    r"|document|chapter|section|author|article|page)\b|नहीं|कभी|सभी|हमेशा|केवल|हर|不|没|都|总|所有|只|每",
    re.IGNORECASE,
)
_WORDS = json.loads(files("app.simulator").joinpath("words.json").read_text(encoding="utf-8"))
# Words that mean nothing by themselves; and for documents that have too few words of a length, some of each.
_SMALL, _SPARE = frozenset(_WORDS["small"].split()), _WORDS["spare"].split()
# Letters more or less that do not tell a right word from a wrong one.
_NEAR = 2
_FEWEST_WORDS = 6
_FEWEST_CHARACTERS = 12


def usable_sentences(document: str) -> list[str]:
    """Those that a question can be asked about; all of them where there is none."""
    paragraphs = _BETWEEN_PARAGRAPHS.split(document)
    sentences = [" ".join(found.split()) for one in paragraphs for found in _SENTENCE.findall(one)]
    usable = [one for one in sentences if _is_long_enough(one) and not _AVOID.search(one) and words_of(one)]
    return usable or [one for one in sentences if words_of(one)] or [_NOTHING]


_NOTHING = "The simulated document holds hardly any words that could be asked about."


def _is_long_enough(sentence: str) -> bool:
    is_unspaced = bool(_UNSPACED.search(sentence))
    return len(sentence) >= _FEWEST_CHARACTERS if is_unspaced else len(sentence.split()) >= _FEWEST_WORDS


def words_of(text: str) -> list[str]:
    """Words that mean something, in their order."""
    found = [word for match in _WORD.finditer(text) for word in _words_in(match[0].strip("-"))]
    # A text without a single word between small ones.
    found = found or [run[at : at + 2] for run in _UNSPACED.findall(text) for at in range(0, len(run) - 1, 2)]
    return [word for word in found if not _AVOID.search(word)]


def _words_in(run: str) -> list[str]:
    if _UNSPACED.fullmatch(run):
        return [part for part in _BETWEEN_SMALL.split(run) if 2 <= len(part) <= _LONGEST_UNSPACED]  # noqa: PLR2004 - one is rarely a word
    is_small = run.isascii() and (len(run) < _FEWEST_LETTERS or run.lower() in _SMALL)
    return [] if is_small else [run]


def others(document: str, without: str, word: str, n: int, *, shorter: bool = False) -> list[str]:
    """`n` whole words that do not stand in `without`, as close as possible to the length of `word`, first those of the
    document. The first is no shorter than `word`; with `shorter` all are shorter. Written like `word`, with a capital
    or without.
    """
    known = {without.casefold(), word.casefold()}
    own, spare = (
        _fresh([_like(word, one) for one in words], known) for words in (words_of(document), _SPARE * word.isascii())
    )
    spare = [one for one in spare if one not in own]
    if shorter:
        return _of_length([one for one in [*own, *spare] if len(one) < len(word)], word)[:n]
    long = [*_near(own, word), *_of_length(spare, word)]
    first = next((one for one in long if len(one) >= len(word)), None)
    rest = [one for one in [*_near(own, word), *_of_length([*own, *spare], word)] if one != first]
    return list(dict.fromkeys([*([first] if first else []), *rest]))[:n]


def _fresh(words: Iterable[str], known: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(words) if not any(one.casefold() in text for text in known)]


def _near(words: Iterable[str], word: str) -> list[str]:
    return _of_length([one for one in words if abs(len(one) - len(word)) <= _NEAR], word)


def _of_length(words: Iterable[str], word: str) -> list[str]:
    """Of equally long ones others for each word, so that a test does not repeat itself."""
    return sorted(words, key=lambda one: (abs(len(one) - len(word)), crc32(f"{word}/{one}".encode())))


def _like(word: str, one: str) -> str:
    if word.islower():
        return one.lower()
    return one[:1].upper() + one[1:] if word[:1].isupper() else one


def with_gaps(sentence: str, words: Sequence[str]) -> str:
    """The sentence with a gap where each of the words stands first, as a word of its own."""
    for word in words:
        edge = r"\b" if word.isascii() else ""
        sentence = re.sub(rf"{edge}{re.escape(word)}{edge}", GAP, sentence, count=1)
    return sentence
