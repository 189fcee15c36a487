"""Prompt templates as users see and change them: stored ones before the built-in `default`."""

from collections.abc import Mapping

from app.errors import BadRequestError
from app.grading.prompts.messages import DEFAULT_ASSESSMENT, DEFAULT_RUBRIC
from app.marks.model import Stage
from app.store.records import TemplateRow
from app.store.sessions import Store

DEFAULT = "default"
_BUILT_IN = {Stage.RUBRIC: DEFAULT_RUBRIC, Stage.ASSESSMENT: DEFAULT_ASSESSMENT}


async def all_templates(store: Store, kind: Stage, scope: Mapping[str, str] | None = None) -> list[TemplateRow]:
    """Every template of a kind that the owner may use, `default` first and always there. `scope` as in the store."""
    stored = await store.prompt_templates(kind, scope)
    default = next((row for row in stored if row["name"] == DEFAULT), None)
    return [default or built_in(kind), *(row for row in stored if row["name"] != DEFAULT)]


async def base_prompt(store: Store, kind: Stage) -> TemplateRow:
    """The texts that are used where a session selected nothing else."""
    return (await all_templates(store, kind))[0]


def built_in(kind: Stage) -> TemplateRow:
    template = _BUILT_IN[kind]
    return {
        "name": DEFAULT,
        "display_name": "Default",
        "system_template": template.system,
        "user_template": template.user,
        "schema_template": template.schema,
    }


async def save_template(store: Store, kind: Stage, name: str, texts: Mapping[str, str | None]) -> None:
    """Store a template. Raises BadRequestError naming a text that is empty."""
    for field, text in texts.items():
        if text is not None and not text.strip():
            raise BadRequestError(
                f"{field} must not be empty.", details={"errors": [{"field": field, "message": "Must not be empty."}]}
            )
    await store.put_prompt_template(kind, name, **texts)


async def remove_template(store: Store, kind: Stage, name: str) -> None:
    """Raises BadRequestError for `default`, NotFoundError for one that is not there."""
    if name == DEFAULT:
        raise BadRequestError("The default template cannot be deleted.")
    await store.delete_prompt_template(kind, name)
