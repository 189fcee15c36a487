"""What would change for students if a marker's totals stood in place of the human's. Pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.agreement.table import EPSILON, Floats
from app.agreement.totals import Totals
from app.marks.model import Json

GIVEN, THIRDS = "given", "thirds of the human's totals"
# Fewer totals make no thirds.
LEAST_SCRIPTS = 10


@dataclass(frozen=True, slots=True)
class Students:
    """Of the `n` scripts with both totals. A grade is the number of `boundaries`, in marks, that a total reaches."""

    n: int
    boundaries: tuple[float, ...]
    basis: str
    n_up: int = 0
    n_down: int = 0
    mean_move: float | None = None
    largest_move: float | None = None

    @property
    def n_changed(self) -> int:
        return self.n_up + self.n_down

    def as_json(self) -> dict[str, Json]:
        return {
            "n_scripts": self.n,
            "boundaries": list(self.boundaries),
            "basis": self.basis,
            "n_grade_changes": self.n_changed,
            "n_up": self.n_up,
            "n_down": self.n_down,
            "mean_move": self.mean_move,
            "largest_move": self.largest_move,
        }


def students(totals: Totals, boundaries: Sequence[float] = ()) -> Students:
    """`totals` of a marker with one try per answer, the middle of its tries. Without boundaries the thirds count."""
    human, marker = totals.human, totals.marker[:, 0]
    both = np.isfinite(human) & np.isfinite(marker)
    human, marker = human[both], marker[both]
    basis = GIVEN if boundaries else THIRDS
    if len(human) == 0:
        return Students(0, tuple(boundaries), basis)
    cuts = tuple(sorted(boundaries)) or _thirds(human)
    up, down = (int((step > 0).sum()) for step in (_steps(human, marker, cuts), _steps(marker, human, cuts)))
    moves = np.abs(marker - human)
    return Students(len(human), cuts, basis, up, down, float(moves.mean()), float(moves.max()))


def _steps(before: Floats, after: Floats, boundaries: Sequence[float]) -> Floats:
    return np.asarray(_grades(after, boundaries) - _grades(before, boundaries), float)


def _grades(totals: Floats, boundaries: Sequence[float]) -> Floats:
    return np.asarray(np.searchsorted(np.array(boundaries) - EPSILON, totals, side="right"), float)


def _thirds(human: Floats) -> tuple[float, ...]:
    if len(human) < LEAST_SCRIPTS:
        return ()
    return tuple(sorted({float(cut) for cut in np.quantile(human, (1 / 3, 2 / 3), method="higher")}))
