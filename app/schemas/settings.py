"""Wire models of `/settings`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from app.errors import NotFoundError
from app.schemas.base import TEMPLATE_NAME_FORM, Request, Text, Wire, storable_text


def _in_path(value: str) -> str:
    try:
        return storable_text(value)
    except ValueError:
        raise NotFoundError("There is no such template.") from None


Kind = Literal["rubric", "assessment"]
TemplateName = Annotated[str, BeforeValidator(_in_path), *TEMPLATE_NAME_FORM]
TemplateText = Annotated[Text, Field(max_length=200_000)]


class RubricPrompt(Wire):
    """The prompt for reading criteria off rubric images."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"system_template": "You read marking criteria.", "user_template": "[Grading criteria]"}]
        }
    )

    system_template: TemplateText
    user_template: TemplateText


class AssessmentPrompt(RubricPrompt):
    """The prompt for marking a script. `schema_template` takes the place of `[Response schema]`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "system_template": "You mark exam scripts. Answer in JSON: [Response schema]",
                    "user_template": "[Question list] [Answer key] [Student assessment]",
                    "schema_template": '{"answers": [{"question_id": "", "marks_awarded": 0, "rubric_notes": ""}]}',
                }
            ]
        }
    )

    schema_template: TemplateText


class PutTemplateReq(Request):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "display_name": "Strict about units",
                    "system_template": "You mark exams. A result without its unit loses a mark.",
                    "user_template": "[Question list] [Answer key] [Student assessment] [Response schema]",
                }
            ]
        }
    )

    display_name: Annotated[Text, Field(max_length=200)]
    system_template: TemplateText
    user_template: TemplateText
    schema_template: TemplateText | None = None


class TemplateRow(Wire):
    name: str
    display_name: str
    system_template: str
    user_template: str
    schema_template: str | None = None
    version: Annotated[int | None, Field(description="Of the built-in prompt; a stored text has none.")] = None


class TemplatesRes(Wire):
    templates: list[TemplateRow]


class TemplateDone(Wire):
    success: bool = True
    message: str
