"""Wire models of the bill of an exam."""

from app.schemas.base import Wire
from app.schemas.estimates import CostRange


class ComputedCost(Wire):
    """US dollars by tokens and today's prices. `high`: all of the uncached prompt went into the provider's cache, where
    the provider does not say how much did.
    """

    low: float
    high: float


class _Shares(Wire):
    """A wrong mark is a consensus of all markers beyond the tolerance from the human's. It is caught if the markers
    disagree on the answer, so that it goes to review.
    """

    billed_usd: float
    answers: int
    per_answer_usd: float | None
    wrong_marks: int
    caught_marks: int
    per_caught_mark_usd: float | None


class QuestionBill(_Shares):
    """A call marks all questions of a script, so each answer bears the same part of the bill."""

    question_id: str


class MarkerBill(Wire):
    """`requests` counts HTTP requests. `unexplained` is the part of the bill outside of `computed_usd`, as a share of
    the bill; null without a price.
    """

    marker: str
    requests: int
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    billed_usd: float
    computed_usd: ComputedCost | None
    unexplained: float | None
    per_answer_usd: float | None


class ExamBill(_Shares):
    """What the current runs of an exam's sessions were billed. `estimate_usd` is the estimate of the same calls, null
    where a model has no price or no session has a plan. `notes` say which bills tokens and prices do not explain within
    2 %. `simulated`: nobody was paid.
    """

    simulated: bool
    computed_usd: ComputedCost | None
    unexplained: float | None
    per_script_usd: float | None
    estimate_usd: CostRange | None
    markers: list[MarkerBill]
    questions: list[QuestionBill]
    notes: list[str]
