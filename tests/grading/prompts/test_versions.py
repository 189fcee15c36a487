"""A change of a built-in prompt is a new version, and a new version alone is no reason to ask again."""

import hashlib
from dataclasses import replace

import pytest

from app.grading.prompts.defaults import MARKS_CONTRACTS, marks_contract
from app.grading.prompts.messages import input_hash
from app.grading.prompts.template import Template
from app.grading.prompts.versions import DEFAULT_ASSESSMENT, VERSIONS, hashed_texts, version_of
from app.marks.model import Image, Question, Role, Stage

# Of the texts of each version. A changed text makes a new line here and a new version, never a changed line.
DIGESTS = {
    Stage.RUBRIC: ["3b9e180fcd4e24bf"],
    Stage.ASSESSMENT: ["53bf7ad2c53986a8", "f1e1d4efbdf0c0c8", "665ab0957eae9cf1"],
}
# The hash that version 0.1.0 stored for this call with the built-in prompt.
STORED = "27b41e8700d4ef641e9db17b2edeac01583b13c1f120802a7d88caa47562d434"
BUILT_IN = [(stage, text) for stage, versions in VERSIONS.items() for text in versions]


def digest(template: Template) -> str:
    return hashlib.sha256(f"{template.system}|{template.user}|{template.schema}".encode()).hexdigest()[:16]


def hashed(template: Template) -> str:
    images = (Image(Role.STUDENT, "https://x.test/s.png", 0),)
    return input_hash(template, (Question("1", 1, 3),), images, "openai/gpt-x", None, None)


@pytest.mark.parametrize("stage", VERSIONS)
def test_the_texts_of_a_version_never_change(stage):
    assert [digest(version) for version in VERSIONS[stage]] == DIGESTS[stage]
    assert version_of(stage) == len(DIGESTS[stage])


@pytest.mark.parametrize("version", VERSIONS[Stage.ASSESSMENT])
def test_a_call_with_any_version_has_the_hash_that_the_first_version_stored(version):
    assert hashed(version) == STORED


@pytest.mark.parametrize("form", [*MARKS_CONTRACTS, None])
def test_the_fields_beside_a_mark_do_not_change_the_hash(form):
    assert hashed(replace(DEFAULT_ASSESSMENT, schema=form)) == STORED


@pytest.mark.parametrize(("stage", "version"), BUILT_IN)
@pytest.mark.parametrize("changed", ["system", "user", "schema"])
def test_a_text_that_a_user_edited_is_hashed_as_it_is(stage, version, changed):
    edited = replace(version, **{changed: (getattr(version, changed) or marks_contract()) + " Be strict."})
    assert hashed_texts(edited) == edited
    assert hashed(edited) != hashed(version), stage
