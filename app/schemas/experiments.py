"""Wire models of comparisons and of the standing watch."""

from typing import Literal

from app.schemas.agreement import Figure
from app.schemas.base import OpenWire


class Difference(OpenWire):
    """`a` and `b` on the answers that the human and both markers marked; `difference` is a - b with its 95 % interval.

    `better` is null where the difference may be chance, and for figures that have no better side.
    """

    a: float | None
    b: float | None
    difference: Figure
    p: float | None
    p_adjusted: float | None
    test: str | None
    better: Literal["a", "b"] | None


class ComparedTotals(OpenWire):
    """Script totals, in marks."""

    unit: str
    n_scripts: int
    mae: Difference
    rmse: Difference
    bias: Difference
    qwk: Difference
    pearson: Difference


class ComparedQuestion(ComparedTotals):
    """One question; `p_adjusted` is Holm's over the questions."""

    exact: Difference
    within_tolerance: Difference
    smd: Difference


class ComparedOverall(ComparedQuestion):
    """All answers; QWK, r and SMD are means over questions, weighted by their maxima."""

    totals: ComparedTotals


class CompareRes(OpenWire):
    """Two markers, paired by script. `between` needs no human: `bias` there is the mean mark of a less that of b."""

    a: str
    b: str
    overall: ComparedOverall
    per_question: dict[str, ComparedQuestion]
    between: dict[str, Figure]
