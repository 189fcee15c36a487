"""Names that people take for the same: ids of questions, names of students and of columns."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

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
_DIGITS = re.compile(r"0*(\d+)", re.ASCII)


def folded(name: str) -> str:
    """The name as a reader sees it: composed characters, single blanks, one kind of hyphen and quote."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_SAME_LOOK).split())


def _caseless(name: str) -> str:
    return folded(name).casefold()


def _without_zeros(name: str) -> str:
    digits = _DIGITS.fullmatch(folded(name))
    return digits[1] if digits else _caseless(name)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is most like, for a message; None where none is like it."""
    by_fold = {_caseless(one): one for one in known}
    found = get_close_matches(_caseless(name), by_fold, n=1, cutoff=_ALIKE)
    return by_fold[found[0]] if found else None


@dataclass(frozen=True, slots=True)
class Matches:
    """`found` maps given names to known ones. `strangers` maps the others to what to say of them."""

    found: Mapping[str, str]
    strangers: Mapping[str, str]
    # Where more than blanks, case and look was forgiven, in sentences.
    notes: list[str] = field(default_factory=list)


def match(given: Iterable[str], known: Collection[str]) -> Matches:
    """Which known name each given one means: written the same, but for case, but for leading zeros; each only where
    exactly one known name fits.
    """
    found: dict[str, str] = {}
    strangers: dict[str, str] = {}
    notes: list[str] = []
    ways = [(way, _by(way, known)) for way in (folded, _caseless, _without_zeros)]
    for name in dict.fromkeys(given):
        fits = next((fit for way, names in ways if (fit := names.get(way(name)))), [])
        if len(fits) == 1:
            found[name] = fits[0]
            if _caseless(name) != _caseless(fits[0]):
                notes.append(f"{name} was taken for {fits[0]}: a spreadsheet drops leading zeros.")
        else:
            strangers[name] = _said(name, fits, known)
    return Matches(found, strangers, notes)


def _by(way: Callable[[str], str], known: Iterable[str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for one in known:
        names.setdefault(way(one), []).append(one)
    return names


def _said(name: str, fits: list[str], known: Iterable[str]) -> str:
    if fits:
        return f"{name} may be {' or '.join(sorted(fits))}"
    near = nearest(name, known)
    return f"{name} (the nearest name is {near})" if near else name
