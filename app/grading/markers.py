"""The prompts of a run: those that its session selected, and those that its markers name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from app.errors import UnprocessableError
from app.grading.markers import Marker, ModelSettings
from app.grading.prompts.library import DEFAULT, all_templates
from app.grading.prompts.messages import DEFAULT_ASSESSMENT, DEFAULT_RUBRIC
from app.grading.prompts.template import Template
from app.marks.model import Stage
from app.store.sessions import Store

Texts = Mapping[str, str | None]
_BUILT_IN = {Stage.RUBRIC: DEFAULT_RUBRIC, Stage.ASSESSMENT: DEFAULT_ASSESSMENT}


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
        return _BUILT_IN[stage]
    return Template(row["system_template"] or "", row["user_template"] or "", row["schema_template"])


async def named_templates(store: Store, markers: Iterable[Marker]) -> dict[str, dict[str, dict[str, Any]]]:
    """The texts of the templates that markers name, by stage and name.

    Raises UnprocessableError naming the first template that is not stored.
    """
    wanted = {(stage, name) for one in markers for stage in Stage if (name := one.settings(stage).template) is not None}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for stage in sorted({stage for stage, _ in wanted}):
        stored = {row["name"]: row for row in await all_templates(store, stage)}
        found[stage] = {}
        for name in sorted(name for of, name in wanted if of is stage):
            if name not in stored:
                raise _unknown(stage, name, stored)
            texts = ("system_template", "user_template", "schema_template")
            found[stage][name] = {text: stored[name][text] for text in texts}
    return found


def _unknown(stage: Stage, name: str, stored: Iterable[str]) -> UnprocessableError:
    field_name = "rubric_template" if stage is Stage.RUBRIC else "template"
    others = ", ".join(name for name in stored if name != DEFAULT)
    known = f"{DEFAULT}, {others}" if others else DEFAULT
    return UnprocessableError.field(field_name, f"There is no {stage.value} template {name!r}. Choose one of: {known}.")
