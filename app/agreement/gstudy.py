"""Where the variance of marks comes from, and how many markers or tries make them reliable. Pure numpy.

A generalizability study of scripts × questions × markers, crossed, with tries within; marks may be missing. The
questions of an exam are fixed. Components are moments over pairs of cells (symmetric sums, Koch 1968). On complete data
they are those of the random-effects analysis of variance (Brennan 2001, chapters 3 and 4) and of Henderson's method 1.
Where marks are lost, Henderson's method 1 takes a lost question for a difference between scripts: with the two hardest
of ten questions lost on 40 % of the scripts it gave .56 for a script variance of .50 (mean of 100 simulated exams),
these moments .50.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.agreement.table import Floats, Marker, MarkTable
from app.marks.model import Json

WANTED = 0.90
# More markers or tries than these are no advice.
MOST = 50
FEWEST_SCRIPTS = 10
# Pairs of cells held in memory together: 200 markers of 50 questions have 100 million.
PAIRS_AT_ONCE = 1_000_000
SCRIPT, QUESTION, MARKER, REST = "script", "question", "marker", "rest"
TIMES = " × "
TOO_FEW = f"fewer than {FEWEST_SCRIPTS} scripts hold marks of the same markers for the same questions"
NO_VARIANCE = "the totals of the scripts do not vary"
NO_REPEAT = "one marker with one try: nothing is marked twice, so that nothing shows how steady its marks are"


@dataclass(frozen=True)
class Components:
    """Variance components by effect, such as `script` or `script × marker`, and `rest`; negative estimates are 0.

    `levels` are the numbers of scripts, questions and markers, `tries` of replications; with one try there is no
    `rest`: it is part of the highest interaction.
    """

    variance: Mapping[str, float]
    levels: Mapping[str, int]
    tries: int
    negative: tuple[str, ...] = ()

    def of(self, *facets: str) -> float:
        return self.variance.get(_name(facets), 0.0)


@dataclass(frozen=True)
class GStudy:
    """`g` is the coefficient of script totals with today's markers and tries, `phi` the same for absolute marks.

    `n_lost`: marks that are missing where every marker would have marked every question of every script in every try.
    """

    components: Components
    n_lost: int
    g: float | None
    phi: float | None
    markers_needed: int | None
    tries_needed: int | None
    reason: str | None = None

    def as_json(self) -> dict[str, Json]:
        found = self.components
        whole = sum(found.variance.values())
        return {
            "n": dict(found.levels) | {"try": found.tries},
            "n_lost": self.n_lost,
            "components": {
                name: {"variance": value, "share": value / whole if whole else None}
                for name, value in found.variance.items()
            },
            "negative_set_to_0": list(found.negative),
            "g": self.g,
            "phi": self.phi,
            "wanted": WANTED,
            "markers_needed": self.markers_needed,
            "tries_needed": self.tries_needed,
            "reason": self.reason,
        }


def _name(facets: Sequence[str]) -> str:
    return TIMES.join(facets)


def components(marks: Floats, facets: Sequence[str], fewest: int = 2) -> Components | None:
    """Of marks (*facets, tries), NaN where one is lost; scripts come first, every facet has two levels or more.

    Every pair of cells (a question with a marker) counts alike, whatever was lost: a lost mark of a hard question does
    not look like a difference between scripts. None where no pair of a kind was marked in `fewest` scripts.
    """
    given = np.isfinite(marks)
    tries = given.sum(axis=-1)
    cells = np.where(given, marks, 0.0).sum(axis=-1) / np.where(tries, tries, np.nan)
    spare = int(np.maximum(tries - 1, 0).sum())
    within = float(np.nansum((marks - cells[..., None]) ** 2) / spare) if spare else 0.0
    n_scripts, *others = cells.shape
    of_scripts, of_cells = _by_kind(cells.reshape(n_scripts, -1), others, fewest)
    # A cell with itself also holds the variance of the mean of its tries.
    of_scripts[-1] -= within * float(np.mean(1 / tries[tries > 0]))
    if not np.isfinite([*of_scripts, *of_cells]).all():
        return None
    kinds = range(2 ** len(others))
    found = {_named(kind, facets, script=True): _alone(of_scripts, kind) for kind in kinds}
    found |= {_named(kind, facets, script=False): _alone(of_cells, kind) for kind in kinds if kind}
    found = dict(sorted(found.items(), key=lambda one: one[0].count(TIMES)))
    if spare:
        found[REST] = within
    negative = tuple(name for name, value in found.items() if value < 0)
    levels = dict(zip(facets, cells.shape, strict=True))
    return Components({name: max(0.0, value) for name, value in found.items()}, levels, marks.shape[-1], negative)


def _by_kind(cells: Floats, levels: Sequence[int], fewest: int) -> tuple[Floats, Floats]:
    """By kind of pair of cells: the mean covariance over scripts, and the mean product of the cells' true means.

    Bit i of a kind is set where both cells have the same level of facet i. `cells` (scripts, cells) with NaN.
    """
    given = np.isfinite(cells)
    # About the mean, so that sums of products stay exact; no component depends on it.
    here, marked = np.where(given, cells - np.nanmean(cells), 0.0), given.astype(float)
    counts = marked.sum(axis=0)
    means = here.sum(axis=0) / np.where(counts, counts, np.nan)
    place = np.array(np.unravel_index(np.arange(cells.shape[1]), levels)) if levels else np.zeros((0, 1), int)
    sums = np.zeros((3, 2 ** len(levels)))
    for rows in np.array_split(np.arange(cells.shape[1]), 1 + cells.shape[1] ** 2 // PAIRS_AT_ONCE):
        both = marked[:, rows].T @ marked
        known = both >= max(fewest, 2)
        n = np.where(known, both, np.nan)
        sum_here, sum_other = here[:, rows].T @ marked, marked[:, rows].T @ here
        covariance = (here[:, rows].T @ here - sum_here * sum_other / n) / (n - 1)
        product = np.outer(means[rows], means) - covariance * n / np.where(known, np.outer(counts[rows], counts), 1.0)
        bits = 1 << np.arange(len(levels))
        kind = ((place[:, rows, None] == place[:, None]) * bits[:, None, None]).sum(axis=0)[known]
        for line, values in enumerate((np.ones(known.shape), covariance, product)):
            sums[line] += np.bincount(kind, values[known], minlength=sums.shape[1])
    pairs = np.where(sums[0], sums[0], np.nan)
    return sums[1] / pairs, sums[2] / pairs


def _alone(means: Floats, kind: int) -> float:
    """What pairs of a kind share beyond what pairs with fewer equal levels share."""
    below = (other for other in range(kind + 1) if other & kind == other)
    return float(sum((-1) ** (kind ^ other).bit_count() * means[other] for other in below))


def _named(kind: int, facets: Sequence[str], *, script: bool) -> str:
    return _name([*facets[:script], *(name for i, name in enumerate(facets[1:]) if kind >> i & 1)])


def coefficients(found: Components, markers: int, tries: int) -> tuple[float, float] | None:
    """(G, phi) of the total over the same questions, for these numbers of markers and tries; None without variance."""
    n = found.levels.get(QUESTION, 1)
    universe = found.of(SCRIPT) + found.of(SCRIPT, QUESTION) / n * (QUESTION in found.levels)
    with_marker = found.of(SCRIPT, MARKER) + found.of(SCRIPT, QUESTION, MARKER) / n
    relative = with_marker / markers + found.variance.get(REST, 0.0) / (n * markers * tries)
    absolute = relative + (found.of(MARKER) + found.of(QUESTION, MARKER) / n) / markers
    if universe <= 0:
        return None
    return universe / (universe + relative), universe / (universe + absolute)


def g_study(table: MarkTable, markers: Sequence[Marker] | None = None) -> GStudy:
    """Of the chosen markers, all by default. Markers, scripts and questions without any mark are left out."""
    marks, facets = _laid_out(table, table.markers if markers is None else tuple(markers))
    n_lost = int(np.isnan(marks).sum())
    found = components(marks, facets, FEWEST_SCRIPTS) if len(marks) >= FEWEST_SCRIPTS else None
    if found is None:
        levels = dict(zip(facets, marks.shape, strict=False))
        return GStudy(Components({}, levels, marks.shape[-1]), n_lost, None, None, None, None, TOO_FEW)
    n_markers = found.levels.get(MARKER, 1)
    if n_markers == 1 and REST not in found.variance:
        return GStudy(found, n_lost, None, None, None, None, NO_REPEAT)
    now = coefficients(found, n_markers, found.tries)
    if now is None:
        return GStudy(found, n_lost, None, None, None, None, NO_VARIANCE)
    return GStudy(found, n_lost, *now, *_needed(found, n_markers))


def _needed(found: Components, n_markers: int) -> tuple[int | None, int | None]:
    """Markers with today's tries (only where several say how much markers differ), tries with today's markers."""

    def enough(markers: int, tries: int) -> bool:
        both = coefficients(found, markers, tries)
        return both is not None and both[0] >= WANTED

    markers = next((n for n in range(1, MOST + 1) if enough(n, found.tries)), None) if n_markers > 1 else None
    tries = next((n for n in range(1, MOST + 1) if enough(n_markers, n)), None) if found.tries > 1 else None
    return markers, tries


def _laid_out(table: MarkTable, markers: Sequence[Marker]) -> tuple[Floats, list[str]]:
    """Marks (scripts, questions, markers, tries), NaN for none, without facets of one level; and the facets."""
    markers = [marker for marker in markers if np.isfinite(marker.marks).any()]
    tries = min((len(marker.tries) for marker in markers), default=1)
    marks = np.full((len(table.scripts), len(table.questions), len(markers), tries), np.nan)
    for place, marker in enumerate(markers):
        marks[table.script, table.question, place] = marker.marks[:, :tries]
    given = np.isfinite(marks)
    marks = marks[given.any(axis=(1, 2, 3))][:, given.any(axis=(0, 2, 3))]
    kept = {name: n for name, n in zip((QUESTION, MARKER), marks.shape[1:3], strict=True) if n > 1}
    return marks.reshape(len(marks), *kept.values(), tries), [SCRIPT, *kept]
