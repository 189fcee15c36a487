import pytest
from pydantic import BaseModel, ValidationError

from app.openrouter.catalogue import plain_names
from app.schemas.grade import ModelName
from app.settings import Settings, SettingsError


class Named(BaseModel):
    name: ModelName


GOOD = [
    "openai/gpt-5-mini",
    "google/gemini-2.5-flash:free",
    "google/gemini-2.5-flash@preset/marking",
    "@preset/marking",
    "openrouter/auto",
    "openrouter/qwen/qwen3-coder",
    "~anthropic/claude-sonnet-latest",
]
BAD = ["gpt-5", "a/ b", "/b", "a/", "a//b", "a/b\n"]


@pytest.mark.parametrize("name", GOOD)
def test_grading_and_generation_take_every_name_that_openrouter_takes(name):
    assert Named(name=name).name == name
    assert Settings.read({"MCQ_MODEL": name}, dotenv=None).mcq_model == name


@pytest.mark.parametrize("name", BAD)
def test_grading_and_generation_refuse_the_same_slips(name):
    with pytest.raises(ValidationError):
        Named(name=name)
    if name == name.strip():
        with pytest.raises(SettingsError, match="MCQ_MODEL"):
            Settings.read({"MCQ_MODEL": name}, dotenv=None)


def test_a_preset_and_a_way_of_serving_are_no_part_of_a_models_entry_in_the_list():
    assert plain_names("a/b:free@preset/c") == ("a/b:free@preset/c", "a/b:free", "a/b")
