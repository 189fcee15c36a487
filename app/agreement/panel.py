"""Advice at equal cost: k calls spent on one marker's tries, or on k markers. Pure numpy.

A mark is wrong when it lies beyond the tolerance from the human's. An error is caught when the calls do not all give
the same mark, since such an answer goes to review; a missing mark sends it there too.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.agreement.consensus import median_low
from app.agreement.figures import Evidence, Figure, evidence
from app.agreement.pairs import NO_PAIRS
from app.agreement.table import EPSILON, Code, Codes, Floats, MarkTable
from app.marks.model import Json

# All panels up to this many; of more, this many at random.
MAX_PANELS = 500
MOST_CALLS = 5
TRIES, MARKERS = "one marker", "several markers"


@dataclass(frozen=True, slots=True)
class Option:
    """Averages over the choices of `kind`; `caught` is the share of wrong consensus marks that went to review.

    `n_scripts` of a choice hold an answer that it and the human marked; the cost is that of all the calls.
    """

    kind: str
    calls: int
    n_choices: int
    n_scripts: int
    caught: Figure
    review: Figure
    residual: Figure
    cost_usd_per_script: float | None

    def as_json(self) -> dict[str, Json]:
        return {
            "kind": self.kind,
            "calls": self.calls,
            "n_choices": self.n_choices,
            "n_scripts": self.n_scripts,
            "errors_caught": self.caught.as_json(),
            "answers_to_review": self.review.as_json(),
            "residual_error": self.residual.as_json(),
            "cost_usd_per_script": self.cost_usd_per_script,
        }


@dataclass(frozen=True, slots=True)
class PanelAdvice:
    """Pairs of options with the same number of calls; `n_scripts` is the least that any of them rests on."""

    options: tuple[Option, ...]
    n_scripts: int
    sentence: str

    def as_json(self) -> dict[str, Json]:
        return {
            "n_scripts": self.n_scripts,
            "evidence": evidence(self.n_scripts).value,
            "sentence": self.sentence,
            "options": [option.as_json() for option in self.options],
        }


def panel_advice(table: MarkTable, *, seed: int, costs: Mapping[str, float] | None = None) -> PanelAdvice:
    """`costs`: US dollars of one try per script, by marker. Only tries that were made can be compared."""
    largest = min(MOST_CALLS, len(table.voices), max((len(m.tries) for m in table.voices), default=0))
    options = [
        option
        for calls in range(2, largest + 1)
        for option in (_tries(table, calls, costs or {}), _panels(table, calls, seed, costs or {}))
    ]
    n_scripts = min((option.n_scripts for option in options if option.review.value is not None), default=0)
    return PanelAdvice(tuple(options), n_scripts, _sentence(options, n_scripts))


def _tries(table: MarkTable, calls: int, costs: Mapping[str, float]) -> Option:
    able = [marker for marker in table.voices if len(marker.tries) >= calls]
    choices = [(marker.marks[:, :calls], marker.codes[:, :calls]) for marker in able]
    return _option(table, TRIES, calls, choices, _cost([[marker.name] * calls for marker in able], costs))


def _panels(table: MarkTable, calls: int, seed: int, costs: Mapping[str, float]) -> Option:
    panels = list(_choose(len(table.voices), calls, seed))
    marks = np.stack([marker.marks[:, 0] for marker in table.voices], axis=1)
    codes = np.stack([marker.codes[:, 0] for marker in table.voices], axis=1)
    names = [[table.voices[i].name for i in panel] for panel in panels]
    choices = ((marks[:, panel], codes[:, panel]) for panel in map(list, panels))
    return _option(table, MARKERS, calls, choices, _cost(names, costs))


def _choose(n: int, k: int, seed: int) -> Iterator[tuple[int, ...]]:
    if math.comb(n, k) <= MAX_PANELS:
        yield from combinations(range(n), k)
        return
    rng = np.random.default_rng(seed)
    for _ in range(MAX_PANELS):
        yield tuple(sorted(rng.choice(n, k, replace=False).tolist()))


def _cost(names: Sequence[Sequence[str]], costs: Mapping[str, float]) -> float | None:
    """The mean over the choices; None unless the cost of every marker is known."""
    if not names or any(name not in costs for choice in names for name in choice):
        return None
    return sum(costs[name] for choice in names for name in choice) / len(names)


def _option(
    table: MarkTable, kind: str, calls: int, choices: Iterable[tuple[Floats, Codes]], cost: float | None
) -> Option:
    counted = np.array([_count(table, marks, codes) for marks, codes in choices]).reshape(-1, 5)
    n, wrong, caught, review, scripts = counted.T
    n_scripts = int(scripts.mean()) if len(n) else 0
    answers = round(float(n.mean())) if len(n) else 0

    def share(part: Floats, whole: Floats, reason: str) -> Figure:
        kept = whole > 0
        if not kept.any():
            return Figure(None, n=answers, reason=reason)
        return Figure(float((part[kept] / whole[kept]).mean()), n=answers)

    return Option(
        kind,
        calls,
        len(counted),
        n_scripts,
        share(caught, wrong, "no consensus mark was wrong" if scripts.any() else NO_PAIRS),
        share(review, n, "no answer that the human marked was asked of all calls"),
        share(wrong - caught, n - review, "no answer is left without review"),
        cost,
    )


def _count(table: MarkTable, marks: Floats, codes: Codes) -> tuple[int, int, int, int, int]:
    """Answers that a human marked and all calls were asked for; wrong, wrong and in review, in review; scripts.

    An answer that no call marked goes to review; it is not wrong, and its script not compared.
    """
    human = table.human.marks[:, 0]
    kept = np.isfinite(human) & (codes != Code.NOT_ASKED).all(axis=1)
    x = marks[kept]
    review = ~(np.abs(x - x[:, :1]) < EPSILON).all(axis=1)
    wrong = np.abs(median_low(x) - human[kept]) > table.tolerances[kept] + EPSILON
    compared = table.script[kept][np.isfinite(x).any(axis=1)]
    return int(kept.sum()), int(wrong.sum()), int((wrong & review).sum()), int(review.sum()), len(np.unique(compared))


def _sentence(options: Sequence[Option], n_scripts: int) -> str:
    """The pair with the most calls that can be compared, in words."""
    said_of = [option for option in options if option.caught.value is not None]
    both = [
        (one, many)
        for one in said_of
        for many in said_of
        if (one.kind, many.kind) == (TRIES, MARKERS) and one.calls == many.calls
    ]
    if not both:
        return "There are not two tries and two markers with wrong marks to compare."
    one, many = both[-1]
    said = (
        f"With {one.calls} calls a script, one marker's tries catch {_percent(one.caught)} of wrong marks and send "
        f"{_percent(one.review)} of answers to review; {one.calls} markers catch {_percent(many.caught)} and send "
        f"{_percent(many.review)}."
    )
    reserve = {Evidence.DOTS: " Too few scripts to rely on it.", Evidence.INDICATIVE: " Indicative only."}
    return said + reserve.get(evidence(n_scripts), "")


def _percent(figure: Figure) -> str:
    return f"{100 * (figure.value or 0):.0f} %"
