"""A marker: one model, or a pair of models, with all the settings that its answers depend on. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from app.marks.model import Json, Stage

# Left out of a stored plan where they are not set, so that plans of earlier versions compare as equal.
_OPTIONAL = ("temperature", "max_tokens", "seed", "template")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A model as OpenRouter is asked for it; `reasoning` and `provider` as the client gave them.

    `max_tokens` limits the output of each call. `template` names the prompt; None is the template of the session.
    """

    name: str
    reasoning: dict[str, Any] | None = None
    provider: dict[str, Any] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    template: str | None = None

    def sampling(self) -> dict[str, Json]:
        """The settings of sampling that are set, by their names at OpenRouter."""
        given: dict[str, Json] = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        return {name: value for name, value in given.items() if value is not None}

    def as_json(self) -> dict[str, Json]:
        return {name: value for name, value in asdict(self).items() if value is not None or name not in _OPTIONAL}


@dataclass(frozen=True, slots=True)
class Marker:
    """One model (or pair) with its settings, tried `tries` times. `key` is what its marks are stored under."""

    key: str
    tries: int
    assessment: ModelSettings
    rubric: ModelSettings

    def settings(self, stage: Stage) -> ModelSettings:
        return self.rubric if stage is Stage.RUBRIC else self.assessment

    def as_json(self) -> dict[str, Json]:
        settings = {"assessment": self.assessment.as_json(), "rubric": self.rubric.as_json()}
        return {"key": self.key, "tries": self.tries, **settings}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(row["key"], row["tries"], ModelSettings(**row["assessment"]), ModelSettings(**row["rubric"]))
