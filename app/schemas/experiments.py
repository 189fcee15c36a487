"""Wire models of comparisons and of the standing watch."""

from typing import Literal

from app.schemas.agreement import Figure
from app.schemas.base import OpenWire, Wire


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


class WatchPoint(Wire):
    """One run. `mean`: this run less the runs before it, in percent of the maximum; `score`: its paired t as a standard
    normal deviate; `up` and `down`: the sums of the chart, which signal above its limit.
    """

    run: int
    n: int
    mean: float | None
    score: float | None
    up: float
    down: float
    signal: bool


class WatchChart(Wire):
    points: list[WatchPoint]
    changed_since_run: int | None
    limit: float


class RunAbout(Wire):
    """When a run was made, and what the replies say of who answered."""

    run: int
    at: str | None
    providers: list[str]
    models: list[str]
    fingerprints: list[str]


class WatchedRun(RunAbout):
    """`n_seeds`: those that the marker marked completely."""

    n_seeds: int


class SeedRow(Wire):
    """A seed in the current run, in marks, over the `n` answers that human and marker marked."""

    session_id: str
    name: str | None
    n: int
    human: float
    mark: float
    difference: float
    tolerance: float
    maximum: float
    outside: bool


class SeedsOfMarker(Wire):
    n: int
    n_outside: int
    limit: int
    stopped: bool
    scripts: list[SeedRow]


class WatchedMarker(Wire):
    """`sentence` says in words whether the marker changed, since when, and what changed with it."""

    marker: str
    runs: list[WatchedRun]
    charts: dict[Literal["level", "distance"], WatchChart]
    changed_since: RunAbout | None
    seeds: SeedsOfMarker
    sentence: str


class WatchRes(Wire):
    """`grading`: a run of the seeds goes on."""

    exam_id: str
    method: str
    grading: bool
    markers: list[WatchedMarker]


class Component(Wire):
    variance: float
    share: float | None


class GStudyRes(Wire):
    """`g` is the coefficient of script totals with today's markers and tries, `phi` that of absolute marks. Null with a
    `reason`. `markers_needed` and `tries_needed` are null where 50 are not enough, or one level says nothing about it.
    `n_lost`: marks that are missing of a full design.
    """

    n: dict[str, int]
    n_lost: int
    components: dict[str, Component]
    negative_set_to_0: list[str]
    g: float | None
    phi: float | None
    wanted: float
    markers_needed: int | None
    tries_needed: int | None
    reason: str | None


class GeneralizabilityRes(Wire):
    """How far the markers agree among each other and with themselves; no human mark is in it."""

    together: GStudyRes | None
    markers: dict[str, GStudyRes]


class GroupFairness(OpenWire):
    """`smd`: in standard deviations of the human's totals; `residual`: marker - human, less that of all, in marks.

    `flag` is true where the interval of `smd` lies beyond the limit, false where it lies within, else null.
    """

    group: str
    n: int
    flag: bool | None
    reason: str | None
    smd: Figure
    residual: Figure


class FairnessRes(Wire):
    limit: float
    n_without_group: int
    markers: dict[str, list[GroupFairness]]


class TriedCorrection(OpenWire):
    """One form: `points` are [mark given, corrected mark]. In each figure `a` is of the corrected marks and `b` of the
    raw ones, out of fold. `p`: of the smaller RMSE, adjusted for the questions and for both forms.
    """

    form: Literal["linear", "isotonic"]
    points: list[list[float]]
    p: float | None
    rmse: Difference
    mae: Difference
    exact: Difference
    qwk: Difference


class QuestionCorrection(Wire):
    """`k` scripts are learned from. `offered` is the form to use; null with a `reason` where none helps."""

    k: int
    offered: Literal["linear", "isotonic"] | None
    reason: str | None
    tried: list[TriedCorrection]


class MarkerCorrection(Wire):
    """`corrected` names the marker that `agreement?corrections=true` shows beside the raw one; null: nothing helps."""

    marker: str
    corrected: str | None
    questions: dict[str, QuestionCorrection]


class CorrectionsRes(Wire):
    """The stored marks stay as they are."""

    markers: list[MarkerCorrection]
