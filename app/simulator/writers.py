"""What simulated writers answer: questions good and bad on purpose, of every kind, the same every time. Pure.

Questions are gap texts and words in their order, so that a solver who has the quote can really find the key.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.simulator.draws import unit
from app.simulator.sentences import others, usable_sentences, with_gaps, words_of

_DOCUMENT = re.compile(r"<document>\n(.*?)\n</document>", re.DOTALL)
_BLOOM = re.compile(r"^Bloom level: (\w+):", re.MULTILINE)
_N_RIGHT = re.compile(r"^Right answers: exactly (\d)", re.MULTILINE)
_WRONG = "SIMULATED: another word stands there."
_N_PAIRS = 4


@dataclass(frozen=True, slots=True)
class Stems:
    """How the three kinds of gap questions begin, in the language that is told by the letters of a sentence."""

    letters: re.Pattern[str]
    gap: str
    gaps: str
    follows: str


STEMS = (
    Stems(
        re.compile("[\u0900-\u097f]"),
        "रिक्त स्थान में कौन-सा शब्द आता है: ",
        "रिक्त स्थानों में कौन-से शब्द आते हैं, किसी भी क्रम में: ",
        "हर शब्द को उस शब्द से मिलाइए जो विषय के सामान्य वर्णन में उसके बाद आता है।",
    ),
    Stems(
        re.compile("[\u3400-\u9fff]"),
        "空格处应填入哪个词：",  # noqa: RUF001 - Chinese has a colon of its own
        "这些空格处应填入哪些词（顺序任意）：",  # noqa: RUF001 - and brackets
        "把每个词与通常说法中紧跟其后的词配对。",
    ),
    Stems(
        re.compile("[\u0600-\u06ff]"),
        "أي كلمة تناسب الفراغ: ",
        "أي كلمات تناسب الفراغات بأي ترتيب: ",
        "صِل كل كلمة بالكلمة التي تليها في العرض المعتاد للموضوع.",
    ),
    Stems(
        re.compile(""),
        "Which word belongs in the gap: ",
        "Which words belong in the gaps, in any order: ",
        "Match each word with the word that follows it in the usual account of the subject.",
    ),
)


def _stems(sentence: str) -> Stems:
    return next(stems for stems in STEMS if stems.letters.search(sentence))


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
_Json = dict[str, object]
_Key = tuple[int | str, ...]


def write_question(model: str, texts: Sequence[str], seed: int, session_id: str) -> str:
    """The JSON of one question about the document between the tags; the n-th conversation turn makes the n-th round."""
    habits = WRITERS.get(model, WRITERS["simulated/writer"])
    asked = "\n".join(texts)
    found = _DOCUMENT.search(asked)
    document, wishes = (found[1], asked[: found.start()]) if found else ("", asked)
    turn = sum("was checked and cannot be used" in text for text in texts)
    key = (seed, model, session_id, turn)
    if turn and unit("mends", *key) < habits.mends:
        habits = Habits()
    if unit("unreadable", *key) < habits.unreadable:
        return "SIMULATED: I had a question in mind, but it slipped away."
    return json.dumps(_question(document, wishes, habits, key), ensure_ascii=False)


def _question(document: str, wishes: str, habits: Habits, key: _Key) -> _Json:
    sentences = usable_sentences(document)
    sentence = min(sentences) if _is_duplicate(habits, key) else sentences[int(unit("sentence", *key) * len(sentences))]
    quote = sentence
    if '"pairs"' in wishes:
        body = _matching([*sentences, *map(" ".join, _neighbours(document))], key)
        quote = str(body.pop("sentence"))
    elif '"assertion"' in wishes:
        body = _assertion(document, wishes, key)
        quote = str(body.pop("both"))
    elif '"statement"' in wishes:
        statement = sentence if "The statement: true" in wishes else _falsified(document, sentence, key)
        body = {"statement": statement, "why_wrong": "SIMULATED: the words are easily mixed up."}
    elif '"keys"' in wishes:
        n_right = int(found[1]) if (found := _N_RIGHT.search(wishes)) else 2
        rich = [one for one in sentences if len(set(words_of(one))) >= n_right] or [sentence]
        quote = sentence if sentence in rich else rich[int(unit("rich", *key) * len(rich))]
        body = _several(document, quote, n_right)
    else:
        body = _single(document, sentence, habits, key)
    if unit("invents", *key) < habits.invents_quote:
        quote = "Experts have long agreed that this matter was settled beyond any reasonable doubt decades ago."
    return body | {
        "explanation": f"SIMULATED: the sentence reads: {quote}",
        "quote": quote,
        "topic": "simulated topic",
        "bloom": found[1] if (found := _BLOOM.search(wishes)) else "remember",
    }


def _is_duplicate(habits: Habits, key: _Key) -> bool:
    return unit("duplicates", *key) < habits.duplicates


def _single(document: str, sentence: str, habits: Habits, key: _Key) -> _Json:
    words = words_of(sentence)
    word = max(words, key=len) if _is_duplicate(habits, key) else words[int(unit("word", *key) * len(words))]
    distractors = others(document, sentence, word, 3, shorter=unit("longest", *key) < habits.longest)
    if len(distractors) < len("ACD"):
        distractors = others(document, sentence, word, 3)
    extra = " of the usual kind and size" if unit("far", *key) < habits.far_too_long else ""
    stem = _stems(sentence).gap + with_gaps(sentence, [word])
    if unit("gives away", *key) < habits.gives_away:
        stem = f"{word} is the word in question here. {stem}"
    options = _lettered(word + extra, distractors, at_b=unit("at b", *key) < habits.key_at_b)
    return {"stem": stem, "key": options[0], "distractors": _wrong(options[1:])}


def _lettered(key: str, distractors: list[str], *, at_b: bool) -> list[str]:
    """With letters in front where the writer cannot leave that be."""
    if not at_b:
        return [key, *distractors]
    return [f"B) {key}", *(f"{letter}) {one}" for letter, one in zip("ACD", distractors, strict=True))]


def _wrong(texts: Sequence[str]) -> list[_Json]:
    return [{"text": text, "why_wrong": _WRONG} for text in texts]


def _several(document: str, sentence: str, n_right: int) -> _Json:
    keys = sorted(dict.fromkeys(words_of(sentence)), key=len, reverse=True)[:n_right]
    distractors = others(document, sentence, keys[0], 4 - n_right)
    return {"stem": _stems(sentence).gaps + with_gaps(sentence, keys), "keys": keys, "distractors": _wrong(distractors)}


def _falsified(document: str, sentence: str, key: _Key) -> str:
    """The sentence with one word of it changed for another of the document."""
    words = words_of(sentence)
    word = words[int(unit("false", *key) * len(words))]
    (other,) = others(document, sentence, word, 1)
    edge = r"\b" if word.isascii() else ""
    return re.sub(rf"{edge}{re.escape(word)}{edge}", other, sentence, count=1)


def _assertion(document: str, wishes: str, key: _Key) -> _Json:
    """Two sentences that follow each other: where the reason explains, it is the second one."""
    pairs = [one for one in _neighbours(document) if all(map(words_of, one))] or [(document, document)]
    first, second = pairs[int(unit("pair", *key) * len(pairs))]
    both = f"{first} {second}"
    if "the assertion true, the reason false" in wishes:
        return {"assertion": first, "reason": _falsified(document, second, key), "both": both}
    if "the assertion false, the reason true" in wishes:
        return {"assertion": _falsified(document, first, key), "reason": second, "both": both}
    explains = "and the reason explains why" in wishes
    return {"assertion": first if explains else second, "reason": second if explains else first, "both": both}


def _neighbours(document: str) -> list[tuple[str, str]]:
    usable = set(usable_sentences(document))
    flat = " ".join(document.split())
    places = sorted((flat.find(one), one) for one in usable)
    return [(one, other) for (at, one), (then, other) in pairwise(places) if at >= 0 and 0 <= then - at - len(one) <= 1]


def _matching(sentences: Sequence[str], key: _Key) -> _Json:
    """Words and those that follow them, of a sentence that has enough of them, or of two."""
    rich = [one for one in sentences if len(_followers(one)) >= _N_PAIRS] or [max(sentences, key=len)]
    sentence = rich[int(unit("rich", *key) * len(rich))]
    pairs = list(_followers(sentence).items())[:_N_PAIRS]
    return {
        "stem": _stems(sentence).follows,
        "pairs": [{"item": one, "match": other} for one, other in pairs],
        "sentence": sentence,
    }


def _followers(sentence: str) -> dict[str, str]:
    """Each second word with the one that follows it, every word once."""
    words = list(dict.fromkeys(words_of(sentence)))
    return {words[at]: words[at + 1] for at in range(0, len(words) - 1, 2)}
