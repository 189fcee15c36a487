"""Wire models of estimates: the cost and the duration of calls, before the server makes them."""

from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict

from app.schemas.base import Wire
from app.schemas.exams import NotReady


class CostRange(Wire):
    """US dollars. `likely` is the expected cost."""

    low: float
    likely: float
    high: float


class CostEstimate(Wire):
    """`calls`, `input_tokens`, `output_tokens` and `seconds` are the expected values. `cost_usd` is null if
    OpenRouter's list has no price of one of the models, or if the list could not be fetched; `unpriced` names these
    models.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "calls": 63,
                    "input_tokens": 61250,
                    "output_tokens": 12250,
                    "cost_usd": {"low": 0.05, "likely": 0.07, "high": 0.9},
                    "seconds": 48.0,
                    "unpriced": [],
                }
            ]
        }
    )

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: CostRange | None
    seconds: float
    unpriced: list[str]

    @classmethod
    def of(cls, estimate: Any) -> "CostEstimate":
        """Of an `app.openrouter.estimate.Estimate`."""
        return cls.model_validate(asdict(estimate))


class MarkerEstimate(Wire):
    """The calls, the cost and the duration of one marker, if it marked alone."""

    marker: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: CostRange | None
    seconds: float
    unpriced: list[str]


class GradingEstimate(CostEstimate):
    """The calls that a start would make now; complete calls are not repeated. `sessions`: how many sessions would
    start. `not_ready`: the sessions that would not. `notes` say which settings would be left out.
    """

    model_config = ConfigDict(json_schema_extra={"examples": []})

    sessions: int
    markers: list[MarkerEstimate]
    not_ready: list[NotReady]
    notes: list[str]
