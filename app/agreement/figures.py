"""A figure with everything that must be said beside it. Pure, no numpy."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.marks.model import Json

# Below 10 scripts only dots are drawn; from 30 a figure may pass or fail. The 95 % range of a QWK whose true value is
# .91 is 0–1 with 5 scripts, .58–1 with 10, .73–.99 with 20, .80–.97 with 50.
INDICATIVE_FROM = 10
JUDGED_FROM = 30


# An interval that held the truth in more than 97 % of simulated exams with 30 scripts is shown from so many.
SHOWN_FROM = 100
TOO_WIDE = (
    f"with fewer than {SHOWN_FROM} scripts the interval is wider than it says (it held the truth in 98 % of simulated "
    "exams): it bounds verdicts, and is not shown"
)


class Evidence(StrEnum):
    """What a number of scripts allows to be said."""

    DOTS = "dots"
    INDICATIVE = "indicative"
    JUDGED = "judged"


def evidence(n_scripts: int) -> Evidence:
    if n_scripts < INDICATIVE_FROM:
        return Evidence.DOTS
    return Evidence.INDICATIVE if n_scripts < JUDGED_FROM else Evidence.JUDGED


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is None where the figure is undefined, and then `reason` says why; it is never NaN.

    `n` counts answers (or scripts, where the figure is about totals), not answers × tries. `n_missing` and `n_invalid`
    count single marks, over all tries, that found no partner: no mark, or one that was refused. `n_dropped` counts the
    resamples in which the figure was undefined. `reason` beside a value says why there is no interval, `unshown` why
    one that verdicts are judged by is not shown.
    """

    value: float | None
    interval: tuple[float, float] | None = None
    n: int = 0
    n_missing: int = 0
    n_invalid: int = 0
    reason: str | None = None
    n_dropped: int = 0
    unshown: str | None = None

    def __post_init__(self) -> None:
        numbers = (self.value, *(self.interval or ()))
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError("a figure is finite or None")
        if self.value is None and self.reason is None:
            raise ValueError("an undefined figure says why")

    @property
    def shown(self) -> tuple[float, float] | None:
        """The interval that a reader may see."""
        return None if self.unshown else self.interval

    def as_json(self) -> dict[str, Json]:
        return {
            "value": self.value,
            "interval": None if self.shown is None else list(self.shown),
            "n": self.n,
            "n_missing": self.n_missing,
            "n_invalid": self.n_invalid,
            "reason": self.reason or self.unshown,
            "n_dropped": self.n_dropped,
        }


def judged_only(figure: Figure, n_scripts: int) -> Figure:
    """The figure, with an interval for verdicts alone where it rests on few scripts."""
    return replace(figure, unshown=TOO_WIDE) if figure.interval and n_scripts < SHOWN_FROM else figure


def undefined(reason: str, like: Figure | None = None) -> Figure:
    """No figure, for `reason`; the counts are those of `like`."""
    return replace(like or Figure(0.0), value=None, interval=None, reason=reason, n_dropped=0)


def figures_json(figures: Mapping[str, Figure]) -> dict[str, Json]:
    return {name: figure.as_json() for name, figure in figures.items()}
