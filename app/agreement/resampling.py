"""The bootstrap: scripts drawn with replacement, expressed as how often each script was drawn. Pure numpy.

Every figure is written as a function of sums over answers; such a sum over a resample is (sums per script) @ (times
drawn), so that 2,000 resamples of everything are a few matrix products. Column 0 of the weights draws every script
once: the same code gives the figure itself and its resamples.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from app.agreement.figures import Figure
from app.agreement.table import Floats, Ints

REPLICATES = 2000
# Of the answers of the fullest try or marker: what has fewer than half of them may have the easy ones.
LEAST_COVERAGE = 0.5
# Fewer say nothing about how much they vary.
FEWEST = 2
# Weights of more scripts than this allows (32 MB) are drawn again, in the same order, whenever they are needed.
BLOCK_ENTRIES = 4_000_000


class Resampler:
    """`replicates` resamples of `n_scripts` scripts; the same for the same seed."""

    def __init__(self, n_scripts: int, seed: int, replicates: int = REPLICATES) -> None:
        self.n_scripts = n_scripts
        self.replicates = replicates
        self._seed = seed
        self._columns = max(1, BLOCK_ENTRIES // max(n_scripts, 1))
        self._small: npt.NDArray[np.float32] | None = None
        self._kept = next(self._draw()) if self._columns > replicates else None

    def blocks(self) -> Iterator[Floats]:
        """The weights (scripts × some columns), 1 + replicates columns in all."""
        return self._draw() if self._kept is None else iter((self._kept,))

    def _draw(self) -> Iterator[Floats]:
        rng = np.random.default_rng(self._seed)
        for start in range(0, self.replicates + 1, self._columns):
            width = min(self._columns, self.replicates + 1 - start)
            weights = self._weights(rng, width - (start == 0))
            yield np.hstack([np.ones((self.n_scripts, 1)), weights]) if start == 0 else weights

    def _weights(self, rng: np.random.Generator, width: int) -> Floats:
        n = self.n_scripts
        if n == 0 or width == 0:
            return np.zeros((n, width))
        drawn = rng.integers(0, n, size=(width, n)) * width + np.arange(width)[:, None]
        return np.bincount(drawn.ravel(), minlength=n * width).reshape(n, width).astype(float)

    def sums(self, columns: Floats, script: Ints) -> Floats:
        """Sums of `columns` (..., answers) over the answers of each resample: (..., 1 + replicates)."""
        return self.totals(per_script(columns, script, self.n_scripts))

    def totals(self, scripts: Floats) -> Floats:
        """The same of sums that stand per script already, (..., scripts)."""
        flat = scripts.reshape(math.prod(scripts.shape[:-1]), self.n_scripts)
        drawn = np.concatenate([flat @ weights for weights in self.blocks()], axis=1)
        return drawn.reshape(*scripts.shape[:-1], self.replicates + 1)

    def small_blocks(self) -> Iterator[npt.NDArray[np.float32]]:
        """The resamples without column 0, in single precision: whole numbers stay exact, in half the room."""
        if self._kept is None:
            yield from (block[:, start == 0 :].astype(np.float32) for start, block in enumerate(self._draw()))
            return
        if self._small is None:
            self._small = self._kept[:, 1:].astype(np.float32)
        yield self._small


def per_script(columns: Floats, script: Ints, n_scripts: int) -> Floats:
    """Sums (..., answers) → (..., scripts); `script` ascending."""
    if len(script) == n_scripts and np.array_equal(script, np.arange(n_scripts)):
        return columns
    summed = np.zeros((*columns.shape[:-1], n_scripts))
    if len(script):
        starts = np.flatnonzero(np.r_[True, script[1:] != script[:-1]])
        summed[..., script[starts]] = np.add.reduceat(columns, starts, axis=-1)
    return summed


def over_tries(draws: Floats, n: Floats) -> Floats:
    """The average (1 + replicates,) over those tries (axis 0) in which the figure itself is defined.

    `n` (tries, 1 + replicates) are the answers behind it. A try with few of them beside the fullest one is left out:
    one script with many tries, or a try that failed on most scripts, would weigh as much as all others.
    """
    covered = n[:, 0] >= LEAST_COVERAGE * n[:, 0].max(initial=0.0)
    defined = np.isfinite(draws[:, 0]) & covered
    return draws[defined].mean(axis=0) if defined.any() else np.full(draws.shape[1], np.nan)


def percentile_interval(draws: Floats) -> tuple[tuple[float, float] | None, int]:
    """95 % of the resamples in which the figure is defined, and how many were dropped.

    None when more than half were dropped: what is left is no picture of the rest.
    """
    ordered = np.sort(draws)  # NaN last
    n_kept = int(np.searchsorted(ordered, np.inf))
    dropped = len(draws) - n_kept
    if n_kept == 0 or 2 * dropped > len(draws):
        return None, dropped
    return (_at(ordered, 0.025, n_kept), _at(ordered, 0.975, n_kept)), dropped


def _at(ordered: Floats, share: float, n: int) -> float:
    """Linear between the neighbours among the first n, as numpy.quantile (whose checks cost ten times the sort)."""
    place = share * (n - 1)
    low = int(place)
    below, above = float(ordered[low]), float(ordered[min(low + 1, n - 1)])
    return below + (place - low) * (above - below)


def figure_of(draws: Floats, counts: Figure, n_scripts: int, reason: str) -> Figure:
    """The figure of draws (1 + replicates,), with the counts of `counts`; undefined for `reason`."""
    value = float(draws[0])
    if not np.isfinite(value):
        return Figure(None, None, counts.n, counts.n_missing, counts.n_invalid, reason)
    interval, dropped, why = None, 0, None
    if n_scripts < FEWEST:
        why = "fewer than 2 scripts: no interval"
    else:
        interval, dropped = percentile_interval(draws[1:])
        why = None if interval else "undefined in more than half of the resamples: no interval"
    return Figure(value, interval, counts.n, counts.n_missing, counts.n_invalid, why, dropped)
