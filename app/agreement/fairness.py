"""Whether a marker treats groups of students otherwise than the human does. Pure numpy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.agreement.figures import JUDGED_FROM, Figure, figures_json
from app.agreement.leave_one_out import Estimate, LeaveOneOut, over_tries
from app.agreement.moments import ratio
from app.agreement.spread import figure_of
from app.agreement.table import Bools, Floats, Marker, MarkTable
from app.agreement.totals import totals_of
from app.marks.model import Json

# Williamson, Xi and Breyer (2012): a group's standardised difference is looked at from .10 on.
SMD_LIMIT = 0.10
NO_MARKS = "no script of the group was marked completely by both"
NO_SPREAD = "the human's totals do not vary"


@dataclass(frozen=True)
class GroupFairness:
    """`figures`: `smd` of script totals in standard deviations of the human's totals of all groups, `residual` the mean
    of (marker - human) in marks less that of all groups together. `flag`: yes, no, or null where nothing is decided.
    """

    group: str
    n: int
    figures: Mapping[str, Figure]
    flag: bool | None
    reason: str | None

    def as_json(self) -> dict[str, Json]:
        about: dict[str, Json] = {"group": self.group, "n": self.n, "flag": self.flag, "reason": self.reason}
        return about | figures_json(self.figures)


def fairness(table: MarkTable, marker: Marker, groups: Mapping[str, str | None]) -> list[GroupFairness]:
    """By group, the names in order; `groups` by script. Scripts without a group count only in the whole."""
    totals = totals_of(table, marker)
    pairs = totals.pairs()
    names = [groups.get(table.scripts[script]) for script in pairs.script]
    known = sorted({name for name in groups.values() if name})
    return [_group(name, np.array([one == name for one in names], bool), pairs.human, pairs.marks) for name in known]


def _group(name: str, member: Bools, human: Floats, marks: Floats) -> GroupFairness:
    scripts = LeaveOneOut(np.arange(len(human)))
    d = np.where(np.isfinite(marks), marks - human[:, None], 0.0)
    paired = np.isfinite(marks).astype(float)
    inside = paired * member[:, None]
    columns = np.stack([paired, d, inside, d * inside, human[:, None] * paired, (human**2)[:, None] * paired])
    n, sum_d, n_in, d_in, h, hh = scripts.sums(columns.transpose(0, 2, 1))
    mean_in, mean_all = ratio(d_in, n_in), ratio(sum_d, n)
    spread = np.sqrt(ratio(np.maximum(hh - ratio(h * h, n), 0.0), n - 1))
    counts = Figure(0.0, n=int(member.sum()))
    draws = {"smd": ratio(mean_in, spread), "residual": mean_in - mean_all}
    figures = {
        key: figure_of(f"group_{key}", Estimate(over_tries(found, n), scripts.scripts), counts, _reason(counts.n))
        for key, found in draws.items()
    }
    return GroupFairness(name, counts.n, figures, *_flag(counts.n, figures["smd"]))


def _reason(n: int) -> str:
    return NO_SPREAD if n else NO_MARKS


def _flag(n: int, smd: Figure) -> tuple[bool | None, str | None]:
    """Flagged where the whole interval lies beyond a limit, cleared where it lies within both."""
    if smd.value is None or smd.interval is None:
        return None, smd.reason
    if n < JUDGED_FROM:
        return None, f"fewer than {JUDGED_FROM} scripts: not judged"
    low, high = smd.interval
    if low > SMD_LIMIT or high < -SMD_LIMIT:
        return True, None
    return (False, None) if low > -SMD_LIMIT and high < SMD_LIMIT else (None, "too close to call")
