"""The behaviour of the simulated OpenRouter: one frozen object, also readable from JSON."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.marks.model import Stage
from app.simulator.draws import unit
from app.simulator.faults import Fault
from app.simulator.truth import simulated_mark


def _at_most_one(rates: dict[Fault, float]) -> dict[Fault, float]:
    if sum(rates.values()) > 1 + 1e-9:
        raise ValueError("the rates of all faults together are above 1")
    return rates


Rate = Annotated[float, Field(ge=0, le=1)]
Rates = Annotated[dict[Fault, Rate], AfterValidator(_at_most_one)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PerSecond = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class RetryAfter(StrEnum):
    """The place in a 429 or 503 that holds the time to wait."""

    SECONDS = "seconds"  # whole seconds in the header, rounded up
    FRACTIONAL = "fractional"
    DATE = "date"  # HTTP date, rounded up to whole seconds
    BODY = "body"  # in error.metadata.availability only
    ABSENT = "absent"


class Behaviour(BaseModel):
    """Behaviour that may differ between models. None means the value for all models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_seconds: Seconds | None = None
    latency_spread: Annotated[float, Field(ge=0, le=1)] | None = None
    requests_per_second: PerSecond | None = None
    burst: Annotated[float, Field(ge=1)] | None = None
    fault_rates: Rates | None = None
    stage_fault_rates: dict[Stage, Rates] = Field(default_factory=dict)
    fault_sequence: tuple[Fault | None, ...] | None = None


class Script(BaseModel):
    """The human marks from which the models deviate on one script, and the seed of their errors there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    human_marks: dict[str, float]


class SimulatorConfig(Behaviour):
    """`latency_spread` is a share: 0.2 around 1 s means 0.8 s to 1.2 s.

    Each model has a bucket of its own that holds `burst` requests (by default a second's worth) and fills by
    `requests_per_second`. The n-th request of a call meets the n-th entry of `fault_sequence`, and after its end a
    fault drawn by `fault_rates`. A model's own value wins over a stage's, and that over the one for everything.
    `faults_by_session=False` draws the same faults for every session, so that a benchmark repeats itself although
    session ids are new each time.
    """

    seed: int = 0
    human_marks: dict[str, float] = Field(default_factory=dict)
    # By the part of a request's session_id before its first slash. Other sessions hold the one script above.
    scripts: dict[str, Script] = Field(default_factory=dict)
    models: dict[str, Behaviour] = Field(default_factory=dict)
    faults_by_session: bool = True
    # The simulator cannot see. These hold the texts of scanned pages in order, and the letters of answer sheets by
    # session, like the scripts. Other sessions hold the one `sheet`. A box without entry is unclear.
    pages: tuple[str, ...] = ()
    sheets: dict[str, dict[str, str | None]] = Field(default_factory=dict)
    sheet: dict[str, str | None] = Field(default_factory=dict)
    retry_after: RetryAfter = RetryAfter.SECONDS
    retry_after_seconds: Seconds = 1.0
    drip_seconds: Seconds = 0.5
    fetch_images: bool = False

    def true_mark(
        self,
        model: str,
        question_id: str,
        max_marks: float,
        try_index: int,
        session_id: str = "",
        *,
        n_examples: int = 0,
    ) -> float:
        """The mark in every readable answer of this try."""
        script = self.scripts.get(session_id.partition("/")[0])
        seed, human_marks = (self.seed, self.human_marks) if script is None else (script.seed, script.human_marks)
        human_mark = human_marks.get(question_id)
        return simulated_mark(model, question_id, max_marks, try_index, seed, human_mark, n_examples)

    def rates(self, model: str, stage: Stage) -> dict[Fault, float]:
        own = self.models.get(model, _AS_ALL)
        if stage in own.stage_fault_rates:
            return own.stage_fault_rates[stage]
        if own.fault_rates is not None:
            return own.fault_rates
        return self.stage_fault_rates.get(stage, self.fault_rates or {})

    def sequence(self, model: str) -> tuple[Fault | None, ...]:
        own = self.models.get(model, _AS_ALL).fault_sequence
        return (self.fault_sequence or ()) if own is None else own

    def latency(self, model: str, *key: str | int) -> float:
        """Seconds until the request with this key is answered."""
        own = self.models.get(model, _AS_ALL)
        seconds = _first(own.latency_seconds, self.latency_seconds, 0.0)
        spread = _first(own.latency_spread, self.latency_spread, 0.0)
        return seconds * (1 + spread * (2 * unit("latency", self.seed, *key) - 1)) if spread else seconds

    def limit(self, model: str) -> tuple[float, float] | None:
        """Requests per second and burst, or None for a model without limit."""
        own = self.models.get(model, _AS_ALL)
        per_second = own.requests_per_second or self.requests_per_second
        if per_second is None:
            return None
        return per_second, _first(own.burst, self.burst, max(1.0, per_second))


def _first(own: float | None, shared: float | None, default: float) -> float:
    if own is not None:
        return own
    return default if shared is None else shared


_AS_ALL = Behaviour()
