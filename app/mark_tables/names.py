"""Names that people read as the same: ids of questions, names of students and of columns."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from rapidfuzz.distance import OSA

from app.mark_tables.letters import in_plain_letters, in_two_letters, without_accents
from app.mark_tables.words import ALIASES, QUESTION

# What looks like one character and is another: hyphens, apostrophes, quotation marks.
_SAME_LOOK = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\u00b4`"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f"), '"'),
    # Soft hyphens, zero-width blanks and byte order marks are not seen at all.
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None),
}
# Ids such as 1a and 1b have one letter of two in common.
_ALIKE = 0.5
_WORD_BEFORE = re.compile(rf"({'|'.join((*ALIASES[QUESTION], 'q', 'nr', 'no', 'ex', 'aufg', 'part'))})([\W_]+|(?=\d))")
# Between digits a sign is part of the number: 1.1 is not 11.
_SIGNS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")
_DIGITS = re.compile(r"0*(\d+)", re.ASCII)
# A student's number beside the name, as in `00123 Anna Berg`. Shorter ones count files or attempts.
_NUMBER_BESIDE = re.compile(r"(?<![^\W_])\d{3,}(?![^\W_])", re.ASCII)


def folded(name: str) -> str:
    """The name as a reader sees it: composed characters, single blanks, one kind of hyphen and quote."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_SAME_LOOK).split())


def plain(name: str) -> str:
    """The name of a column or row without case and accents, with `_` for blanks, hyphens and signs."""
    return re.sub(r"[\W_]+", "_", without_accents(folded(name).casefold())).strip("_")


def _caseless(name: str) -> str:
    return folded(name).casefold()


def _without_zeros(name: str) -> str:
    digits = _DIGITS.fullmatch(folded(name))
    return digits[1] if digits else _caseless(name)


def _words(name: str) -> str:
    """The words of a name in one order: `Müller, Zoë` and `Zoë_Müller` have the same."""
    return _sorted_words(_caseless(name))


def _sorted_words(text: str) -> str:
    return " ".join(sorted(re.split(r"[\W_]+", text))).strip()


def _words_in_plain_letters(name: str) -> str:
    return _sorted_words(in_plain_letters(_caseless(name)))


def _words_in_two_letters(name: str) -> str:
    return _sorted_words(in_two_letters(_caseless(name)))


def _number_alone(name: str) -> str:
    digits = _DIGITS.fullmatch(folded(name))
    return digits[1] if digits else ""


def _numbers_beside(name: str) -> Iterator[str]:
    """The numbers in a name that holds words too, without leading zeros."""
    if not _number_alone(name):
        yield from (number.lstrip("0") for number in _NUMBER_BESIDE.findall(folded(name)))


def _words_beside(name: str) -> Iterator[str]:
    """The words of a name that holds a number too, in one order."""
    yield from (_words_in_plain_letters(_NUMBER_BESIDE.sub(" ", name)) for _ in _NUMBER_BESIDE.findall(name)[:1])


def number_and_words(name: str) -> tuple[str, str]:
    """A student's number, as it is written, and the words beside it. Without exactly one number: ("", name)."""
    numbers = _NUMBER_BESIDE.findall(name)
    words = _NUMBER_BESIDE.sub(" ", name).replace("_", " ")
    words = " ".join(words.split()).strip(" ,;-()[]")
    return (numbers[0], words) if len(numbers) == 1 and words else ("", name)


def bare_question(name: str) -> str:
    """An id without the word before it and without blanks and brackets: 1a for `Aufgabe 1 a)`, 3ii for `3(ii)`."""
    return _SIGNS.sub("", _WORD_BEFORE.sub("", without_accents(_caseless(name))))


Spelling = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compare: a given name fits the known names of which `known` yields what `given` makes of it."""

    given: Spelling
    known: Callable[[str], Iterable[str]]


def _both(spelling: Spelling) -> Way:
    return Way(spelling, lambda name: (spelling(name),))


_STUDENTS: tuple[Way, ...] = (
    *map(_both, (folded, _caseless, _without_zeros, _words, _words_in_plain_letters, _words_in_two_letters)),
    # Folders often hold number and name, where a column of the table holds one of the two.
    *(Way(_number_alone, _numbers_beside), Way(_words_in_plain_letters, _words_beside)),
)
_QUESTIONS: tuple[Way, ...] = tuple(map(_both, (folded, _caseless, _without_zeros, bare_question)))


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that `name` is most like, for a message; None where none is like it."""
    for way in (_caseless, _words_in_two_letters):
        by_way = {way(one): one for one in known}
        found = get_close_matches(way(name), by_way, n=1, cutoff=_ALIKE)
        if found:
            return by_way[found[0]]
    return None


def _nearest_number(name: str, known: Collection[str]) -> str | None:
    """Of a student's number, the known name whose number has the fewest other digits; None where no name has one."""
    number = _number_alone(name)
    numbers = dict(_numbers_of(known)) if number else {}
    return min(numbers, key=lambda one: _difference(number, numbers[one]), default=None)


def _numbers_of(known: Collection[str]) -> Iterator[tuple[str, str]]:
    """The known names that hold a number, each with its first one."""
    for one in known:
        number = _number_alone(one) or next(_numbers_beside(one), "")
        if number:
            yield one, number


def _difference(one: str, other: str) -> tuple[int, int]:
    """How many typing mistakes lie between two numbers, then how far they are apart. Digits that changed places are one
    mistake.
    """
    return OSA.distance(one, other), abs(int(one) - int(other))


@dataclass(frozen=True, slots=True)
class Matches:
    """`found` maps given names to known ones. `strangers` maps each other name to the sentence about it."""

    found: Mapping[str, str]
    strangers: Mapping[str, str]
    # Where more than blanks, case and look was forgiven, in sentences.
    notes: list[str] = field(default_factory=list)


def match(given: Iterable[str], known: Collection[str]) -> Matches:
    """Which known student each given name means: written the same, but for case, for leading zeros, for the order of
    first and last name, or for letters such as ü; each only where exactly one known name fits.
    """
    return _matched(given, known, _STUDENTS, _said_of_student)


def match_questions(given: Iterable[str], known: Collection[str]) -> Matches:
    """Which known question each given id means: written the same, but for case, for leading zeros, or for what people
    write around it, as in `Aufgabe 1 a)`; each only where exactly one known id fits.
    """
    return _matched(given, known, _QUESTIONS, _said)


def _matched(
    given: Iterable[str],
    known: Collection[str],
    ways: Iterable[Way],
    said: Callable[[str, list[str], Collection[str]], str],
) -> Matches:
    found: dict[str, str] = {}
    strangers: dict[str, str] = {}
    tables = [(way.given, _by(way, known)) for way in ways]
    for name in dict.fromkeys(given):
        fits = next((fit for spelling, names in tables if (fit := names.get(spelling(name)))), [])
        if len(fits) == 1:
            found[name] = fits[0]
        else:
            strangers[name] = said(name, fits, known)
    return Matches(found, strangers, list(_forgiven(found)))


def _forgiven(found: Mapping[str, str]) -> Iterator[str]:
    """Sentences about names that were matched with different ones: first those of leading zeros, then the rest."""
    others = {name: known for name, known in found.items() if _caseless(name) != _caseless(known)}
    zeros = {name: known for name, known in others.items() if _without_zeros(name) == _without_zeros(known)}
    rest = {name: known for name, known in others.items() if name not in zeros}
    for taken, why in ((zeros, ": a spreadsheet drops leading zeros"), (rest, "")):
        if taken:
            (first, meant), *more = taken.items()
            yield f"{first} was taken for {meant}{''.join(f', {one} for {known}' for one, known in more)}{why}."


def _by(way: Way, known: Iterable[str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for one in known:
        for spelling in set(way.known(one)):
            names.setdefault(spelling, []).append(one)
    # An empty spelling says nothing of a name.
    names.pop("", None)
    return names


def _said(name: str, fits: list[str], known: Collection[str]) -> str:
    if fits:
        return f"{name} may be {' or '.join(sorted(fits))}"
    near = nearest(name, known)
    return f"{name} (the nearest name is {near})" if near else name


def _said_of_student(name: str, fits: list[str], known: Collection[str]) -> str:
    near = None if fits else _nearest_number(name, known)
    return f"{name} (the nearest number is {near})" if near else _said(name, fits, known)
