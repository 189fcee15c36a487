"""Settings: the prompts, which users may read and rewrite."""

from fastapi import APIRouter

from app.dependencies import StoreDep
from app.grading.prompts.library import DEFAULT, all_templates, base_prompt, remove_template, save_template
from app.marks.model import Stage
from app.schemas.settings import (
    AssessmentPrompt,
    Kind,
    PutTemplateReq,
    RubricPrompt,
    TemplateDone,
    TemplateName,
    TemplatesRes,
)

router = APIRouter(prefix="/settings", tags=["settings"])


@router.get("/prompt")
async def get_assessment_prompt(store: StoreDep) -> AssessmentPrompt:
    """The base prompt of marking, as it is used."""
    return AssessmentPrompt.model_validate(await base_prompt(store, Stage.ASSESSMENT))


@router.put("/prompt")
async def put_assessment_prompt(body: AssessmentPrompt, store: StoreDep) -> AssessmentPrompt:
    """Rewrites the base prompt of marking."""
    await save_template(store, Stage.ASSESSMENT, DEFAULT, {"display_name": "Default", **body.model_dump()})
    return body


@router.get("/rubric-prompt")
async def get_rubric_prompt(store: StoreDep) -> RubricPrompt:
    """The base prompt of reading criteria, as it is used."""
    return RubricPrompt.model_validate(await base_prompt(store, Stage.RUBRIC))


@router.put("/rubric-prompt")
async def put_rubric_prompt(body: RubricPrompt, store: StoreDep) -> RubricPrompt:
    """Rewrites the base prompt of reading criteria."""
    await save_template(store, Stage.RUBRIC, DEFAULT, {"display_name": "Default", **body.model_dump()})
    return body


@router.get("/templates/{kind}")
async def list_templates(kind: Kind, store: StoreDep) -> TemplatesRes:
    """All templates of a kind, `default` among them."""
    return TemplatesRes.model_validate({"templates": await all_templates(store, Stage(kind))})


@router.put("/templates/{kind}/{name}")
async def put_template(kind: Kind, name: TemplateName, body: PutTemplateReq, store: StoreDep) -> TemplateDone:
    """A new template, or another text for one that is there; `default` rewrites the base prompt."""
    await save_template(store, Stage(kind), name, body.model_dump())
    return TemplateDone(message=f"Template {name} saved.")


@router.delete("/templates/{kind}/{name}")
async def delete_template(kind: Kind, name: TemplateName, store: StoreDep) -> TemplateDone:
    """Sessions that selected it cannot be graded until it is there again; `default` stays."""
    await remove_template(store, Stage(kind), name)
    return TemplateDone(message=f"Template {name} deleted.")
