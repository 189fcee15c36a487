"""Where the key stands: code decides, seeded and balanced, because models put it at B (61 % of model-made banks)."""

import random
from collections.abc import Iterable
from typing import TypeVar

from app.generation.model import LETTERS, ChoiceQuestion, Difficulty, Draft

T = TypeVar("T")


def key_letters(n_questions: int, seed: int) -> tuple[str, ...]:
    """The letter of the key for each question of a test: every letter as often as the others, give or take one."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible order is wanted, not a secret
    whole, rest = divmod(n_questions, len(LETTERS))
    return tuple(_shuffled([*LETTERS * whole, *_shuffled(LETTERS, rng)[:rest]], rng))


def place(draft: Draft, *, number: int, key_letter: str, seed: int, difficulty: Difficulty) -> ChoiceQuestion:
    """`draft` as question `number`, with the key at `key_letter` and the distractors in an order of their own."""
    # A string seed is hashed whole, so that neighbouring questions and seeds have nothing in common.
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - a reproducible order is wanted, not a secret
    others = zip([letter for letter in LETTERS if letter != key_letter], _shuffled(draft.distractors, rng), strict=True)
    placed = dict(others)
    options = tuple(draft.key if letter == key_letter else placed[letter].text for letter in LETTERS)
    return ChoiceQuestion(
        number=number,
        question=draft.stem,
        options=options,
        correct_option=key_letter,
        explanation=draft.explanation,
        why_wrong={letter: distractor.why_wrong for letter, distractor in placed.items()},
        difficulty=difficulty,
        topic=draft.topic,
        bloom=draft.bloom,
        quote=draft.quote,
    )


def _shuffled(items: Iterable[T], rng: random.Random) -> list[T]:
    # Of `random` only the sequence of random() is promised to stay the same from one Python to the next.
    return sorted(items, key=lambda _: rng.random())
