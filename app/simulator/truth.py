"""The marks of simulated models: a pure function of model, question, try and seed."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import floor

from app.simulator.draws import digest, gauss, gauss_of, unit

BROKEN = "simulated/broken"  # writes nothing that can be read as marks
BLIND = "simulated/blind"  # takes no images


@dataclass(frozen=True, slots=True)
class Character:
    """The way in which a model marks. Shares refer to a question's maximum.

    `leniency` is the share of the missing marks that is given all the same; `question_spread` is an error that all
    tries of a question have in common, `try_spread` one that they do not; `slip_rate` is the share of answers that
    have nothing to do with the script.
    """

    bias: float = 0.0
    leniency: float = 0.0
    question_spread: float = 0.04
    try_spread: float = 0.02
    slip_rate: float = 0.0
    whole_marks: bool = False


_WHOLE_MARK_SHARE = 0.3

CHARACTERS = {
    "simulated/careful": Character(),
    "simulated/generous": Character(bias=0.2, question_spread=0.08, try_spread=0.05),
    "simulated/lenient": Character(leniency=0.4, question_spread=0.06, try_spread=0.04),
    "simulated/harsh": Character(bias=-0.2, question_spread=0.06, try_spread=0.03),
    "simulated/erratic": Character(question_spread=0.05, try_spread=0.3),
    "simulated/sloppy": Character(question_spread=0.05, try_spread=0.05, slip_rate=0.15),
    "simulated/coarse": Character(question_spread=0.1, try_spread=0.03, whole_marks=True),
    BROKEN: Character(),
    BLIND: Character(),
}


@lru_cache(maxsize=1024)
def character(model: str) -> Character:
    """The character of a name. A name outside CHARACTERS gets one by its hash."""
    if model in CHARACTERS:
        return CHARACTERS[model]
    return Character(
        bias=0.24 * unit(model, "bias") - 0.12,
        leniency=0.2 * unit(model, "leniency"),
        question_spread=0.02 + 0.13 * unit(model, "question spread"),
        try_spread=0.12 * unit(model, "try spread"),
        slip_rate=0.04 * unit(model, "slip rate"),
        whole_marks=unit(model, "whole marks") < _WHOLE_MARK_SHARE,
    )


@lru_cache(maxsize=1024)
def taught(model: str, n_examples: int) -> Character:
    """The character after worked examples: they teach how strictly to mark, and one example halves what is off."""
    who, left = character(model), 1 / (1 + n_examples)
    return replace(who, bias=who.bias * left, leniency=who.leniency * left, question_spread=who.question_spread * left)


def latent_mark(question_id: str, max_marks: float, seed: int) -> float:
    """The worth of an answer without a human mark: 0 for one in twelve, full marks for three in ten."""
    draw = unit("latent", question_id, seed)
    share = min(max((draw - 1 / 12) / (0.7 - 1 / 12), 0.0), 1.0)
    return on_grid(share * max_marks, max_marks, 0.5)


def on_grid(mark: float, max_marks: float, step: float) -> float:
    """The multiple of `step` within [0, max_marks] that is nearest to `mark`, in marks."""
    highest = floor(max_marks / step)
    return min(max(floor(mark / step + 0.5), 0), highest) * step


def simulated_mark(  # noqa: PLR0917 - everything a mark depends on, and nothing else
    model: str,
    question_id: str,
    max_marks: float,
    try_index: int,
    seed: int,
    human_mark: float | None = None,
    n_examples: int = 0,
) -> float:
    """The mark in [0, max_marks], in halves or wholes. Without a human mark it is near the latent one."""
    if max_marks <= 0:
        return 0.0
    who = taught(model, n_examples)
    share, source = _same_for_every_try(model, question_id, max_marks, seed, human_mark, n_examples)
    if who.slip_rate and unit("slip", model, question_id, try_index, seed) < who.slip_rate:
        share = unit("slipped to", model, question_id, try_index, seed)
    share += who.try_spread * gauss_of(source, try_index)
    return on_grid(share * max_marks, max_marks, 1.0 if who.whole_marks and max_marks >= 1 else 0.5)


@lru_cache(maxsize=8192)
def _same_for_every_try(  # noqa: PLR0917 - everything that it depends on, and nothing else
    model: str, question_id: str, max_marks: float, seed: int, human_mark: float | None, n_examples: int
) -> tuple[float, bytes]:
    """The share of the maximum that the tries are spread around, and the source of the spread.

    Cached: half of a call's CPU time went here.
    """
    who = taught(model, n_examples)
    target = latent_mark(question_id, max_marks, seed) if human_mark is None else human_mark
    share = min(max(target / max_marks, 0.0), 1.0)
    share += who.bias + who.leniency * (1 - share)
    share += who.question_spread * gauss("question", model, question_id, seed)
    return share, digest("tries", model, question_id, seed)
