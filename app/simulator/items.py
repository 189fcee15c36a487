"""What simulated writers, solvers and readers of scans answer: good and bad on purpose, the same every time. Pure.

Questions are gap texts, so that a solver who has the quote can really find the key.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.simulator.draws import unit

GAP = "_____"
UNCLEAR = "unclear"
_DOCUMENT = re.compile(r"<document>\n(.*?)\n</document>", re.DOTALL)
_EXTRACT = re.compile(r"<extract>\n(.*?)\n</extract>", re.DOTALL)
_QUESTION = re.compile(r"Question:\n(.*?)\n\nA\. ", re.DOTALL)
_OPTION = re.compile(r"^([A-D])\. (.*)$", re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?]+[.!?]")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{3,}")
# What the gates of a good test refuse in a stem or a key.
_AVOID = re.compile(
    r"\b(?:not|except|never|least|cannot|\w+n['’]t|incorrect|all|always|none|only|every\w*|nobody|entirely|passage|text"  # noqa: RUF001 - both apostrophes
    r"|document|chapter|section|author|article|page)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Habits:
    """How often a writer does what it should not, as shares of its questions; a revision is good `mends` of them."""

    longest: float = 0.0
    far_too_long: float = 0.0
    key_at_b: float = 0.0
    invents_quote: float = 0.0
    duplicates: float = 0.0
    gives_away: float = 0.0
    unreadable: float = 0.0
    mends: float = 1.0


WRITERS = {
    "simulated/writer": Habits(),
    "simulated/writer-fair": Habits(longest=0.3, invents_quote=0.2),
    "simulated/writer-longest": Habits(longest=0.91, mends=0.3),
    "simulated/writer-lengthy": Habits(far_too_long=1.0, mends=0.8),
    "simulated/writer-at-b": Habits(key_at_b=1.0),
    "simulated/writer-inventive": Habits(invents_quote=0.7, mends=0.8),
    "simulated/writer-repetitive": Habits(duplicates=1.0, mends=0.9),
    "simulated/writer-hopeless": Habits(invents_quote=1.0, mends=0.0),
    "simulated/writer-biased": Habits(0.91, 0.2, 0.61, 0.25, 0.25, 0.1, 0.05, 0.75),
    "simulated/writer-giveaway": Habits(gives_away=1.0),
}
CONTRARY, SILENT, BLIND_READER = "simulated/solver-contrary", "simulated/solver-silent", "simulated/reader-blind"
SOLVERS = ("simulated/solver", "simulated/solver-two", CONTRARY, SILENT)
READERS = ("simulated/reader", BLIND_READER)


def write_question(model: str, texts: Sequence[str], seed: int, session_id: str) -> str:
    """The JSON of one question about the document between the tags; the n-th conversation turn makes the n-th round."""
    habits = WRITERS.get(model, WRITERS["simulated/writer"])
    found = _DOCUMENT.search("\n".join(texts))
    document = found[1] if found else ""
    turn = sum("was checked and cannot be used" in text for text in texts)
    key = (seed, model, session_id, turn)
    if turn and unit("mends", *key) < habits.mends:
        habits = Habits()
    if unit("unreadable", *key) < habits.unreadable:
        return "SIMULATED: I had a question in mind, but it slipped away."
    return json.dumps(_question(document, habits, key), ensure_ascii=False)


def _question(document: str, habits: Habits, key: tuple[int | str, ...]) -> dict[str, object]:
    sentences = [" ".join(found.split()) for found in _SENTENCE.findall(document)]
    usable = [one for one in sentences if len(one.split()) >= _FEWEST_WORDS and not _AVOID.search(one)] or sentences
    if not usable:
        usable = ["The simulated document holds hardly any words that could be asked about."]
    if unit("duplicates", *key) < habits.duplicates:
        sentence = min(usable)
        word = max(_WORD.findall(sentence), key=len)
    else:
        sentence = usable[int(unit("sentence", *key) * len(usable))]
        words = _WORD.findall(sentence) or sentence.split()
        word = words[int(unit("word", *key) * len(words))]
    distractors = _distractors(document, sentence, word)
    is_longest = unit("longest", *key) < habits.longest
    extra = " of the usual kind and size" if unit("far", *key) < habits.far_too_long else ""
    if is_longest:
        distractors = [
            one[: max(3, len(word) - 1)] + str(n) * (len(word) < len("word")) for n, one in enumerate(distractors)
        ]
        distractors = _distinct(distractors, word)
    stem = f"Which word belongs in the gap: {sentence.replace(word, GAP, 1)}"
    if unit("gives away", *key) < habits.gives_away:
        stem = f"{word} is the word in question here. {stem}"
    quote = sentence
    if unit("invents", *key) < habits.invents_quote:
        quote = "Experts have long agreed that this matter was settled beyond any reasonable doubt decades ago."
    options = _lettered(word + extra, distractors, at_b=unit("at b", *key) < habits.key_at_b)
    return {
        "stem": stem,
        "key": options[0],
        "distractors": [{"text": one, "why_wrong": "SIMULATED: another word stands there."} for one in options[1:]],
        "explanation": f"SIMULATED: the sentence reads: {sentence}",
        "quote": quote,
        "topic": "simulated topic",
        "bloom": "remember",
    }


def _lettered(key: str, distractors: list[str], *, at_b: bool) -> list[str]:
    """With letters in front where the writer cannot leave that be."""
    if not at_b:
        return [key, *distractors]
    return [f"B) {key}", *(f"{letter}) {one}" for letter, one in zip("ACD", distractors, strict=True))]


def _distractors(document: str, sentence: str, word: str) -> list[str]:
    """Three other words of the document, the first of them no shorter than the key."""
    others = [one for one in dict.fromkeys(_WORD.findall(document)) if one.lower() not in sentence.lower()]
    wanted = sorted(others, key=lambda one: (abs(len(one) - len(word) - 1), one))
    chosen = _distinct(wanted, word)[:3]
    if max(map(len, chosen)) < len(word):
        chosen[0] = chosen[0] + "x" * (len(word) - len(chosen[0]))
    return chosen


def _distinct(words: Sequence[str], key: str) -> list[str]:
    """Different words, none of them the key, three at least."""
    found: dict[str, str] = {}
    for word in (*words, "quartz", "lantern", "meadow", "harbour"):
        if word.lower() != key.lower() and not _AVOID.search(word):
            found.setdefault(word.lower(), word)
    return list(found.values())[: max(3, len(words))]


def solve(model: str, texts: Sequence[str], seed: int, session_id: str) -> str:
    """The JSON of one choice. With the extract a good solver finds the word of the gap; without it guesses."""
    if model == SILENT:
        return "SIMULATED: hmm."
    text = "\n".join(texts)
    options = dict(_OPTION.findall(text))
    stem = found[1] if (found := _QUESTION.search(text)) else ""
    extract = found[1] if (found := _EXTRACT.search(text)) else None
    letter = _fitting(stem, options, extract)
    if letter is None and extract is None:
        letter = "ABCD"[int(4 * unit("guess", seed, model, session_id, stem))]
    if model == CONTRARY and extract is not None:
        letter = "BCDA"["ABCD".index(letter or "A")]
    reason = "SIMULATED: it fits the gap." if extract else "SIMULATED: a guess."
    return json.dumps({"reason": reason, "answer": letter})


def _fitting(stem: str, options: dict[str, str], extract: str | None) -> str | None:
    """The one option that makes the gap text a sentence of the extract; without one, what the stem gives away."""
    gap_text = stem.partition("gap: ")[2]
    given_away = stem.partition(" is the word in question")[0]
    fits: Callable[[str], bool]
    if extract is None:
        fits = lambda option: option == given_away  # noqa: E731 - one of two small tests
    else:
        plain = " ".join(extract.split())
        fits = lambda option: bool(gap_text) and gap_text.replace(GAP, option, 1) in plain  # noqa: E731 - the other
    fitting = [letter for letter, option in options.items() if fits(option)]
    return fitting[0] if len(fitting) == 1 else None


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
    if letter is None or letter not in "ABCD" or unit("slip", *key) >= slips:
        return letter
    return (UNCLEAR, "BCDA"["ABCD".index(letter)])[int(2 * unit("kind", *key))]
