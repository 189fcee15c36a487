"""Wire models of comparisons and of the standing watch."""

from typing import Literal

from app.schemas.agreement import Figure
from app.schemas.base import OpenWire, Wire


class Difference(OpenWire):
    """`a` and `b` on the answers that the human and both markers marked; `difference` is a - b with its 95 % interval.

    `better` names the better marker. It is null if the difference may be chance, or if no direction is better.
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
    """One question. `p_adjusted` is the p value after Holm's correction over all questions."""

    exact: Difference
    within_tolerance: Difference
    smd: Difference


class ComparedOverall(ComparedQuestion):
    """All answers; QWK, r and SMD are means over questions, weighted by their maxima."""

    totals: ComparedTotals


class CompareRes(OpenWire):
    """Two markers, paired by script. `between` compares the two markers without a human: its `bias` is the mean mark of
    a minus the mean mark of b.
    """

    a: str
    b: str
    overall: ComparedOverall
    per_question: dict[str, ComparedQuestion]
    between: dict[str, Figure]


class WatchPoint(Wire):
    """One run. `mean`: this run minus the runs before it, in percent of the maximum. `score`: the paired t of this
    difference as a standard normal deviate. `up` and `down`: the sums of the chart. A sum above the chart's limit is a
    signal.
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
    """When a run was made, with the providers and models that its replies name."""

    run: int
    at: str | None
    providers: list[str]
    models: list[str]
    fingerprints: list[str]


class WatchedRun(RunAbout):
    """`n_seeds`: the number of seeds that the marker marked completely."""

    n_seeds: int


class SeedRow(Wire):
    """A seed in the current run. Its totals, in marks, are over the `n` answers that both the human and the marker
    marked.
    """

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
    """`grading`: true while a run of the seeds goes on."""

    exam_id: str
    method: str
    grading: bool
    markers: list[WatchedMarker]


class Component(Wire):
    variance: float
    share: float | None


class GStudyRes(Wire):
    """`g` is the coefficient of script totals with today's markers and tries, `phi` that of absolute marks. Where a
    figure is null, `reason` says why. `markers_needed` and `tries_needed` are null if 50 are not enough, or if the exam
    has only one marker or one try. `n_lost`: marks that are missing of a full design.
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
    """How far the markers agree with each other and with themselves. No human mark is used."""

    together: GStudyRes | None
    markers: dict[str, GStudyRes]


class GroupFairness(OpenWire):
    """`smd`: the difference in standard deviations of the human's totals. `residual`: the group's mean of marker -
    human, minus the mean of all students, in marks.

    `flag` is true if the interval of `smd` lies beyond the limit, false if it lies within the limit, else null.
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
    """One form: `points` are [mark given, corrected mark]. In each figure `a` belongs to the corrected marks and `b` to
    the raw marks, both on scripts from which the correction was not learned. `p`: the p value of the smaller RMSE,
    adjusted for the number of questions and for both forms.
    """

    form: Literal["linear", "isotonic"]
    points: list[list[float]]
    p: float | None
    rmse: Difference
    mae: Difference
    exact: Difference
    qwk: Difference


class QuestionCorrection(Wire):
    """The correction was learned from `k` scripts. `offered` is the form to use. If no form helps it is null, and
    `reason` says why.
    """

    k: int
    offered: Literal["linear", "isotonic"] | None
    reason: str | None
    tried: list[TriedCorrection]


class MarkerCorrection(Wire):
    """`corrected` names the corrected marker in the answer of `agreement?corrections=true`. It is null if no correction
    helps.
    """

    marker: str
    corrected: str | None
    questions: dict[str, QuestionCorrection]


class CorrectionsRes(Wire):
    """The corrections that were tried. The stored marks do not change."""

    markers: list[MarkerCorrection]
