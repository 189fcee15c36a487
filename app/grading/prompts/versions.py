"""The versions of the built-in prompts, and how a call's hash sees them.

A change of a built-in text is a new version: add it at the end of `VERSIONS`, and keep the texts of the first version,
because the hashes of all calls with a built-in prompt are made of them.
"""

from app.grading.prompts import defaults
from app.grading.prompts.template import Template
from app.marks.model import Stage

# Version 2 asks for the fields of `WHERE` that the installation wants, so its form has no fixed text. Version 3 begins
# alike for all scripts of an exam, so that a provider reads them from its cache.
VERSIONS: dict[Stage, tuple[Template, ...]] = {
    Stage.RUBRIC: (Template(defaults.RUBRIC_SYSTEM, defaults.RUBRIC_USER, defaults.CRITERIA_CONTRACT),),
    Stage.ASSESSMENT: (
        Template(defaults.ASSESSMENT_SYSTEM, defaults.ASSESSMENT_USER, defaults.MARKS_CONTRACT),
        Template(defaults.ASSESSMENT_SYSTEM, defaults.ASSESSMENT_USER),
        Template(defaults.ASSESSMENT_SYSTEM, defaults.ASSESSMENT_USER_KEY_FIRST),
    ),
}
DEFAULT_RUBRIC = VERSIONS[Stage.RUBRIC][-1]
DEFAULT_ASSESSMENT = VERSIONS[Stage.ASSESSMENT][-1]


def version_of(stage: Stage) -> int:
    """The number of the built-in prompt that is in use, from 1."""
    return len(VERSIONS[stage])


def hashed_texts(template: Template) -> Template:
    """The texts that the hash of a call is made of: for a built-in prompt of any version those of the first version,
    so that a new version does not ask again for what an older one marked; for any other prompt its own.
    """
    return next((versions[0] for versions in VERSIONS.values() if _is_one_of(versions, template)), template)


def _is_one_of(versions: tuple[Template, ...], template: Template) -> bool:
    """Whether a prompt has the texts of a version. Which fields of `WHERE` it asks for makes no difference."""
    texts = {(version.system, version.user) for version in versions}
    forms = {None, *(version.schema for version in versions)}
    is_form = template.schema in forms or (None in forms and template.schema in defaults.MARKS_CONTRACTS)
    return (template.system, template.user) in texts and is_form
