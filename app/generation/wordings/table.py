"""The form of a language's table, and what all tables have in common. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

# Signs by which a word is marked where a script has no capitals, or beside them.
_MARKS = "*_«»【】「」『』“”‘’\"'[]{}<>"
# An option by its letter; "A and a" are alleles, but both stand alone in no language's "A and B".
LETTER = "(?-i:[A-D]|[a-d])"
_BETWEEN_SENTENCES = regex.compile(r"(?<=[.!?…؟。！？।])\s*")
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


def wording(patterns: Patterns) -> Wording:
    flags = regex.IGNORECASE | regex.VERSION1
    source, provision = regex.compile(patterns.source, flags), regex.compile(patterns.provision, flags)
    others, absolute = regex.compile(patterns.others, flags), regex.compile(patterns.absolute, flags)
    relative = regex.compile(patterns.relative, flags)
    negative, clause = regex.compile(patterns.negative, flags), regex.compile(patterns.clause, flags)
    not_asked, scene = regex.compile(patterns.not_asked, flags), regex.compile(patterns.scene, flags)

    def found_source(text: str) -> str | None:
        return next((m[0] for m in source.finditer(text) if not provision.match(text, m.end())), None)

    def found_absolute(text: str) -> str | None:
        allowed = [m.span() for m in relative.finditer(text)]
        words = (m for m in absolute.finditer(text) if not any(a <= m.start() < b for a, b in allowed))
        return next((m[0] for m in words), None)

    def found_negative(stem: str) -> str | None:
        sentence = asking(stem)
        for match in scene.finditer(stem):
            if not match["word"].isupper():
                return str(match["word"])
        if not_asked.search(sentence):
            return None
        for match in negative.finditer(sentence):
            if not clause.search(sentence, 0, match.start()) and not _is_marked(sentence, match, patterns.has_capitals):
                return _word(match)
        return None

    return Wording(found_source, lambda text: (m := others.search(text)) and m[0], found_absolute, found_negative)


def asking(stem: str) -> str:
    """The sentence of a stem that asks: a scene set before it may say "not" without turning anything round."""
    parts: Sequence[str] = [part for part in _BETWEEN_SENTENCES.split(stem.strip()) if part]
    return " ".join([part for part in parts if part.endswith(_ASKS)] or parts[-1:])


def _is_marked(sentence: str, match: "regex.Match[str]", has_capitals: bool) -> bool:  # noqa: FBT001 - a property of the language
    word = _word(match)
    around = sentence[max(0, match.start() - 1) : match.start()] + sentence[match.end() : match.end() + 1]
    return (has_capitals and word.isupper()) or (len(around) == 2 and all(sign in _MARKS for sign in around))  # noqa: PLR2004 - one on either side


def _word(match: "regex.Match[str]") -> str:
    return str(match["word"] if "word" in match.re.groupindex and match["word"] else match[0])
