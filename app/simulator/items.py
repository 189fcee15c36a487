"""What simulated solvers and readers of scans answer: good and bad on purpose, the same every time. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.simulator.draws import unit
from app.simulator.sentences import GAP, words_of
from app.simulator.writers import STEMS

UNCLEAR = "unclear"
_EXTRACT = re.compile(r"<extract>\n(.*?)\n</extract>", re.DOTALL)
_QUESTION = re.compile(r"Question:\n(.*?)\n\nA\. ", re.DOTALL)
_OPTION = re.compile(r"^([A-D])\. (.*)$", re.MULTILINE)
_ITEM = re.compile(r"^(\d)\. (.*)$", re.MULTILINE)
_STATEMENTS = re.compile(r"\A[^\n]*?(?:\(A\)|（A）)[:：] ?(.*)\n[^\n]*?(?:\(R\)|（R）)[:：] ?(.*)\Z")  # noqa: RUF001 - Chinese brackets and colons
CONTRARY, SILENT, BLIND_READER = "simulated/solver-contrary", "simulated/solver-silent", "simulated/reader-blind"
SOLVERS = ("simulated/solver", "simulated/solver-two", CONTRARY, SILENT)
READERS = ("simulated/reader", BLIND_READER)
_NEXT = dict(zip("ABCD", "BCDA", strict=True))


def solve(model: str, texts: Sequence[str], seed: int, session_id: str) -> str:
    """The JSON of one choice. With the extract a good solver finds the answer; without it guesses."""
    if model == SILENT:
        return "SIMULATED: hmm."
    text = "\n".join(texts)
    options = dict(_OPTION.findall(text))
    stem = found[1] if (found := _QUESTION.search(text)) else ""
    extract = found[1] if (found := _EXTRACT.search(text)) else None
    answer = _given_away(stem, options) if extract is None else _found(stem, options, " ".join(extract.split()))
    if answer is None and extract is None:
        answer = _guess(text, options, (seed, model, session_id, stem))
    if model == CONTRARY and extract is not None:
        last = max(options, default="D")
        answer = "".join(_other(letter, last) for letter in answer or "A")
    reason = "SIMULATED: it fits." if extract else "SIMULATED: a guess."
    return json.dumps({"reason": reason, "answer": answer})


def _other(letter: str, last: str) -> str:
    return letter if letter not in _NEXT else "A" if letter == last else _NEXT[letter]


def _found(stem: str, options: dict[str, str], extract: str) -> str | None:
    """The answer that the extract gives, in the form that the question asks for."""
    if items := _ITEM.findall(stem):
        return ",".join(_matched(items, options, extract)) or None
    if statements := _STATEMENTS.match(stem):
        return _relation(extract.find(statements[1]), extract.find(statements[2]))
    if GAP not in stem:
        return "A" if stem in extract else "B"
    if any(stem.startswith(stems.gaps) for stems in STEMS):
        words = set(words_of(extract))
        return ",".join(letter for letter, option in options.items() if option in words) or None
    gap_text = next((stem.partition(stems.gap)[2] for stems in STEMS if stems.gap in stem), "")
    fits = [letter for letter, option in options.items() if gap_text and gap_text.replace(GAP, option, 1) in extract]
    return fits[0] if len(fits) == 1 else None


def _matched(items: Sequence[tuple[str, str]], options: dict[str, str], extract: str) -> Iterator[str]:
    words = list(dict.fromkeys(words_of(extract)))
    follows = dict(pairwise(words))
    letters = {option: letter for letter, option in options.items()}
    for at, item in items:
        if follows.get(item, "") in letters:
            yield f"{at}{letters[follows[item]]}"


def _relation(assertion: int, reason: int) -> str:
    """What the writer means: a reason that explains stands behind its assertion."""
    if assertion < 0 or reason < 0:
        return "D" if assertion < 0 else "C"
    return "A" if assertion < reason else "B"


def _given_away(stem: str, options: dict[str, str]) -> str | None:
    word = stem.partition(" is the word in question")[0]
    fits = [letter for letter, option in options.items() if option == word]
    return fits[0] if len(fits) == 1 else None


def _guess(text: str, options: dict[str, str], key: tuple[int | str, ...]) -> str:
    letters = sorted(options) or list("ABCD")
    guesses = [letters[int(len(letters) * unit("guess", *key, *([at] if at else [])))] for at in range(4)]
    if "Two or three options are right" in text:
        return ",".join(sorted({guesses[0], _other(guesses[0], letters[-1])}))
    if "for each numbered item" in text:
        return ",".join(f"{at}{letter}" for at, letter in enumerate(guesses, start=1))
    return guesses[0]


def read_page(model: str, pages: Sequence[str], number: int) -> str:
    """The text of a scanned page. The simulator cannot see, so the configuration holds the text."""
    if model == BLIND_READER or not 1 <= number <= len(pages):
        return "[no text]"
    return pages[number - 1]


def read_letters(model: str, sheet: dict[str, str | None], asked: Sequence[str], seed: int, nth: str) -> str:
    """The JSON of the letters in the boxes. `sheet` holds them by question id. A box without entry is unclear."""
    slips = {"simulated/sloppy": 0.15, "simulated/erratic": 0.05}.get(model, 0.0)
    letters = [
        {"question_id": question, "letter": _read(sheet.get(question, UNCLEAR), slips, (seed, model, nth, question))}
        for question in asked
    ]
    return json.dumps({"letters": letters})


def _read(letter: str | None, slips: float, key: tuple[int | str, ...]) -> str | None:
    if letter is None or letter not in _NEXT or unit("slip", *key) >= slips:
        return letter
    return (UNCLEAR, _NEXT[letter])[int(2 * unit("kind", *key))]
