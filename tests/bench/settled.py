"""Tries only where answers are in doubt, beside all tries: Khan's short answers replayed."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from app.marks.settling import STATED_ERROR, Votes, more_needed
from tests.bench.report import Figure

GOLDEN = Path(__file__).parents[1] / "golden"
MARKERS, TRIES, PANELS = 3, 5, 60
MOST_CALLS = 0.40
# Of the share of wrong marks that all calls catch.
CAUGHT = 0.99
LOOKED_AT = 0.10


@dataclass(frozen=True)
class Caught:
    """Shares: of the calls that were made; of answers with a wrong consensus; of these among the answers in most doubt;
    of these where any mark differs; of answers where any mark differs; of answers whose consensus all calls change.
    """

    calls: float
    wrong: float
    in_queue: float
    flagged: float
    review: float
    changed: float


def settled(_: Path) -> list[Figure]:
    """Panels of three of the fifteen models at random; five tries each, of which the last two are drawn from the three
    that were published.
    """
    human, tries = _khan()
    rng = np.random.default_rng(1)
    names = sorted(tries)
    panels = [rng.choice(names, MARKERS, replace=False).tolist() for _ in range(PANELS)]
    whole, some = (
        Caught(*np.mean([_replayed(human, [tries[name] for name in panel], stops=stops) for panel in panels], axis=0))
        for stops in (False, True)
    )
    looked = f"wrong marks caught by a look at {100 * LOOKED_AT:.0f} % of answers"
    return [
        Figure("calls made / calls of five tries", some.calls, at_most=MOST_CALLS),
        Figure(f"{looked}, all tries", whole.in_queue),
        Figure(f"{looked}, settled", some.in_queue),
        Figure(f"{looked}, settled / all tries", some.in_queue / whole.in_queue, at_least=CAUGHT),
        Figure("wrong marks with any dissent, all tries", whole.flagged),
        Figure("wrong marks with any dissent, settled", some.flagged),
        Figure("answers with any dissent, all tries", whole.review),
        Figure("answers with any dissent, settled", some.review),
        Figure("answers with a wrong consensus, all tries", whole.wrong),
        Figure("answers with a wrong consensus, settled", some.wrong),
        Figure("answers whose consensus all tries would change", some.changed, at_most=STATED_ERROR),
    ]


def _khan() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The human majority (answers,), and by model five tries (answers, tries) with the full rubric."""
    with (GOLDEN / "khan_saq_humans.csv").open() as file:
        humans = {row["response_id"]: float(row["majority"]) for row in csv.DictReader(file)}
    place = {name: n for n, name in enumerate(humans)}
    rng = np.random.default_rng(1)
    found: dict[str, np.ndarray] = {}
    with gzip.open(GOLDEN / "khan_saq_tries.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["rubric"] == "Full":
                three = [np.nan if row[f"try{n}"] == "NA" else float(row[f"try{n}"]) for n in (1, 2, 3)]
                marks = found.setdefault(row["model"], np.full((len(place), TRIES), np.nan))
                marks[place[row["response_id"]]] = [*three, *rng.choice(three, TRIES - 3)]
    return np.array(list(humans.values())), found


def _replayed(human: np.ndarray, panel: list[np.ndarray], *, stops: bool) -> tuple[float, ...]:
    order = list(product(range(TRIES), range(MARKERS)))
    calls, consensus, whole, dissent = (np.zeros(len(human)) for _ in range(4))
    for n in range(len(human)):
        marks = [float(panel[marker][n, turn]) for turn, marker in order]
        made = _stop(marks) if stops else len(marks)
        given = sorted(_given(marks[:made]))
        calls[n], consensus[n] = made, _median(given)
        whole[n] = _median(sorted(_given(marks)))
        dissent[n] = np.mean([mark != consensus[n] for mark in given])
    wrong, flagged = consensus != human, dissent > 0
    ties = np.random.default_rng(0).random(len(human))
    top = np.lexsort((ties, -dissent))[: int(LOOKED_AT * len(human))]
    n_wrong = max(1, wrong.sum())
    shares = (calls.mean() / len(order), wrong.mean(), wrong[top].sum() / n_wrong, (wrong & flagged).sum() / n_wrong)
    return (*shares, flagged.mean(), (consensus != whole).mean())


def _stop(marks: list[float]) -> int:
    made = MARKERS
    while more := more_needed([Votes(list(_given(marks[:made])), 1.0)], len(marks) - made):
        made += more
    return made


def _given(marks: list[float]) -> Iterator[float]:
    return (mark for mark in marks if mark == mark)  # noqa: PLR0124 - NaN is no mark


def _median(found: list[float]) -> float:
    return found[(len(found) - 1) // 2] if found else float("nan")
