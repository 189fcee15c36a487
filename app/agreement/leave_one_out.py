"""The jackknife over scripts: every figure of all scripts, and again without each script in turn. Pure numpy.

Every figure is a function of sums over answers. A sum without script i is the whole sum less the part of script i, so
that one pass over the answers gives the figure and all its leave-one-out values, whatever the number of scripts.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.agreement.table import Floats, Ints

# Of the answers of the fullest try or marker: what has fewer than half of them may have the easy ones.
LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class LeaveOneOut:
    """`script` of each answer, ascending."""

    script: Ints

    @cached_property
    def starts(self) -> Ints:
        """Where each script's answers begin."""
        if len(self.script) == 0:
            return np.zeros(0, np.intp)
        return np.flatnonzero(np.r_[True, self.script[1:] != self.script[:-1]])

    @cached_property
    def scripts(self) -> Ints:
        """The scripts that hold an answer, each once."""
        return self.script[self.starts]

    def sums(self, columns: Floats) -> Floats:
        """Sums of `columns` (..., answers) over all answers, then without each script: (..., 1 + scripts)."""
        alone = len(self.starts) == len(self.script)
        parts = columns if alone else np.add.reduceat(columns, self.starts, axis=-1)
        out = np.empty((*columns.shape[:-1], 1 + len(self.starts)))
        np.sum(parts, axis=-1, out=out[..., 0])
        np.subtract(out[..., :1], parts, out=out[..., 1:])
        return out


@dataclass(frozen=True)
class Estimate:
    """A figure's `draws` (1 + scripts,): of all scripts, then without each of `scripts`; NaN is "undefined"."""

    draws: Floats
    scripts: Ints

    @property
    def value(self) -> float:
        return float(self.draws[0])


def over_tries(draws: Floats, n: Floats) -> Floats:
    """The average (1 + scripts,) over those tries (axis 0) in which the figure itself is defined.

    `n` (tries, 1 + scripts) are the answers behind it. A try with few of them beside the fullest one is left out:
    one script with many tries, or a try that failed on most scripts, would weigh as much as all others.
    """
    if len(draws) == 1:
        return np.asarray(draws[0])
    covered = n[:, 0] >= LEAST_COVERAGE * n[:, 0].max(initial=0.0)
    defined = np.isfinite(draws[:, 0]) & covered
    return draws[defined].mean(axis=0) if defined.any() else np.full(draws.shape[1], np.nan)


def weighted_mean(parts: list[tuple[float, Estimate]], n_scripts: int) -> Estimate:
    """The mean of estimates over questions, each with its weight; undefined ones have none. `n_scripts` of the table.

    Without a script that a question's figure rests on, that question has no weight either.
    """
    defined = [(weight, part) for weight, part in parts if np.isfinite(part.draws[0]) and weight > 0]
    if not defined:
        return Estimate(np.full(1, np.nan), np.zeros(0, np.intp))
    total = sum(weight * part.value for weight, part in defined)
    weights = sum(weight for weight, _ in defined)
    tops, bottoms, present = np.full(n_scripts, total), np.full(n_scripts, weights), np.zeros(n_scripts, bool)
    for weight, part in defined:
        without = part.draws[1:]
        kept = np.isfinite(without)
        tops[part.scripts] += weight * (np.where(kept, without, 0.0) - part.value)
        bottoms[part.scripts] -= weight * ~kept
        present[part.scripts] = True
    scripts = np.flatnonzero(present)
    bottom = bottoms[scripts]
    left = np.divide(tops[scripts], bottom, out=np.full(len(scripts), np.nan), where=bottom > weights * 1e-9)
    return Estimate(np.r_[total / weights, left], scripts)
