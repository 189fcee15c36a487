"""Wire models of the agreement answer. They describe JSON text that `app/reporting` writes; no request is checked
against them, so that a new figure needs one line here and costs nothing.
"""

from typing import Literal

from app.schemas.base import OpenWire

Evidence = Literal["dots", "indicative", "judged"]
Interval = tuple[float, float]


class Figure(OpenWire):
    """A figure with what belongs beside it. `value` is null where the figure is undefined; `reason` then says why.

    `interval` is 95 %; null with a `reason` beside a value. `n` counts answers (scripts, where the figure is about
    totals). `n_missing` and `n_invalid` count marks without a partner. `n_dropped` counts the scripts without which the
    figure is undefined.
    """

    value: float | None
    interval: Interval | None
    n: int
    n_missing: int
    n_invalid: int
    reason: str | None
    n_dropped: int


class PartFigures(OpenWire):
    """Figures of one set of answers. `unit` is that of `mae`, `rmse` and `bias`; `n_scripts` decides `evidence`."""

    unit: str
    n_scripts: int
    evidence: Evidence
    exact: Figure
    within_tolerance: Figure
    mae: Figure
    bias: Figure


class BandFigures(PartFigures):
    """One marker against the human, on the answers of one band of human marks."""

    adjacent: Figure
    rmse: Figure


class AgainstHuman(BandFigures):
    """Every figure that needs no second human."""

    smd: Figure
    pearson: Figure
    spearman: Figure
    kappa: Figure
    ac2: Figure
    qwk: Figure
    r2: Figure


class QuestionFigures(AgainstHuman):
    """One marker against the human, on one question. Degradation, PRMSE and disattenuation need a second human.

    `marked` is the share of the answers that the marker gave a mark.
    """

    marked: Figure
    degradation: Figure
    degradation_pearson: Figure
    degradation_kappa: Figure
    degradation_exact: Figure
    prmse: Figure
    disattenuated: Figure


class BaselineTotals(OpenWire):
    """Script totals, in marks, of completely marked scripts with the same total maximum."""

    unit: str
    n_scripts: int
    evidence: Evidence
    mae: Figure
    rmse: Figure
    bias: Figure
    smd: Figure
    pearson: Figure
    qwk: Figure
    r2: Figure


class TotalsFigures(BaselineTotals):
    """One marker's script totals against the human's."""

    degradation: Figure
    degradation_pearson: Figure
    prmse: Figure
    disattenuated: Figure


class BlandAltmanFigures(OpenWire):
    """Script totals in marks: `bias` between `lower` and `upper` (limits of agreement), `slope` on the mean of both."""

    unit: str
    n_incomplete: int
    n_incomplete_tries: int
    bias: Figure
    lower: Figure
    upper: Figure
    slope: Figure


class OverallFigures(QuestionFigures):
    """One marker against the human. `exact`, `within_tolerance`, `adjacent`, `mae`, `rmse` and `bias` are of all
    answers. Every other figure is the mean of the questions' own figures, weighted by their maxima: marks of several
    questions together would agree because the questions differ.
    """

    totals: TotalsFigures
    bland_altman: BlandAltmanFigures


class BaselineFigures(AgainstHuman):
    """The second human against the first, in the same way."""

    totals: BaselineTotals


class ConsistencyFigures(OpenWire):
    """One marker against itself, over its tries. `unit` is that of `sd` and `range`."""

    unit: str
    n_scripts: int
    icc_single: Figure
    icc_average: Figure
    icc_totals_single: Figure
    icc_totals_average: Figure
    alpha: Figure
    alpha_totals: Figure
    sd: Figure
    range: Figure
    unanimous: Figure
    modal_share: Figure


class QuestionConsistency(OpenWire):
    """One marker against itself on one question."""

    unit: str
    n_scripts: int
    icc_single: Figure
    icc_average: Figure
    alpha: Figure
    sd: Figure
    range: Figure
    unanimous: Figure
    modal_share: Figure


class SelfConsistency(ConsistencyFigures):
    per_question: dict[str, QuestionConsistency]


class TrustCriterion(OpenWire):
    """One figure judged against a published threshold. A verdict needs the whole interval on one side.

    `of`: the mean over questions, script totals, or all answers.
    """

    figure: str
    of: str
    threshold: str
    source: str
    verdict: str
    because: str
    n_scripts: int
    evidence: Evidence
    value: float | None
    interval: Interval | None
    n: int
    n_missing: int
    n_invalid: int
    n_dropped: int


class QuestionVerdict(OpenWire):
    """Whether the marker may be used on one question: use, do not use, left unmarked, undecided."""

    question_id: str
    verdict: str
    because: str


class TrustCard(OpenWire):
    """`verdict`: pass, partly, fail, too close to call, not enough data. `sentence` says what to do.

    It passes only with the mean over questions and with script totals, and if no question clearly fails.
    """

    verdict: str
    sentence: str
    usable_questions: list[str]
    failed_questions: list[str]
    unmarked_questions: list[str]
    undecided_questions: list[str]
    criteria: list[TrustCriterion]
    questions: list[QuestionVerdict]


class Students(OpenWire):
    """What changes if the marker's totals stand in place of the human's. `boundaries` are in marks; `basis` says
    whether they were given or are the thirds of the human's totals.
    """

    n_scripts: int
    boundaries: list[float]
    basis: str
    n_grade_changes: int
    n_up: int
    n_down: int
    mean_move: float | None
    largest_move: float | None


class ItemStatistics(OpenWire):
    """By the human's marks: mean mark as a share of the maximum, and correlation with the rest of the total."""

    question_id: str
    n: int
    facility: float | None
    discrimination: float | None


class MarkCounts(OpenWire):
    """Single marks over all tries: asked = given + missing + invalid."""

    asked: int
    given: int
    missing: int
    invalid: int


class MarkerAgreement(OpenWire):
    """Everything about one marker or one consensus. Cost and seconds are those of one try of one script."""

    marker: str
    overall: OverallFigures
    per_question: dict[str, QuestionFigures]
    per_band: dict[str, BandFigures]
    self_consistency: SelfConsistency
    trust_card: TrustCard
    students: Students
    marks: MarkCounts
    cost_usd_per_script: float | None
    seconds_per_script: float | None


class BetweenMarkers(PartFigures):
    """The consensus over tries of `second` against that of `first`; bias is second - first."""

    first: str
    second: str
    pearson: Figure
    qwk: Figure


class HumanBaseline(OpenWire):
    """The second human against the first."""

    overall: BaselineFigures
    per_question: dict[str, AgainstHuman]


class Standing(OpenWire):
    """One line of the leaderboard. Markers in `tie_band` 1 cannot be told apart from the leader. `reason`: why there is
    no rank; below 10 scripts nobody is ranked.
    """

    marker: str
    rank: int | None
    tie_band: int | None
    reason: str | None
    exact: Figure
    qwk: Figure
    behind_leader: Figure | None
    p: float | None
    p_adjusted: float | None
    test: str | None
    cost_usd_per_script: float | None
    seconds_per_script: float | None


class PanelOption(OpenWire):
    """`calls` per script spent on one marker's tries or on several markers, averaged over `n_choices` such panels."""

    kind: str
    calls: int
    n_choices: int
    n_scripts: int
    errors_caught: Figure
    answers_to_review: Figure
    residual_error: Figure
    cost_usd_per_script: float | None


class PanelAdvice(OpenWire):
    n_scripts: int
    evidence: Evidence
    sentence: str
    options: list[PanelOption]


class Confusion(OpenWire):
    """`counts[row][column]`: answers to which the human gave `categories[row]` and the marker `categories[column]`."""

    categories: list[str]
    counts: list[list[int]]


class ExampleScript(OpenWire):
    session_id: str
    script: str


class AgreementRes(OpenWire):
    """How far you can trust each marker. `definitions` explains every figure in one sentence.

    `examples`: by marker, the scripts that it saw as worked examples. No figure of the marker counts them.
    `between_markers` is empty where `n_pairs_of_markers` is above 120.
    """

    n_scripts: int
    n_questions: int
    items: list[ItemStatistics]
    human_baseline: HumanBaseline | None
    markers: list[MarkerAgreement]
    consensus: list[MarkerAgreement]
    between_markers: list[BetweenMarkers]
    n_pairs_of_markers: int
    leaderboard: list[Standing]
    panel_advice: PanelAdvice
    confusion: dict[str, Confusion]
    examples: dict[str, list[ExampleScript]]
    definitions: dict[str, str]
