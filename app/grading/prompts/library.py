"""Prompt templates as users see and change them: stored ones before the built-in `default`."""

from collections.abc import Collection, Mapping

from app.errors import BadRequestError
from app.grading.prompts.defaults import CRITERIA_CONTRACT, marks_contract
from app.grading.prompts.versions import VERSIONS, version_of
from app.marks.model import Stage
from app.store.records import TemplateRow
from app.store.sessions import Store

DEFAULT = "default"


async def all_templates(store: Store, kind: Stage, scope: Mapping[str, str] | None = None) -> list[TemplateRow]:
    """Every template of a kind that the owner may use, `default` first and always there. `scope` as in the store. A
    template without a text of the form has the built-in one.
    """
    stored = await store.prompt_templates(kind, scope)
    default = next((row for row in stored if row["name"] == DEFAULT), None)
    return [default or built_in(kind), *(row for row in stored if row["name"] != DEFAULT)]


async def shown_templates(store: Store, kind: Stage, where: Collection[str]) -> list[TemplateRow]:
    """The same, the built-in one with the form of the answer that models see: with the fields `where` beside a mark."""
    return [_with_form(row, kind, where) if "version" in row else row for row in await all_templates(store, kind)]


async def base_prompt(store: Store, kind: Stage, where: Collection[str]) -> TemplateRow:
    """The texts that are used where a session selected nothing else, as models see them."""
    return _with_form((await all_templates(store, kind))[0], kind, where)


def _with_form(row: TemplateRow, kind: Stage, where: Collection[str]) -> TemplateRow:
    form = CRITERIA_CONTRACT if kind is Stage.RUBRIC else marks_contract(where)
    return {**row, "schema_template": row["schema_template"] or form}


def built_in(kind: Stage) -> TemplateRow:
    """The built-in prompt in its present version."""
    template = VERSIONS[kind][-1]
    return {
        "version": version_of(kind),
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
