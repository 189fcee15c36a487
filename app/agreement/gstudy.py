"""Where the variance of marks comes from, and how many markers or tries make them reliable. Pure numpy.

A generalizability study of balanced data: scripts × questions × markers, crossed, tries within. Components are those of
the random-effects analysis of variance (Brennan 2001, chapters 3 and 4); the questions of an exam are fixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.agreement.table import Floats, Marker, MarkTable
from app.marks.model import Json

WANTED = 0.90
# More markers or tries than these are no advice.
MOST = 50
FEWEST_SCRIPTS = 10
SCRIPT, QUESTION, MARKER, REST = "script", "question", "marker", "rest"
TOO_FEW = f"fewer than {FEWEST_SCRIPTS} scripts were marked completely by every marker in every try"
NO_VARIANCE = "the totals of the scripts do not vary"


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
    """`g` is the coefficient of script totals with today's markers and tries, `phi` the same for absolute marks."""

    components: Components
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
    return " × ".join(facets)


def components(marks: Floats, facets: Sequence[str]) -> Components:
    """Of marks (*facets, tries), complete; every facet with two levels or more."""
    cells, tries = marks.mean(axis=-1), marks.shape[-1]
    effects = [chosen for n in range(1, len(facets) + 1) for chosen in combinations(range(len(facets)), n)]
    squares = {effect: _mean_square(cells, effect) * tries for effect in effects}
    whole = tuple(range(len(facets)))
    within = float(((marks - cells[..., None]) ** 2).sum() / (cells.size * (tries - 1))) if tries > 1 else 0.0
    found = {}
    for effect in effects:
        above = [other for other in effects if set(effect) <= set(other)]
        signed = sum((-1) ** (len(other) - len(effect)) * squares[other] for other in above)
        if effect == whole:
            signed -= within
        others = [cells.shape[i] for i in whole if i not in effect]
        found[_name([facets[i] for i in effect])] = float(signed / (tries * np.prod(others, dtype=float)))
    if tries > 1:
        found[REST] = within
    negative = tuple(name for name, value in found.items() if value < 0)
    levels = dict(zip(facets, cells.shape, strict=True))
    return Components({name: max(0.0, value) for name, value in found.items()}, levels, tries, negative)


def _mean_square(cells: Floats, effect: tuple[int, ...]) -> float:
    """Of the effect itself, without those that it holds."""
    others = tuple(i for i in range(cells.ndim) if i not in effect)
    means = cells.mean(axis=others, keepdims=True)
    for axis in effect:
        means = means - means.mean(axis=axis, keepdims=True)
    freedom = np.prod([cells.shape[i] - 1 for i in effect], dtype=float)
    size = np.prod([cells.shape[i] for i in others], dtype=float)
    return float((means**2).sum() * size / freedom)


def coefficients(found: Components, markers: int, tries: int) -> tuple[float, float] | None:
    """(G, phi) of the total over the same questions, for so many markers and tries; None where totals do not vary."""
    n = found.levels.get(QUESTION, 1)
    universe = found.of(SCRIPT) + found.of(SCRIPT, QUESTION) / n * (QUESTION in found.levels)
    with_marker = found.of(SCRIPT, MARKER) + found.of(SCRIPT, QUESTION, MARKER) / n
    relative = with_marker / markers + found.variance.get(REST, 0.0) / (n * markers * tries)
    absolute = relative + (found.of(MARKER) + found.of(QUESTION, MARKER) / n) / markers
    if universe <= 0:
        return None
    return universe / (universe + relative), universe / (universe + absolute)


def g_study(table: MarkTable, markers: Sequence[Marker] | None = None) -> GStudy:
    """Of the chosen markers, all by default, on the scripts that each of them marked completely in every try."""
    chosen = table.markers if markers is None else tuple(markers)
    marks, facets = _balanced(table, chosen)
    if len(marks) < FEWEST_SCRIPTS:
        empty = Components({}, dict.fromkeys(facets, 0) | {SCRIPT: len(marks)}, marks.shape[-1])
        return GStudy(empty, None, None, None, None, TOO_FEW)
    found = components(marks, facets)
    now = coefficients(found, len(chosen), found.tries)
    if now is None:
        return GStudy(found, None, None, None, None, NO_VARIANCE)
    return GStudy(found, *now, *_needed(found, len(chosen)))


def _needed(found: Components, n_markers: int) -> tuple[int | None, int | None]:
    """Markers with today's tries (only where several say how much markers differ), tries with today's markers."""

    def enough(markers: int, tries: int) -> bool:
        both = coefficients(found, markers, tries)
        return both is not None and both[0] >= WANTED

    markers = next((n for n in range(1, MOST + 1) if enough(n, found.tries)), None) if n_markers > 1 else None
    tries = next((n for n in range(1, MOST + 1) if enough(n_markers, n)), None) if found.tries > 1 else None
    return markers, tries


def _balanced(table: MarkTable, markers: Sequence[Marker]) -> tuple[Floats, list[str]]:
    """Marks (scripts, questions, markers, tries) of complete scripts, without facets of one level; and the facets."""
    tries = min((len(marker.tries) for marker in markers), default=1)
    shape = (len(table.scripts), len(table.questions), len(markers), tries)
    marks = np.full(shape, np.nan)
    for place, marker in enumerate(markers):
        marks[table.script, table.question, place] = marker.marks[:, :tries]
    marks = marks[np.isfinite(marks).all(axis=(1, 2, 3))] if marks.size else marks[:0]
    kept = {name: n for name, n in zip((QUESTION, MARKER), shape[1:3], strict=True) if n > 1}
    return marks.reshape(len(marks), *kept.values(), tries), [SCRIPT, *kept]
