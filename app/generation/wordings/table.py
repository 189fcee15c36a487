"""The form of a language's table, and what all tables have in common. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

# Signs by which a word is marked where a script has no capitals, or beside them.
_MARKS = "*_«»【】「」『』“”‘’\"'[]{}<>"
# What stands in quotation marks is a title or somebody's words, or a word so marked: it says nothing of the options.
_QUOTED = regex.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|‹[^›]*›|「[^」]*」|『[^』]*』|《[^》]*》|〈[^〉]*〉|【[^】]*】|\"[^\"]*\"|‘[^’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)"
)
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
        return next((m[0] for m in source.finditer(text, overlapped=True) if not provision.match(text, m.end())), None)

    def found_absolute(text: str) -> str | None:
        allowed = [m.span() for m in relative.finditer(text)]
        words = (m for m in absolute.finditer(_without_quotes(text)) if not any(a <= m.start() < b for a, b in allowed))
        return next((m[0] for m in words if not (patterns.has_capitals and _in_a_name(m, text))), None)

    def found_negative(stem: str) -> str | None:
        sentence = asking(stem)
        for match in scene.finditer(stem):
            if not match["word"].isupper():
                return str(match["word"])
        if not_asked.search(sentence):
            return None
        for match in negative.finditer(_without_quotes(sentence)):
            if not clause.search(sentence, 0, _start(match)) and not _is_marked(sentence, match, patterns.has_capitals):
                return _word(match)
        return None

    return Wording(found_source, lambda text: (m := others.search(text)) and m[0], found_absolute, found_negative)


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
