"""The form of a language's table, and what all tables have in common. Pure."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import regex

# Signs by which a word is marked where a writing system has no capitals, or beside them.
_MARKS = "*_«»【】「」『』“”‘’\"'[]{}<>"
# What stands in quotation marks is a title or somebody's words, or a word so marked: it says nothing of the options.
_QUOTED = regex.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|‹[^›]*›|「[^」]*」|『[^』]*』|《[^》]*》|〈[^〉]*〉|【[^】]*】|\"[^\"]*\"|‘[^’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)"
)
_BETWEEN_SENTENCES = regex.compile(r"(?<=[.!?…؟。！？।])\s*")
# Characters of a text that the tables look at; the longest statement that a teacher may write has as many.
_LONGEST = 10_000
_ASKS = ("?", "؟", "？")


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `source`, `others` and `absolute` give the words that are out of place, None where there are none;
    `negative` the word that turns the question round and is easily overlooked.
    """

    source: Callable[[str], str | None]
    others: Callable[[str], str | None]
    absolute: Callable[[str], str | None]
    negative: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Patterns:
    """A table as patterns. `provision` is what a pointing to a source may point to: a numbered article, a law, a theory.

    `negative` finds the words that turn a question round; each counts only where `clause` does not match between the
    beginning of the sentence and it (that, who, if, because open a clause of their own) and where the sentence is none
    of `not_asked` (why, how).
    """

    source: str
    provision: str
    others: str
    absolute: str
    relative: str
    negative: str
    clause: str
    not_asked: str
    has_capitals: bool = True
    # A negative that may stand in the scene before the question: "The following are gases, except one. Name it."
    scene: str = r"(?!)"
    # A paragraph, page or line by its number alone: no provision, as a numbered article is.
    place: str = r"(?!)"


def wording(patterns: Patterns) -> Wording:
    judge = _Judge(patterns)
    found = (judge.source, judge.others, judge.absolute, judge.negative)
    return Wording(*(lambda text, find=find: find(text[:_LONGEST]) for find in found))


class _Judge:
    """A table. Each method gives the words that are out of place, or None."""

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns
        self._has_capitals = patterns.has_capitals
        self._lock = threading.Lock()
        self._compiled: Mapping[str, regex.Pattern[str]] = {}

    @property
    def _find(self) -> Mapping[str, "regex.Pattern[str]"]:
        """The patterns. The first use compiles them, which takes a quarter of a second: not at every start, and once."""
        with self._lock:
            if not self._compiled:
                texts = {f.name: getattr(self._patterns, f.name) for f in fields(self._patterns) if f.type is str}
                flags = regex.IGNORECASE | regex.VERSION1
                self._compiled = {name: regex.compile(text, flags) for name, text in texts.items()}
        return self._compiled

    def source(self, text: str) -> str | None:
        if found := self._find["place"].search(text):
            return str(found[0])
        pointings = self._find["source"].finditer(text, overlapped=True)
        return next((m[0] for m in pointings if not self._find["provision"].match(text, m.end())), None)

    def others(self, text: str) -> str | None:
        match = self._find["others"].search(text)
        return match and match[0]

    def absolute(self, text: str) -> str | None:
        allowed = [m.span() for m in self._find["relative"].finditer(text)]
        words = self._find["absolute"].finditer(_without_quotes(text))
        outside = (m for m in words if not any(a <= m.start() < b for a, b in allowed))
        return next((m[0] for m in outside if not (self._has_capitals and _in_a_name(m, text))), None)

    def negative(self, stem: str) -> str | None:
        for match in self._find["scene"].finditer(stem):
            if not match["word"].isupper():
                return str(match["word"])
        sentence = asking(stem)
        if self._find["not_asked"].search(sentence):
            return None
        words = self._find["negative"].finditer(_without_quotes(sentence))
        own = (m for m in words if not self._find["clause"].search(sentence, 0, _start(m)))
        return next((_word(m) for m in own if not _is_marked(sentence, m, self._has_capitals)), None)


def asking(stem: str) -> str:
    """The sentence of a stem that asks: a scene set before it may say "not" without turning anything round."""
    parts: Sequence[str] = [part for part in _BETWEEN_SENTENCES.split(stem.strip()) if part]
    return " ".join([part for part in parts if part.endswith(_ASKS)] or parts[-1:])


def _without_quotes(text: str) -> str:
    """The text with as many blanks in place of what is quoted."""
    return _QUOTED.sub(lambda match: "\N{OBJECT REPLACEMENT CHARACTER}" * len(match[0]), text)


def _in_a_name(match: "regex.Match[str]", text: str) -> bool:
    """A capital inside a sentence begins a name: the Day of All Saints, the Never Summer Mountains."""
    before = text[: match.start()].rstrip()
    return match[0][0].isupper() and not match[0].isupper() and bool(before) and before[-1] not in ".!?…:;¿¡"


def _is_marked(sentence: str, match: "regex.Match[str]", has_capitals: bool) -> bool:  # noqa: FBT001 - a property of the language
    word, start = _word(match), _start(match)
    around = sentence[max(0, start - 1) : start] + sentence[start + len(word) : start + len(word) + 1]
    return (has_capitals and word.isupper()) or (len(around) == 2 and all(sign in _MARKS for sign in around))  # noqa: PLR2004 - one on either side


def _group(match: "regex.Match[str]") -> str | int:
    return "word" if "word" in match.re.groupindex and match["word"] else 0


def _word(match: "regex.Match[str]") -> str:
    return str(match[_group(match)])


def _start(match: "regex.Match[str]") -> int:
    return int(match.start(_group(match)))
