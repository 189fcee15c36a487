"""Where the key stands: code decides, seeded and balanced, because models put it at B (61 % of model-made banks)."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from app.generation.kind_words import kind_words
from app.generation.model import FIXED, LETTERS, ChoiceQuestion, Difficulty, Distractor, Draft, Kind

T = TypeVar("T")


def key_letters(n_questions: int, seed: int) -> tuple[str, ...]:
    """The letter of the key for each question of a test: every letter as often as the others, give or take one."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible order is wanted, not a secret
    whole, rest = divmod(n_questions, len(LETTERS))
    return tuple(shuffled([*LETTERS * whole, *shuffled(LETTERS, rng)[:rest]], rng))


def place(
    draft: Draft, *, number: int, key: str, seed: int, difficulty: Difficulty, language: str = ""
) -> ChoiceQuestion:
    """`draft` as question `number`: its right options at the letters of `key`, the others in an order of their own."""
    # A string seed is hashed whole, so that neighbouring questions and seeds have nothing in common.
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - a reproducible order is wanted, not a secret
    placed = ChoiceQuestion(
        number=number,
        question=draft.stem,
        options=(),
        correct_option=key,
        explanation=draft.explanation,
        difficulty=difficulty,
        topic=draft.topic,
        bloom=draft.bloom,
        quote=draft.quote,
        kind=draft.kind,
    )
    return _PLACED.get(draft.kind, _choices)(placed, draft, rng, language)


def _choices(placed: ChoiceQuestion, draft: Draft, rng: random.Random, _language: str) -> ChoiceQuestion:
    right = placed.right_letters
    others = [letter for letter in LETTERS if letter not in right]
    wrong = dict(zip(others, shuffled(draft.distractors, rng), strict=True))
    texts = dict(zip(right, draft.keys, strict=True)) | {letter: one.text for letter, one in wrong.items()}
    options = tuple(texts[letter] for letter in LETTERS)
    return replace(placed, options=options, why_wrong={letter: one.why_wrong for letter, one in wrong.items()})


def _truth(placed: ChoiceQuestion, draft: Draft, _rng: random.Random, language: str) -> ChoiceQuestion:
    options = kind_words(draft.stem, language).truths
    wrong = "B" if placed.correct_option == "A" else "A"
    reasons = dict.fromkeys([wrong], draft.distractors[0].why_wrong) if draft.distractors else {}
    return replace(placed, options=options, why_wrong=reasons)


def _relation(placed: ChoiceQuestion, draft: Draft, _rng: random.Random, language: str) -> ChoiceQuestion:
    words = kind_words(draft.stem, language)
    return replace(placed, question=words.stated(draft.stem, draft.reason), options=words.relations)


def _pairs(placed: ChoiceQuestion, draft: Draft, _rng: random.Random, _language: str) -> ChoiceQuestion:
    matches = {letter: match for letter, (_, match) in zip(placed.right_letters, draft.pairs, strict=True)}
    return replace(
        placed,
        prompts=tuple(item for item, _ in draft.pairs),
        options=tuple(matches[letter] for letter in LETTERS[: len(matches)]),
    )


_PLACED: Mapping[Kind, Callable[[ChoiceQuestion, Draft, random.Random, str], ChoiceQuestion]] = {
    Kind.TRUE_FALSE: _truth,
    Kind.ASSERTION_REASON: _relation,
    Kind.MATCHING: _pairs,
}


def draft_of(question: ChoiceQuestion) -> Draft:
    """The question as a writer would have given it, for checks that judge drafts."""
    draft = Draft(
        question.question, "", (), question.explanation, question.quote, question.topic, question.bloom, question.kind
    )
    if question.kind is Kind.MATCHING:
        return replace(draft, pairs=question.pairs)
    if question.kind is Kind.ASSERTION_REASON:
        assertion, _, reason = question.question.partition("\n")
        return replace(draft, stem=_without_label(assertion), reason=_without_label(reason))
    if question.kind in FIXED:
        return draft
    options = dict(question.lettered)
    right = [options.pop(letter) for letter in question.right_letters]
    wrong = tuple(Distractor(text, question.why_wrong.get(letter, "")) for letter, text in options.items())
    return replace(draft, key=right[0], more_keys=tuple(right[1:]), distractors=wrong)


def _without_label(line: str) -> str:
    return line.partition(": ")[2] or line


def shuffled(items: Iterable[T], rng: random.Random) -> list[T]:
    # Of `random` only the sequence of random() is promised to stay the same from one Python to the next.
    return sorted(items, key=lambda _: rng.random())
