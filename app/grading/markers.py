"""Markers with all the settings that their answers depend on, and the prompts that they are asked with."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from app.errors import UnprocessableError
from app.grading.prompts.library import DEFAULT, all_templates
from app.grading.prompts.template import Template
from app.grading.prompts.versions import VERSIONS
from app.marks.model import Json, Split, Stage
from app.store.sessions import Store

# Left out of a stored plan where they are not set, so that plans of earlier versions compare as equal.
_OPTIONAL = ("temperature", "max_tokens", "seed", "template", "split")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A model as OpenRouter is asked for it; `reasoning` and `provider` as the client gave them.

    `max_tokens` limits the output of each call. `template` names the prompt; None is the template of the session.
    `split` is None where one request asks for everything.
    """

    name: str
    reasoning: dict[str, Any] | None = None
    provider: dict[str, Any] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    template: str | None = None
    split: Split | None = None

    def sampling(self) -> dict[str, Json]:
        """The settings of sampling that are set, by their names at OpenRouter."""
        given: dict[str, Json] = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        return {name: value for name, value in given.items() if value is not None}

    def asked_in(self) -> dict[str, Json]:
        """How the calls are split, if they are."""
        return {} if self.split is None else {"split": self.split.value}

    def as_json(self) -> dict[str, Json]:
        return {name: value for name, value in asdict(self).items() if value is not None or name not in _OPTIONAL}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        split = row.get("split")
        return cls(**{**row, "split": None if split is None else Split(split)})


@dataclass(frozen=True, slots=True)
class Marker:
    """One model (or pair) with its settings, tried `tries` times. `key` is what its marks are stored under. With
    `settled_from`, so many tries are made in any case, and the others only while answers are in doubt.

    `examples` are the sessions that it sees as worked examples, in this order.
    """

    key: str
    tries: int
    assessment: ModelSettings
    rubric: ModelSettings
    examples: tuple[str, ...] = ()
    settled_from: int | None = None

    def settings(self, stage: Stage) -> ModelSettings:
        return self.rubric if stage is Stage.RUBRIC else self.assessment

    def as_json(self) -> dict[str, Json]:
        settings = {"assessment": self.assessment.as_json(), "rubric": self.rubric.as_json()}
        examples = {"examples": list(self.examples)} if self.examples else {}
        settled = {} if self.settled_from is None else {"settled_from": self.settled_from}
        return {"key": self.key, "tries": self.tries, **settled, **settings, **examples}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        settings = ModelSettings.from_json(row["assessment"]), ModelSettings.from_json(row["rubric"])
        return cls(row["key"], row["tries"], *settings, tuple(row.get("examples", ())), row.get("settled_from"))


Texts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Templates:
    """`named`: the templates of markers that name their own, by stage and name."""

    rubric: Template
    assessment: Template
    named: Mapping[tuple[Stage, str], Template] = field(default_factory=dict)

    def of(self, settings: ModelSettings, stage: Stage) -> Template:
        """The prompt of a marker's stage: the named one, else that of the session."""
        if settings.template is not None:
            return self.named[stage, settings.template]
        return self.rubric if stage is Stage.RUBRIC else self.assessment

    @classmethod
    def from_rows(
        cls, rows: Mapping[str, Texts | None], named: Mapping[str, Mapping[str, Texts]] | None = None
    ) -> Self:
        """`rows`: the session's by stage, built-in ones where there are none; `named`: by stage and name."""
        of_markers = {
            (Stage(stage), name): _template(texts, Stage(stage))
            for stage, found in (named or {}).items()
            for name, texts in found.items()
        }
        rubric, assessment = (_template(rows.get(stage), stage) for stage in (Stage.RUBRIC, Stage.ASSESSMENT))
        return cls(rubric, assessment, of_markers)

    @classmethod
    def of_plan(cls, stored: Mapping[str, Any]) -> Self:
        """Those of a stored plan."""
        return cls.from_rows(stored.get("templates") or {}, stored.get("named_templates"))


def _template(row: Texts | None, stage: Stage) -> Template:
    if row is None:
        return VERSIONS[stage][-1]
    return Template(row["system_template"] or "", row["user_template"] or "", row["schema_template"])


async def named_templates(
    store: Store, markers: Iterable[Marker], scope: Mapping[str, str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The texts of the templates that markers name, by stage and name, as the owner of `scope` has them.

    Raises UnprocessableError naming the first template that is not stored.
    """
    wanted = {(stage, name) for one in markers for stage in Stage if (name := one.settings(stage).template) is not None}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for stage in sorted({stage for stage, _ in wanted}):
        stored = {row["name"]: row for row in await all_templates(store, stage, scope)}
        found[stage] = {}
        for name in sorted(name for of, name in wanted if of is stage):
            if name not in stored:
                raise _unknown(stage, name, stored)
            row = stored[name]
            found[stage][name] = {
                "system_template": row["system_template"],
                "user_template": row["user_template"],
                "schema_template": row["schema_template"],
            }
    return found


def _unknown(stage: Stage, name: str, stored: Iterable[str]) -> UnprocessableError:
    field_name = "rubric_template" if stage is Stage.RUBRIC else "template"
    others = ", ".join(name for name in stored if name != DEFAULT)
    known = f"{DEFAULT}, {others}" if others else DEFAULT
    return UnprocessableError.field(field_name, f"There is no {stage.value} template {name!r}. Choose one of: {known}.")
