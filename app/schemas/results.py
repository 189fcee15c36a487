"""Wire models of `/results` and `/stats`."""

from app.schemas.base import Wire
from app.schemas.findings import Finding


class TokenUsage(Wire):
    """Token counts of one call, summed over its requests."""

    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int


class TryResult(Wire):
    """One try's mark for one question. `marks_awarded` is null without a mark, and `validation_errors` says why."""

    try_index: int
    marks_awarded: float | None
    rubric_notes: str | None
    token_usage: TokenUsage | None
    validation_errors: list[Finding]


class ResultsRes(Wire):
    session_id: str
    results_by_question: dict[str, dict[str, list[TryResult]]]


class ErrorsRes(Wire):
    session_id: str
    errors_by_model_try: dict[str, dict[str, list[Finding]]]


class RubricResult(Wire):
    """`rubric_response` is a JSON string with `grading_criteria`, or null if no criteria could be read."""

    try_index: int
    rubric_response: str | None
    validation_errors: list[Finding]


class RubricRes(Wire):
    session_id: str
    rubric_results: dict[str, dict[str, RubricResult]]


class TokensRes(Wire):
    """Token counts by stage, marker and try."""

    rubric: dict[str, dict[str, TokenUsage]]
    assessment: dict[str, dict[str, TokenUsage]]


class MarkerUsage(TokenUsage):
    """The tokens and the cost of all calls of a marker, in both stages."""

    calls: int
    cost_usd: float


class Totals(Wire):
    total_max_marks: float
    total_marks_awarded_by_model_try: dict[str, dict[str, float]]
    n_unmarked_by_model_try: dict[str, dict[str, int]]
    max_of_marked_by_model_try: dict[str, dict[str, float]]
    token_usage_stats: dict[str, MarkerUsage]


class QuestionCount(Wire):
    """How many questions the attempt and the human marked differently, and which."""

    count: int
    questions: list[str]


class Mismatch(Wire):
    """One question: the class of the human's mark and the class of the model's mark."""

    qid: str
    human: str
    ai: str


class ClassCount(QuestionCount):
    mismatched: list[Mismatch]


class Discrepancies(Wire):
    """Three coarse views. `lt100`: below full marks. `zpf`: zero, part or full marks (Z, P, F). `range`: up to 25 %,
    below 75 %, or more of the maximum.
    """

    lt100: QuestionCount
    zpf: ClassCount
    range: ClassCount


class StatsRes(Wire):
    """Totals, and where each attempt and the human differ, by marker and try.

    `worked_example_of` names the markers that see this script with the human's marks: no figure here holds their marks.
    """

    session_id: str
    worked_example_of: list[str]
    human_marks_by_qid: dict[str, float]
    totals: Totals
    discrepancies_by_model_try: dict[str, dict[str, Discrepancies]]
