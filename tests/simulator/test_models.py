from app.simulator.items import READERS, SOLVERS
from app.simulator.models import models_list
from app.simulator.truth import BLIND, BROKEN, CHARACTERS
from app.simulator.writers import WRITERS


def by_name(*more: str) -> dict:
    return {entry["id"]: entry for entry in models_list(more)["data"]}


def test_every_character_is_listed_and_says_that_it_is_simulated():
    listed = by_name()

    assert set(listed) == {*CHARACTERS, *WRITERS, *SOLVERS, *READERS}
    assert all("SIMULATED" in entry["name"] for entry in listed.values())


def test_only_the_blind_model_takes_no_images():
    without = {name for name, entry in by_name().items() if "image" not in entry["architecture"]["input_modalities"]}

    assert without == {BLIND}


def test_what_a_model_supports_differs():
    listed = by_name()

    assert "structured_outputs" in listed[BROKEN]["supported_parameters"]
    assert "structured_outputs" not in listed["simulated/coarse"]["supported_parameters"]
    assert "response_format" not in listed["simulated/sloppy"]["supported_parameters"]
    assert listed["simulated/erratic"]["reasoning"] is None
    assert listed["simulated/lenient"]["top_provider"]["max_completion_tokens"] is None


def test_configured_models_are_listed_once():
    names = [entry["id"] for entry in models_list(["vendor/mine", BROKEN])["data"]]

    assert names.count("vendor/mine") == names.count(BROKEN) == 1
