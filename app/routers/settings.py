"""Settings: users read and rewrite the prompts here."""

from app.dependencies import SettingsDep, StoreDep
from app.grading.prompts.library import DEFAULT, base_prompt, remove_template, save_template, shown_templates
from app.marks.model import Stage
from app.openapi import described_router
from app.schemas.settings import (
    AssessmentPrompt,
    Kind,
    PutTemplateReq,
    RubricPrompt,
    TemplateDone,
    TemplateName,
    TemplatesRes,
)

router = described_router(prefix="/settings", tag="settings")


@router.get("/prompt")
async def get_assessment_prompt(store: StoreDep, settings: SettingsDep) -> AssessmentPrompt:
    """The base prompt for marking, as the models get it."""
    found = await base_prompt(store, Stage.ASSESSMENT, settings.asked_beside_marks)
    return AssessmentPrompt.model_validate(found)


@router.put("/prompt")
async def put_assessment_prompt(body: AssessmentPrompt, store: StoreDep) -> AssessmentPrompt:
    """Rewrite the base prompt for marking: with a user token your own, else the common one."""
    await save_template(store, Stage.ASSESSMENT, DEFAULT, {"display_name": "Default", **body.model_dump()})
    return body


@router.get("/rubric-prompt")
async def get_rubric_prompt(store: StoreDep) -> RubricPrompt:
    """The base prompt for reading criteria, as the models get it."""
    return RubricPrompt.model_validate(await base_prompt(store, Stage.RUBRIC, ()))


@router.put("/rubric-prompt")
async def put_rubric_prompt(body: RubricPrompt, store: StoreDep) -> RubricPrompt:
    """Rewrite the base prompt for reading criteria: with a user token your own, else the common one."""
    await save_template(store, Stage.RUBRIC, DEFAULT, {"display_name": "Default", **body.model_dump()})
    return body


@router.get("/templates/{kind}", response_model_exclude_unset=True)
async def list_templates(kind: Kind, store: StoreDep, settings: SettingsDep) -> TemplatesRes:
    """All templates of a kind: the common ones, and with a user token your own. `default` is always among them,
    with its `version` where nobody rewrote the built-in prompt.
    """
    found = await shown_templates(store, Stage(kind), settings.asked_beside_marks)
    return TemplatesRes.model_validate({"templates": found})


@router.put("/templates/{kind}/{name}")
async def put_template(kind: Kind, name: TemplateName, body: PutTemplateReq, store: StoreDep) -> TemplateDone:
    """Store a template, or rewrite a stored one. `default` rewrites the base prompt. With a user token the template is
    yours: you alone see it, and your sessions use it before a common one of that name.
    """
    await save_template(store, Stage(kind), name, body.model_dump())
    return TemplateDone(message=f"Template {name} saved.")


@router.delete("/templates/{kind}/{name}")
async def delete_template(kind: Kind, name: TemplateName, store: StoreDep) -> TemplateDone:
    """Delete a template: with a user token one of yours, else a common one. Sessions that selected it cannot start
    until it exists again. `default` cannot be deleted.
    """
    await remove_template(store, Stage(kind), name)
    return TemplateDone(message=f"Template {name} deleted.")
